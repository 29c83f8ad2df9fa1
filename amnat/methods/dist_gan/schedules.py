"""Learning rates of the MS-GAN family over the iterations; each has its original's quirks."""

import tensorflow as tf


def halved_linear_rate(initial, num_iterations, iteration):
    """initial * max(0, min(1 - iteration / num_iterations, 0.5)), a float32 scalar.

    Of msgan's resnet: **half** of `initial` for the first half of training, then falling to 0.

    Args:
      iteration: int64 scalar, iterations done.
    """
    share = 1.0 - tf.cast(iteration, tf.float32) / num_iterations
    return initial * tf.clip_by_value(share, 0.0, 0.5)


def late_linear_rate(initial, num_iterations, iteration):
    """`initial` until half of the iterations, then falling linearly to 0, a float32 scalar.

    Of rmermin/msgan.pytorch.
    """
    share = 1.0 - tf.cast(iteration, tf.float32) / num_iterations
    return initial * tf.clip_by_value(2.0 * share, 0.0, 1.0)


def linear_rate(initial, num_iterations, iteration):
    """`initial` falling linearly to 0, a float32 scalar; of mimicry's SSGAN."""
    return initial * tf.maximum(0.0, 1.0 - tf.cast(iteration, tf.float32) / num_iterations)
