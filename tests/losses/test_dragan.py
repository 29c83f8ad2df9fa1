"""DRAGAN's penalty against PyTorch's double differentiation and published numbers."""

from amnat.losses.dragan import dragan_gradient_penalty

import numpy as np
import sim_gan_cases as cases
import tensorflow as tf

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/sim_gan.npz")


def patch_critic(weights):
    return lambda x: tf.sigmoid(tf.reshape(x, [x.shape[0], -1]) @ weights)


def test_pytorchs_value_and_gradient():
    """info-cycle-sim-gan's form: alpha is the share of the image itself, P outputs are summed."""
    inputs = cases.dragan_inputs()
    weights = tf.Variable(inputs["weights"])
    with tf.GradientTape() as tape:
        penalty, _ = dragan_gradient_penalty(
            patch_critic(weights),
            tf.constant(inputs["images"]),
            inputs["uniform"],
            tf.constant(1 - inputs["alpha"]),
        )
    np.testing.assert_allclose(penalty, GOLDEN["dragan"], rtol=1e-12)
    gradient = tape.gradient(penalty, weights)
    np.testing.assert_allclose(gradient, GOLDEN["dragan/weights"], rtol=0, atol=1e-13)


def test_published_numbers():
    k = np.arange(1, 13)
    images = tf.constant(np.sin(k).reshape(3, 2, 2, 1))
    uniform = (0.37 * k % 1.0).reshape(3, 2, 2, 1)
    weights = 2 * np.cos(np.arange(8)).reshape(2, 4).T
    penalty, slopes = dragan_gradient_penalty(
        patch_critic(weights), images, uniform, tf.constant([0.8, 0.5, 0.1], tf.float64)
    )
    np.testing.assert_allclose(slopes, [0.47236288, 0.02969851, 0.24063456], atol=6e-9)
    np.testing.assert_allclose(penalty, 0.5988405978, atol=6e-11)


def test_a_flat_critic_has_a_derivative_with_an_epsilon():
    images = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 2, 1)))
    weights = tf.Variable(np.zeros((4, 3)))
    with tf.GradientTape() as tape:
        penalty, _ = dragan_gradient_penalty(
            patch_critic(weights), images, np.zeros(images.shape), np.zeros(2), epsilon=1e-12
        )
    np.testing.assert_allclose(penalty, 1.0, atol=1e-5)
    assert np.isfinite(tape.gradient(penalty, weights)).all()
