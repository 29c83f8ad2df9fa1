"""What ties a generator's label and continuous code to its images (Chen et al. 2016, InfoGAN)."""

import tensorflow as tf


def label_loss(logits, labels, double_softmax=False):
    """The cross-entropy of labels, averaged over the batch.

    Of a generated image its own label, of a real one the true class ("ground truth"), which makes
    labels mean what the data set's classes mean.

    Args:
      logits: float [batch, K].
      labels: int [batch] in [0, K).
      double_softmax: of the **softmax** of the logits as if that were logits, as
        info-cycle-sim-gan and PyTorch-GAN's infogan compute it. It is bounded: from
        log(1 + (K - 1) / e) for a sure and right answer to 1 more than that.

    Returns: a scalar in nats.
    """
    values = tf.nn.softmax(logits) if double_softmax else logits
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=values)
    )


def absolute_space_loss(estimate, code):
    """Mean absolute difference of the code that the critic reads, float [batch, S], and the given
    one: the log-likelihood of a Laplace distribution, but for constants (info-cycle-sim-gan)."""
    return tf.reduce_mean(tf.abs(estimate - code))


def squared_space_loss(estimate, code):
    """Mean squared difference, that of a normal distribution (PyTorch-GAN's infogan)."""
    return tf.reduce_mean(tf.square(estimate - code))
