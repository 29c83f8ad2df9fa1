"""CatGAN's losses: real samples are of one class each, generated ones of none.

All are to be minimised. Two forms:

- unsupervised: Springenberg, "Unsupervised and Semi-supervised Learning with Categorical
  Generative Adversarial Networks" (ICLR 2016);
- supervised: the baseline of Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), equations
  10 and 11, where cross-entropies to a class take the place of the entropies of each sample. As
  printed they are to be maximised; here they have the opposite sign.

Marginal entropies are over the batch, whose size is therefore part of the objective.
"""

from __future__ import annotations

from amnat.losses import class_aware

import tensorflow as tf


def conditional_entropy(logits: tf.Tensor) -> tf.Tensor:
    """Mean entropy of the classes of each sample, of logits [batch, K]; nats, in [0, log K]."""
    log_probabilities = tf.nn.log_softmax(logits)
    entropies = -tf.reduce_sum(tf.exp(log_probabilities) * log_probabilities, axis=1)
    return tf.reduce_mean(entropies)


def marginal_entropy(logits: tf.Tensor) -> tf.Tensor:
    """Entropy of the batch's mean class distribution, of logits [batch, K]; nats, [0, log K]."""
    log_probabilities = tf.nn.log_softmax(logits)
    count = tf.cast(tf.shape(logits)[0], logits.dtype)
    log_mean = tf.reduce_logsumexp(log_probabilities, axis=0) - tf.math.log(count)
    return -tf.reduce_sum(tf.exp(log_mean) * log_mean)


def discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Sure of each real sample, even over all of them, unsure of each fake one.

    Args:
      real_logits, fake_logits: float [batch, K]; the latter may include external negatives.

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    real_part = conditional_entropy(real_logits) - marginal_entropy(real_logits)
    return real_part, -conditional_entropy(fake_logits)


def generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """Generated samples [batch, K]: the discriminator is sure of each and even over all; nats."""
    return conditional_entropy(fake_logits) - marginal_entropy(fake_logits)


def supervised_discriminator_loss(
    real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """As `discriminator_loss`, with cross-entropies to a class.

    For a fake sample that is the class it resembles most, so its part is the log of its largest
    probability: at least -log K, which an even distribution has.

    Args:
      real_logits, fake_logits: float [batch, K]; the latter may include external negatives.
      labels: int [batch], in [0, K), of the real samples.

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=real_logits
    )
    real_part = tf.reduce_mean(cross_entropy) - marginal_entropy(real_logits)
    return real_part, -_dynamic_cross_entropy(fake_logits)


def supervised_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """As `generator_loss`, with the cross-entropy to the class each sample resembles most."""
    return _dynamic_cross_entropy(fake_logits) - marginal_entropy(fake_logits)


def _dynamic_cross_entropy(logits: tf.Tensor) -> tf.Tensor:
    return class_aware.class_cross_entropy(logits, class_aware.generator_targets(logits))
