"""Noise and dropout."""

from amnat import layers
from amnat.rng import RNG

import golden_layers
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("name", golden_layers.names("noise", "dropout"))
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_golden(name, data_format):
    layer = golden_layers.make(name, "float64", data_format)
    golden_layers.check(name, layer, "float64", data_format)


def test_noise_statistics():
    rng = RNG(0, 0)
    x = tf.zeros([100, 100])
    noisy = layers.TruncatedNoise(0.1, multiplicative=False)(x, rng=rng.child("a")).numpy()
    # A normal cut at two standard deviations keeps 0.8796 of its standard deviation.
    np.testing.assert_allclose([noisy.mean(), noisy.std()], [0.0, 0.08796], atol=2e-3)
    assert np.abs(noisy).max() <= 0.2
    ones = layers.TruncatedNoise(0.1, additive=False)(x + 1.0, rng=rng.child("b")).numpy()
    np.testing.assert_allclose([ones.mean(), ones.std()], [1.0, 0.08796], atol=2e-3)


def test_dropout_keeps_the_second_moment():
    x = tf.ones([200, 200])
    dropped = layers.RescaledDropout(0.3, name="d")(x, rng=RNG(0, 0)).numpy()
    assert set(np.unique(dropped).round(5)) == {0.0, np.float32(np.sqrt(1 / 0.7)).round(5)}
    np.testing.assert_allclose((dropped**2).mean(), 1.0, atol=0.02)


def test_ordinary_dropout_keeps_the_mean():
    x = tf.ones([200, 200])
    dropped = layers.Dropout(0.3, name="d")(x, rng=RNG(0, 0)).numpy()
    assert set(np.unique(dropped).round(5)) == {0.0, np.float32(1 / 0.7).round(5)}
    np.testing.assert_allclose(dropped.mean(), 1.0, atol=0.02)
    # The same entries go as in the other dropout.
    rescaled = layers.RescaledDropout(0.3, name="d")(x, rng=RNG(0, 0)).numpy()
    np.testing.assert_array_equal(dropped == 0, rescaled == 0)


def test_noise_with_the_stddev_of_the_call():
    layer, x = layers.TruncatedNoise(0.1, multiplicative=False), tf.zeros([100, 100])
    one = layer(x, rng=RNG(0, 0)).numpy()
    other = layer(x, rng=RNG(0, 0), stddev=tf.constant(0.3)).numpy()
    np.testing.assert_allclose(other, 3 * one, rtol=1e-5)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_dropout_rate_out_of_range(rate):
    with pytest.raises(ValueError, match="rate"):
        layers.RescaledDropout(rate)
