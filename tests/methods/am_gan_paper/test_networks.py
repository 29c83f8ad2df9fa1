"""The pair of the AM-GAN paper's experiments: sizes, layers, configurations."""

from amnat.methods.am_gan_paper.networks import (
    AMGANDiscriminator,
    AMGANGenerator,
    WidthError,
    discriminator_plan,
    generator_plan,
)
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf

# Counted by the original's own graph at its default flags, in the order of its variables.
GENERATOR_SHAPES = {
    "linear/w": (100, 12288),
    "deconv0/w": (3, 3, 384, 768),
    "deconv1/w": (3, 3, 192, 384),
    "deconv2/w": (3, 3, 96, 192),
    "deconv3/w": (3, 3, 3, 96),
    "bn0/scale": (768,),
    "bn3/scale": (96,),
}
DISCRIMINATOR_SHAPES = {
    "conv0/w": (3, 3, 3, 64),
    "conv1/w": (3, 3, 64, 128),
    "conv2/w": (3, 3, 128, 256),
    "conv3/w": (3, 3, 256, 512),
    "bn0/scale": (64,),
    "linear/w": (512, 12),
}


def test_default_sizes():
    generator = AMGANGenerator().build_variables((100,))
    discriminator = AMGANDiscriminator(12).build_variables((32, 32, 3))
    assert generator.count_params() == 4_743_846
    assert discriminator.count_params() == 1_560_024
    for network, shapes in ((generator, GENERATOR_SHAPES), (discriminator, DISCRIMINATOR_SHAPES)):
        named = network.named_variables()
        assert {name: tuple(named[name].shape) for name in shapes} == shapes
    assert len(generator.named_variables()) == 23 and len(discriminator.named_variables()) == 23


@pytest.mark.parametrize(
    ("arguments", "start", "deconvs"),
    [
        ((32, 192, 128, 0, True, 2.0), (4, 768), [(384, 2), (192, 2), (96, 2)]),
        ((32, 192, 128, 0, False, 2.0), (4, 768), [(384, 2), (192, 2)]),
        # Further layers widen from the smallest; never below the discriminator's width.
        ((32, 192, 128, 2, True, 2.0), (4, 192), [(384, 1), (768, 1), (384, 2), (192, 2), (96, 2)]),
        ((32, 96, 128, 2, False, 2.0), (4, 128), [(192, 1), (384, 1), (192, 2), (96, 2)]),
        ((32, 100, 8, 0, True, 1.5), (4, 225), [(150, 2), (100, 2), (50, 2)]),
        ((28, 4, 1, 0, True, 2.0), (7, 8), [(4, 2), (2, 2)]),
        ((48, 4, 1, 0, True, 2.0), (6, 16), [(8, 2), (4, 2), (2, 2)]),
        # The widest maps are those of 32x32.
        ((64, 4, 1, 0, True, 2.0), (4, 16), [(16, 2), (8, 2), (4, 2), (2, 2)]),
        ((128, 4, 1, 0, True, 2.0), (4, 16), [(16, 2), (16, 2), (8, 2), (4, 2), (2, 2)]),
    ],
)
def test_generator_plan(arguments, start, deconvs):
    assert generator_plan(*arguments) == (start, deconvs)


@pytest.mark.parametrize(
    ("arguments", "convs"),
    [
        ((32, 128, 4, 1, 0, 2.0), [(64, 1), (128, 2), (256, 2), (512, 2)]),
        ((32, 128, 4, 1, 1, 2.0), [(64, 1), (128, 2), (256, 2), (512, 2), (512, 1)]),
        ((32, 128, 8, 2, 0, 2.0), [(32, 1), (64, 1), (128, 2), (256, 2)]),
        ((32, 128, 4, 0, 0, 1.5), [(96, 2), (144, 2), (216, 2)]),
        ((28, 4, 4, 1, 0, 2.0), [(2, 1), (4, 2), (8, 2)]),
        ((48, 4, 4, 1, 0, 2.0), [(2, 1), (4, 2), (8, 2), (16, 2)]),
        ((64, 4, 4, 1, 0, 2.0), [(2, 1), (4, 2), (8, 2), (16, 2), (16, 2)]),
        ((128, 4, 4, 1, 0, 2.0), [(2, 1), (4, 2), (8, 2), (16, 2), (16, 2), (16, 2)]),
    ],
)
def test_discriminator_plan(arguments, convs):
    assert discriminator_plan(*arguments) == convs


def test_a_min_size_that_is_never_reached():
    with pytest.raises(ValueError, match="min_size of 2"):
        discriminator_plan(32, 128, 2, 1, 0, 2.0)


@pytest.mark.parametrize("network", [lambda: AMGANGenerator(1), lambda: AMGANDiscriminator(3, 1)])
def test_widths_below_one(network):
    with pytest.raises(WidthError, match=r"\[.*0.*\]"):
        network()


def test_unknown_pooling():
    with pytest.raises(ValueError, match="maxpool"):
        AMGANDiscriminator(3, 2, pooling="maxpool")


@pytest.mark.parametrize("pooling", ["avgpool", "sqrpool", "none"])
@pytest.mark.parametrize("use_batch_norm", [True, False])
def test_shapes(pooling, use_batch_norm):
    generator = AMGANGenerator(2, 1, use_batch_norm=use_batch_norm).build_variables((7,))
    images = generator(tf.random.stateless_normal([3, 7], [0, 0]))
    assert images.shape == (3, 32, 32, 1) and np.abs(images).max() <= 1
    discriminator = AMGANDiscriminator(
        5, 2, pooling=pooling, layer_noise=0.1, use_batch_norm=use_batch_norm
    ).build_variables((32, 32, 1))
    assert discriminator(images, rng=RNG(0, 0)).shape == (3, 5)
    assert bool(discriminator.norms) == use_batch_norm


@pytest.mark.parametrize("size", [28, 48, 64, 128])
def test_other_sizes(size):
    generator = AMGANGenerator(2, 1, size).build_variables((3,))
    discriminator = AMGANDiscriminator(5, 2, size).build_variables((size, size, 1))
    assert generator.form.outputs.shape[1:] == (size, size, 1)
    assert discriminator.form.outputs.shape[1:] == (5,)


def test_the_noise_of_a_call_stands_in_for_the_networks():
    images = tf.zeros([2, 32, 32, 1])
    found = {}
    for stddev in (None, 0.3):
        network = AMGANDiscriminator(3, 2, input_noise=0.1).build_variables((32, 32, 1))
        with network.recording() as steps:
            network(images, rng=RNG(0, 0), noise_stddev=stddev)
        found[stddev] = dict(steps)["discriminator/noise"].numpy()
    np.testing.assert_allclose(found[0.3], 3 * found[None], rtol=1e-5)
    assert AMGANDiscriminator(3, 2, input_noise=0.0).input_noise is None


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (AMGANGenerator(2, 1, num_extra=1, min_width=3, wide_end=False, growth=1.5), (7,)),
        (AMGANDiscriminator(5, 4, num_first=2, pooling="none", seed=3), (32, 32, 1)),
    ],
)
def test_configuration_rebuilds_it(network, shape):
    copy = type(network).from_config(network.get_config())
    for one in (network, copy):
        one.build_variables(shape)
    for first, second in zip(network.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_a_discriminator_that_is_given_the_class(data_format):
    made = AMGANDiscriminator(
        5, 2, num_conditions=3, input_noise=0.0, dropout_rate=0.0, data_format=data_format
    ).build_variables((32, 32, 1))
    kernel = made.named_variables()["conv0/w"]
    assert kernel.shape[2] == 1 + 3
    images, classes = tf.zeros((2, 32, 32, 1)), tf.one_hot([0, 2], 3)
    given = made(images, classes=classes)
    np.testing.assert_array_equal(made(images), made(images, classes=tf.zeros((2, 3))))
    assert np.abs(given - made(images)).max() > 0
    # Maps of ones are the class's share of the kernel: three more channels of the image.
    plain = AMGANDiscriminator(
        5, 2, input_noise=0.0, dropout_rate=0.0, data_format=data_format
    ).build_variables((32, 32, 4))
    for name, variable in plain.named_variables().items():
        variable.assign(made.named_variables()[name])
    maps = tf.broadcast_to(classes[:, None, None], (2, 32, 32, 3))
    np.testing.assert_allclose(plain(tf.concat([images, maps], 3)), given, atol=1e-6)


@pytest.mark.parametrize(
    ("kwargs", "inputs"),
    [
        ({}, [2 * 4 + 1, 2 * 2 + 1, 2 + 1, 1]),
        # Only the layers with a stride of 2 have the maps.
        ({"upsampling": "deconvpool"}, [9, 8, 5, 4, 3, 2, 1]),
        ({"wide_end": False}, [9, 5, 3]),
        ({"upsampling": "resizen"}, [8, 4, 2, 1]),
    ],
)
def test_noise_maps_widen_the_layers_that_double(kwargs, inputs):
    generator = AMGANGenerator(2, 1, noise_maps=True, **kwargs).build_variables((3,))
    assert [deconv.w.shape[3] for deconv in generator.deconvs] == inputs


def test_noise_maps_from_an_rng():
    generator = AMGANGenerator(2, 1, noise_maps=True).build_variables((3,))
    latents = tf.random.stateless_normal([2, 3], [1, 2])
    first, again, other = (generator(latents, RNG(0, counter)) for counter in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_noise_maps_of_latents_alone(data_format):
    """They are even in [-1, 1), differ from sample to sample, and do not depend on the batch."""
    generator = AMGANGenerator(2, 1, noise_maps=True, data_format=data_format)
    latents = tf.random.stateless_normal([500, 100], [1, 2])
    maps = generator._noise(latents, None)
    numbers = [np.reshape(next(maps), [500, -1]) for _ in range(3)]
    assert [each.shape[1] for each in numbers] == [16, 64, 256]
    together = np.concatenate(numbers, axis=1)
    assert together.min() >= -1 and together.max() < 1
    assert together.mean() == pytest.approx(0, abs=0.01)
    assert together.var() == pytest.approx(1 / 3, abs=0.01)
    correlations = np.corrcoef(together.T) - np.eye(336)
    assert np.abs(correlations).max() < 0.3
    assert np.abs(np.corrcoef(together[:100])[np.triu_indices(100, 1)]).max() < 0.3
    alone = np.reshape(next(generator._noise(latents[7:8], None)), -1)
    np.testing.assert_allclose(alone, numbers[0][7], atol=1e-3)
