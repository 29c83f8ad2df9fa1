"""Learning rates over the generator's updates (AM-GAN2, code/AM-GAN.py, `oDecay`)."""

from __future__ import annotations

import tensorflow as tf


def learning_rate(
    name: str, initial: float, num_iterations: int, generator_updates: tf.Tensor | tf.Variable
) -> tf.Tensor:
    """The rate after `generator_updates` updates of the generator.

    Args:
      name: 'linear': initial * max(0, 1 - updates / num_iterations), in float32 as TensorFlow 1
        computed it; 'exp': halved every num_iterations // 10 updates, as a staircase; 'none'.
      initial: rate at the start.
      num_iterations: the original's iMaxIter (for 'exp' at least 10).
      generator_updates: int64 scalar tensor or variable.

    Returns: float32 scalar.
    """
    updates = tf.cast(generator_updates, tf.float32)
    if name == "linear":
        return initial * tf.maximum(0.0, 1.0 - updates / num_iterations)
    if name == "exp":
        return initial * tf.pow(0.5, tf.floor(updates / (num_iterations // 10)))
    if name == "none":
        return tf.constant(initial, tf.float32)
    raise ValueError(f"unknown schedule {name!r}, known are linear, exp, none")
