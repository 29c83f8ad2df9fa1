"""Learning rates of the MS-GAN family over the iterations; each has its original's quirks."""

from __future__ import annotations

import tensorflow as tf


def halved_linear_rate(initial: float, num_iterations: int, iteration: tf.Tensor) -> tf.Tensor:
    """initial * max(0, min(1 - iteration / num_iterations, 0.5)), a float32 scalar.

    The schedule of msgan's resnet: **half** of `initial` for the first half of training, then it
    falls to 0.

    Args:
      iteration: int64 scalar, the number of completed iterations.
    """
    share = 1.0 - tf.cast(iteration, tf.float32) / num_iterations
    return initial * tf.clip_by_value(share, 0.0, 0.5)


def late_linear_rate(initial: float, num_iterations: int, iteration: tf.Tensor) -> tf.Tensor:
    """`initial` for half of the iterations, then falling linearly to 0, a float32 scalar.

    The schedule of rmermin/msgan.pytorch.
    """
    share = 1.0 - tf.cast(iteration, tf.float32) / num_iterations
    return initial * tf.clip_by_value(2.0 * share, 0.0, 1.0)


def linear_rate(initial: float, num_iterations: int, iteration: tf.Tensor) -> tf.Tensor:
    """`initial` falling linearly to 0, a float32 scalar: the schedule of mimicry's SSGAN."""
    return initial * tf.maximum(0.0, 1.0 - tf.cast(iteration, tf.float32) / num_iterations)
