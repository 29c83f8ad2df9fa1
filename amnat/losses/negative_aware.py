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


def classification_loss(logits, labels):
    """The loss of a negative-aware classifier, averaged over all samples of the batch.

    It is the mean cross-entropy of the positives, weighted by their share of the batch, plus the
    mean divergence of the negatives, weighted by theirs. Either kind may be absent; the authors'
    code then gives NaN.

    Args:
      logits: float [batch, K].
      labels: int [batch], in [0, K), or -1 for a negative.

    Returns: a scalar in nats.
    """
    is_negative = tf.equal(labels, LABEL)
    # A valid class replaces -1, for which the cross-entropy is NaN on some devices.
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.where(is_negative, tf.zeros_like(labels), labels), logits=logits
    )
    return tf.reduce_mean(tf.where(is_negative, uniform_divergence(logits), cross_entropy))


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
