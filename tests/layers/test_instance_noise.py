"""Instance noise: its level over the iterations, and where it is added."""

from amnat.layers.instance_noise import InstanceNoise
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize(
    ("steps", "iteration", "expected"),
    [(0, 0, 0.5), (0, 99, 0.5), (10, 0, 0.5), (10, 4, 0.3), (10, 10, 0.0), (10, 11, 0.0)],
)
def test_level(steps, iteration, expected):
    level = InstanceNoise(0.5, steps, tf.Variable(iteration, dtype=tf.int64)).level()
    assert level.dtype == tf.float32
    assert level.numpy() == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_the_noise_is_the_named_draw_times_the_level(dtype):
    noise = InstanceNoise(0.5, 10, tf.Variable(4, dtype=tf.int64))
    inputs = tf.fill([5, 3], tf.constant(2.0, dtype))
    outputs = noise(inputs, RNG(1, 2))
    assert outputs.dtype == dtype
    drawn = RNG(1, 2).normal("instance_noise", [5, 3], dtype)
    np.testing.assert_allclose(outputs, 2.0 + 0.3 * drawn.numpy(), rtol=1e-6)
    assert np.abs(outputs.numpy() - 2.0).max() > 0.05


def test_outside_of_training_there_is_none():
    inputs = tf.ones([2, 3])
    assert InstanceNoise(0.5, 0, tf.Variable(0))(inputs, None) is inputs
