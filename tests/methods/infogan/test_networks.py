"""PyTorch-GAN's InfoGAN pair: sizes, start, outputs of its own classes."""

import functools

from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf
from filler import fill, filler

SHAPE = (32, 32, 1)
GENERATOR_LAYERS = ["linear", "bn0", "conv1", "bn1", "conv2", "bn2", "last"]
CRITIC_LAYERS = [
    *("conv1", "conv2", "bn2", "conv3", "bn3", "conv4", "bn4", "patches", "labels", "space"),
]


def channels_last(features, side, channels, axis):
    """The order in which a flat axis holds maps, from PyTorch's to ours."""
    order = np.arange(features).reshape(channels, side, side).transpose(1, 2, 0).ravel()
    return lambda values: np.take(values, order, axis)


@functools.cache
def make(**kwargs):
    generator = InfoGANGenerator(SHAPE, **kwargs).build_variables((74,))
    return generator, InfoGANCritic(SHAPE, **kwargs).build_variables(SHAPE)


@functools.cache
def golden_networks():
    generator, critic = make(dtype="float64")
    fill(generator, GENERATOR_LAYERS)
    fill(critic, CRITIC_LAYERS)
    for variable, axis in ((generator.linear.w, 1), (generator.linear.b, 0)):
        variable.assign(channels_last(8192, 8, 128, axis)(variable.numpy()))
    for head in (critic.patches, critic.labels, critic.space):
        head.w.assign(channels_last(512, 2, 128, 0)(head.w.numpy()))
    for dropout in critic.dropouts:
        dropout.expectation = True
    return generator, critic


def test_sizes_are_the_originals():
    generator, critic = make(seed=5)
    assert generator.count_params() == 836_993
    assert critic.count_params() == 104_269


def test_golden_outputs():
    generator, critic = golden_networks()
    images = generator(tf.constant(2 * filler((2, 74), 103))).numpy()
    np.testing.assert_allclose([images.mean(), images.std()], [0.10340546, 0.28031611], atol=1e-8)
    first = [0.01677057, 0.04395338, 0.03878506, 0.00403883]
    np.testing.assert_allclose(images[0, 0, :4, 0], first, atol=1e-8)
    outputs = critic(tf.constant(images))
    np.testing.assert_allclose(outputs.patches[:, 0], [0.0070508, 0.0072882], atol=1e-8)
    labels = tf.nn.softmax(outputs.labels)[0, :3]
    np.testing.assert_allclose(labels, [0.08630749, 0.09662259, 0.10631506], atol=1e-8)
    code = [[-0.22412615, -0.00103429], [-0.21272644, 0.02651252]]
    np.testing.assert_allclose(outputs.space, code, atol=1e-8)


def test_weights_start_as_the_originals():
    generator, critic = make(seed=5)
    for conv in [*generator.convs, generator.last, *critic.convs]:
        if conv.w.shape.num_elements() > 200:
            np.testing.assert_allclose(np.std(conv.w), 0.02, rtol=0.15)
        assert 0 < np.abs(conv.b).max() <= 1 / np.sqrt(np.prod(conv.w.shape[:-1]))
    scales = np.concatenate([norm.scale for norm in generator.norms + critic.norms])
    np.testing.assert_allclose([scales.mean(), scales.std()], [1, 0.02], atol=0.004)
    assert np.abs(generator.linear.w).max() <= 1 / np.sqrt(74)


def test_epsilons():
    generator, critic = make(seed=5)
    assert generator.first_norm.epsilon == 1e-5
    assert {norm.epsilon for norm in generator.norms + critic.norms} == {0.8}
    usual = InfoGANGenerator(SHAPE, 2, 1e-5)
    assert {norm.epsilon for norm in usual.norms} == {1e-5}


def test_maps_are_dropped_whole():
    critic = InfoGANCritic((16, 16, 1), 3, 2, 4, seed=1).build_variables((16, 16, 1))
    images = tf.random.stateless_normal([2, 16, 16, 1], [0, 0])
    one, other = (critic(images, rng=RNG(0, i)).patches for i in (0, 1))
    assert np.abs(one - other).max() > 0


@pytest.mark.parametrize("make, message", [
    (lambda: InfoGANGenerator((30, 30, 1)), "no square of a multiple of 4"),
    (lambda: InfoGANCritic((28, 28, 1)), "no square of a multiple of 16"),
    (lambda: InfoGANCritic((32, 16, 1)), "no square of a multiple of 16"),
])  # fmt: skip
def test_sizes_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()
