"""The gradient penalty on a discriminator whose gradient is known."""

from amnat.losses.penalties import (
    norm_of,
    one_centered_gradient_penalty,
    one_centered_mean_square_penalty,
    zero_centered_gradient_penalty,
)
from amnat.methods.toys.toy_gans import batch_slope_penalty

import numpy as np
import pytest
import tensorflow as tf


def test_quadratic_discriminator():
    rng = np.random.default_rng(0)
    real, fake, matrix = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(3, 2))
    alpha = rng.uniform(size=5)
    penalty, slopes = zero_centered_gradient_penalty(
        lambda x: (x**2) @ tf.constant(matrix),
        tf.constant(real),
        tf.constant(fake),
        tf.constant(alpha),
    )
    points = real + alpha[:, None] * (fake - real)
    signs = np.sign(points**2 @ matrix)
    gradient = 2 * points * (signs @ matrix.T)
    expected = np.linalg.norm(gradient, axis=1)
    np.testing.assert_allclose(slopes, expected)
    np.testing.assert_allclose(penalty, (expected**2).mean())


def test_images_take_one_alpha_per_sample():
    real, fake = tf.zeros([2, 4, 4, 1]), tf.ones([2, 4, 4, 1])
    seen = []

    def discriminator(points):
        seen.append(points.numpy())
        return tf.reduce_sum(points, axis=[1, 2])

    zero_centered_gradient_penalty(discriminator, real, fake, tf.constant([0.25, 0.5]))
    np.testing.assert_array_equal(seen[0][0], np.full((4, 4, 1), 0.25))
    np.testing.assert_array_equal(seen[0][1], np.full((4, 4, 1), 0.5))


def test_mean_square_slope():
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(2, 3, 2, 2, 1))
    alpha = rng.uniform(size=3)
    penalty, slopes = one_centered_mean_square_penalty(
        lambda x: tf.reduce_sum(x**2, axis=[1, 2]),
        tf.constant(real),
        tf.constant(fake),
        tf.constant(alpha),
    )
    points = real + alpha[:, None, None, None] * (fake - real)
    expected = np.sqrt(((2 * points) ** 2).mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(slopes, expected)
    np.testing.assert_allclose(penalty, ((expected - 1) ** 2).mean())


@pytest.mark.parametrize(
    "penalty",
    [one_centered_gradient_penalty, one_centered_mean_square_penalty, batch_slope_penalty],
)
def test_no_gradient_has_a_derivative_of_zero(penalty):
    """All units are off: the penalty is 1 and leaves the weights as they are."""
    real, alpha = tf.ones([4, 1], tf.float64), tf.zeros([4], tf.float64)
    weight = tf.Variable([[-1.0]], dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = penalty(lambda points: tf.nn.relu(points @ weight), real, real, alpha)
        value = value[0] if isinstance(value, tuple) else value
    np.testing.assert_array_equal(value, 1.0)
    np.testing.assert_array_equal(tape.gradient(value, weight), [[0.0]])


def test_the_norm_is_the_root_elsewhere():
    squares = tf.Variable([0.0, 4.0, 9.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        norms = norm_of(squares)
    np.testing.assert_array_equal(norms, [0.0, 2.0, 3.0])
    np.testing.assert_array_equal(tape.gradient(norms, squares), [0.0, 0.25, 0.5 / 3.0])
