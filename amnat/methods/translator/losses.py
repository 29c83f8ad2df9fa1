"""What a translation between domains must preserve (Zhu et al. 2017, CycleGAN)."""

from __future__ import annotations

import tensorflow as tf


def identity_loss(images: tf.Tensor, unchanged: tf.Tensor) -> tf.Tensor:
    """The mean absolute difference between images and their translation into their own domain.

    Args:
      images, unchanged: float [batch, H, W, C].

    Returns: a scalar in the units of the images.
    """
    return tf.reduce_mean(tf.abs(unchanged - images))


def cycle_loss(images: tf.Tensor, returned: tf.Tensor) -> tf.Tensor:
    """The same difference between images and their translation to another domain and back."""
    return tf.reduce_mean(tf.abs(returned - images))
