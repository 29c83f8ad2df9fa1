"""What ties a generator's label and continuous code to its images (Chen et al. 2016, InfoGAN)."""

from __future__ import annotations

import tensorflow as tf


def label_loss(logits: tf.Tensor, labels: tf.Tensor, double_softmax: bool = False) -> tf.Tensor:
    """The cross-entropy of labels, averaged over the batch.

    The labels are those that the images were generated from or, for real images, the true classes
    ("ground truth"), which makes labels mean what the data set's classes mean.

    Args:
      logits: float [batch, K].
      labels: int [batch] in [0, K).
      double_softmax: whether to use the **softmax** of the logits as if it were the logits, as
        info-cycle-sim-gan and PyTorch-GAN's infogan do. The loss is then bounded: from
        log(1 + (K - 1) / e) for a certain and correct answer to 1 more than that.

    Returns: a scalar in nats.
    """
    values = tf.nn.softmax(logits) if double_softmax else logits
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=values)
    )


def absolute_space_loss(estimate: tf.Tensor, code: tf.Tensor) -> tf.Tensor:
    """The mean absolute difference between the critic's estimate of the code, float [batch, S], and
    the code: a Laplace distribution's negative log-likelihood up to constants (info-cycle-sim-gan).
    """
    return tf.reduce_mean(tf.abs(estimate - code))


def squared_space_loss(estimate: tf.Tensor, code: tf.Tensor) -> tf.Tensor:
    """The mean squared difference, as for a normal distribution (PyTorch-GAN's infogan)."""
    return tf.reduce_mean(tf.square(estimate - code))
