"""What a translation between domains has to keep (Zhu et al. 2017, CycleGAN)."""

import tensorflow as tf


def identity_loss(images, unchanged):
    """Mean absolute difference of images of a domain and their translation into that very domain.

    Args:
      images, unchanged: float [batch, H, W, C].

    Returns: a scalar in the units of the images.
    """
    return tf.reduce_mean(tf.abs(unchanged - images))


def cycle_loss(images, returned):
    """Mean absolute difference of images and what comes back from another domain; as above."""
    return tf.reduce_mean(tf.abs(returned - images))
