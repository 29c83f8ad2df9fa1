"""The guidelines of DCGAN, as the layers show them."""

from amnat.layers import BatchStatisticsNormalization, Conv2D, Conv2DTranspose, Dense
from amnat.methods.pytorch_gan.dcgan_networks import (
    SIZES,
    GuidelineDiscriminator,
    GuidelineGenerator,
)

import numpy as np
import pytest
import tensorflow as tf

LATENTS = tf.random.stateless_normal([5, 3], [0, 0])


def pair(size, channels=1, **kwargs):
    common = {"image_size": size, "channels": channels, "width": 2, "kernel_size": 4} | kwargs
    generator = GuidelineGenerator(latent_dim=3, **common).build_variables((3,))
    discriminator = GuidelineDiscriminator(2, **common)
    return generator, discriminator.build_variables((size, size, channels))


@pytest.mark.parametrize("size", SIZES)
def test_shapes_and_guidelines(size):
    generator, discriminator = pair(size)
    with generator.recording() as up, discriminator.recording() as down:
        logits = discriminator(generator(LATENTS))
    images = dict(up)["generator/tanh"]
    assert images.shape == (5, size, size, 1) and logits.shape == (5, 2)
    assert np.abs(images).max() <= 1
    doublings = SIZES[size][1]
    for network, kind in ((generator, Conv2DTranspose), (discriminator, Conv2D)):
        kinds = [type(layer) for layer in network.layers]
        assert kinds.count(Dense) == 1 and kinds.count(kind) == doublings
        assert all(layer.strides == 2 for layer in network.layers if isinstance(layer, kind))
    norms = [
        sum(isinstance(layer, BatchStatisticsNormalization) for layer in network.layers)
        for network in (generator, discriminator)
    ]
    # None at the generator's output and the discriminator's input.
    assert norms == [doublings, doublings - 1]
    up, down = ([name.split("/", 1)[1] for name, _ in steps] for steps in (up, down))
    assert up[:2] == ["linear", "bn0"] and up[-2:] == [f"deconv{doublings}", "tanh"]
    assert down[:2] == ["conv1", "conv1/activation"] and down[-2:] == ["features", "linear"]
    h = tf.constant([-1.0, 1.0])
    np.testing.assert_allclose(generator.activate(h), [0.0, 1.0])
    np.testing.assert_allclose(discriminator.activate(h), [-0.2, 1.0])


def test_weights_have_one_standard_deviation():
    common = {"image_size": 32, "channels": 3, "width": 16}
    for network, shape in (
        (GuidelineGenerator(latent_dim=50, **common), (50,)),
        (GuidelineDiscriminator(**common), (32, 32, 3)),
    ):
        network.build_variables(shape)
        for name, variable in network.named_variables().items():
            if name.endswith("/w"):
                np.testing.assert_allclose(np.std(variable), 0.02, rtol=0.05, err_msg=name)


def test_features_without_batch_norm():
    network = GuidelineDiscriminator(1, 28, 1, 2, plain_features=True)
    network.build_variables((28, 28, 1))
    assert not any(isinstance(layer, BatchStatisticsNormalization) for layer in network.layers)
    network = GuidelineDiscriminator(1, 32, 1, 2, plain_features=True)
    network.build_variables((32, 32, 1))
    assert [name for name in network.named_variables() if "bn" in name] == [
        "bn2/offset", "bn2/scale",
    ]  # fmt: skip


def test_weight_norm_and_minibatch_discrimination():
    network = GuidelineDiscriminator(
        1, 28, 1, 2, minibatch_kernels=3, minibatch_dim=2, weight_norm=True
    ).build_variables((28, 28, 1))
    assert network.linear.w.shape[0] == 7 * 7 * 4 + 3
    assert {"conv1/g", "linear/g"} <= set(network.named_variables())
    same = GuidelineDiscriminator.from_config(network.get_config())
    assert same.get_config() == network.get_config()


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="28, 32, 64"):
        GuidelineGenerator(image_size=48)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_pooling_breaks_the_guideline_of_strides(data_format):
    generator, discriminator = pair(28, strided=False, data_format=data_format)
    for network in (generator, discriminator):
        layers = [layer for layer in network.layers if isinstance(layer, Conv2D)]
        assert len(layers) == 2 and all(layer.strides == 1 for layer in layers)
        assert not any(isinstance(layer, Conv2DTranspose) for layer in network.layers)
    doubled = generator._doubled(tf.reshape(tf.range(4.0), [1, 2, 2, 1]))
    if data_format == "NHWC":
        rows = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
        np.testing.assert_array_equal(doubled[0, :, :, 0], rows)
        halved = discriminator._halved(tf.reshape(tf.range(16.0), [1, 4, 4, 1]))
        np.testing.assert_array_equal(halved[0, :, :, 0], [[5, 7], [13, 15]])
        assert discriminator(generator(LATENTS)).shape == (5, 2)


def test_no_batch_norm():
    generator, discriminator = pair(28, use_batch_norm=False)
    for network in (generator, discriminator):
        assert not any("bn" in name for name in network.named_variables())
    assert discriminator(generator(LATENTS)).shape == (5, 2)


def test_hidden_layers():
    generator, discriminator = pair(28, hidden_units=6)
    shapes = {name: tuple(v.shape) for name, v in generator.named_variables().items()}
    assert (shapes["hidden/w"], shapes["linear/w"]) == ((3, 6), (6, 7 * 7 * 4))
    shapes = {name: tuple(v.shape) for name, v in discriminator.named_variables().items()}
    assert (shapes["hidden/w"], shapes["linear/w"]) == ((7 * 7 * 4, 6), (6, 2))
    with generator.recording() as steps:
        generator(LATENTS)
    assert np.min(dict(steps)["generator/hidden/activation"]) == 0


def test_other_activations():
    h = tf.constant([-1.0, 1.0])
    np.testing.assert_allclose(pair(28, activation="lrelu")[0].activate(h), [-0.2, 1.0])
    np.testing.assert_allclose(pair(28, activation="relu")[1].activate(h), [0.0, 1.0])
