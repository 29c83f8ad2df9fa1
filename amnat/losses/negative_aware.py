"""Negative-aware losses: samples of no class should get equal probabilities for all K classes.

Source: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), equations 4 and 7 to 9, and the
code on the authors' page.
"""

import math

from amnat.data.negatives import LABEL
from amnat.losses import class_aware

import tensorflow as tf


def uniform_divergence(logits):
    """KL(uniform || softmax(logits)) for each sample.

    Its gradient with respect to a sample's logits is softmax(logits) - 1 / K.

    Args:
      logits: float [batch, K].

    Returns: float [batch] in nats, at least 0 up to rounding; 0 where all logits are equal.
    """
    cross_entropy = tf.nn.softmax_cross_entropy_with_logits(
        labels=class_aware.even_targets(logits), logits=logits
    )
    return cross_entropy - math.log(logits.shape[1])


def mean_uniform_divergence(logits):
    """The mean of `uniform_divergence` over the batch [batch, K]; 0 for an empty batch."""
    divergences = uniform_divergence(logits)
    count = tf.cast(tf.size(divergences), divergences.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(divergences), count)


def classification_loss(logits, labels, is_binary=False):
    """The loss of a negative-aware classifier, averaged over all samples of the batch.

    It is the mean cross-entropy of the positives, weighted by their share of the batch, plus the
    mean divergence of the negatives, weighted by theirs. Either kind may be absent; the authors'
    code then gives NaN.

    Args:
      logits: float [batch, K].
      labels: int [batch], in [0, K), or -1 for a negative.
      is_binary: see `sample_losses`.

    Returns: a scalar in nats.
    """
    return tf.reduce_mean(sample_losses(logits, labels, is_binary))


def sample_losses(logits, labels, is_binary=False):
    """The loss of each sample of a negative-aware classifier.

    Args:
      logits: float [batch, K].
      labels: int [batch], in [0, K), or -1 for a negative.
      is_binary: whether the loss is the binary cross-entropy of K sigmoids, averaged over the
        classes as PyTorch's BCEWithLogitsLoss does, whose targets are 1 and 0, for negatives 1 / K.
        The authors' page mentions such a loss ("slightly weaker" on negatives) without its details.

    Returns: float [batch] in nats.
    """
    is_negative = tf.equal(labels, LABEL)
    if is_binary:
        # The one-hot row of -1 has zeros only.
        targets = tf.one_hot(labels, logits.shape[1], dtype=logits.dtype)
        targets = tf.where(is_negative[:, None], class_aware.even_targets(logits), targets)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
        return tf.reduce_mean(losses, axis=1)
    # A valid class replaces -1, for which the cross-entropy is NaN on some devices.
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.where(is_negative, tf.zeros_like(labels), labels), logits=logits
    )
    return tf.where(is_negative, uniform_divergence(logits), cross_entropy)


def exposure_loss(positive_losses, negative_losses, weight, num_positives, num_negatives):
    """The loss of outlier exposure: the mean of the positives plus a weight times the negatives'.

    Unlike `classification_loss`, the weight of all negatives together does not depend on their
    number. The source's loss of a negative is the cross-entropy to equal probabilities, which is
    `uniform_divergence` plus log K.

    Args:
      positive_losses, negative_losses: float [n], [m], `sample_losses`; m may be 0.
      weight: float; 0.5 in the source.
      num_positives, num_negatives: what the sums are divided by, int; with several replicas, the
        samples of all of them.

    Returns: a scalar in nats.
    Source: Hendrycks, Mazeika and Dietterich 2019, "Deep anomaly detection with outlier exposure",
    section 4; hendrycks/outlier-exposure, CIFAR/oe_tune.py.
    """
    positives = tf.reduce_sum(positive_losses) / tf.cast(num_positives, positive_losses.dtype)
    negatives = tf.math.divide_no_nan(
        tf.reduce_sum(negative_losses), tf.cast(num_negatives, negative_losses.dtype)
    )
    return positives + weight * negatives


def discriminator_loss(real_logits, labels, negative_logits):
    """The loss of NAT-GAN's discriminator, which has no fake class (equations 7 to 9).

    Args:
      real_logits: float [batch, K].
      labels: int [batch], in [0, K).
      negative_logits: float [n, K], the logits of generated samples and external negatives. All n
        have the same weight, as in the authors' code.

    Returns: (real part, negative part), scalars in nats; the loss is their sum.
    """
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=real_logits
    )
    return tf.reduce_mean(cross_entropy), mean_uniform_divergence(negative_logits)


def generator_loss(fake_logits):
    """Cross-entropy of each generated sample [batch, K] to the class that it resembles most.

    NAT-GAN uses AM-GAN's dynamic labels over the K classes; no gradient flows through their choice.

    Returns: a scalar in nats.
    """
    return class_aware.class_cross_entropy(fake_logits, class_aware.generator_targets(fake_logits))
