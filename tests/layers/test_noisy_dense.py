"""The dense layer with noise on its weights."""

from amnat.layers.noisy_dense import NoisyDense
from amnat.rng import RNG

import numpy as np
import tensorflow as tf


def test_start():
    layer = NoisyDense(50, seed=2)
    layer.build([None, 16])
    assert 0.24 < np.abs(layer.w).max() <= 0.25
    np.testing.assert_allclose(layer.sigma, np.full((16, 50), 0.017), rtol=1e-6)
    assert not np.any(layer.noise)
    assert len(layer.trainable_variables) == 2


def test_noise_stays_until_it_is_drawn_again():
    layer = NoisyDense(6)
    inputs = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    plain = layer(inputs).numpy()
    layer.sample_noise(RNG(1, 0))
    noisy = layer(inputs).numpy()
    expected = inputs @ (layer.w + 0.017 * layer.noise.numpy())
    np.testing.assert_allclose(noisy, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(layer(inputs), noisy)
    layer.sample_noise(RNG(1, 1))
    assert np.abs(layer(inputs) - noisy).max() > 0
    layer.remove_noise()
    np.testing.assert_array_equal(layer(inputs), plain)


def test_the_noises_scale_is_trained():
    layer = NoisyDense(6)
    inputs = tf.ones([3, 4])
    layer(inputs)
    layer.sample_noise(RNG(1, 0))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(inputs))
    gradient = tape.gradient(total, layer.sigma)
    np.testing.assert_allclose(gradient, 3 * layer.noise.numpy(), rtol=1e-5)
