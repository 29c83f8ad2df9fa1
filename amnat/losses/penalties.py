"""Penalties on a discriminator's gradient."""

import tensorflow as tf


def zero_centered_gradient_penalty(discriminator, real, fake, alpha):
    """Mean squared slope at points between real and fake samples, pulled towards **zero**.

    The slope is the L2 norm of the gradient of the summed absolute logits with respect to the
    input (AM-GAN2, code/AM-GAN-log-netstate.py; WGAN-GP pulls the slope towards one instead).

    Args:
      discriminator: callable, samples -> logits [batch, num_logits].
      real, fake: float [batch, ...] of one shape.
      alpha: float [batch], the share of fake in each point, in [0, 1).

    Returns: (penalty scalar, slopes [batch]).
    """
    alpha = tf.reshape(alpha, [-1] + [1] * (real.shape.rank - 1))
    points = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = tf.reduce_sum(tf.abs(discriminator(points)))
    gradient = tape.gradient(total, points)
    squares = tf.reduce_sum(tf.square(gradient), axis=list(range(1, real.shape.rank)))
    return tf.reduce_mean(squares), tf.sqrt(squares)
