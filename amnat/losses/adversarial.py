"""Two-class adversarial losses (Goodfellow et al. 2014; AM-GAN2, code/AM-GAN.py)."""

import tensorflow as tf


def _cross_entropy(logits, target):
    labels = tf.fill(tf.shape(logits), tf.cast(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def discriminator_loss(real_logits, fake_logits):
    """-log D(real) - log(1 - D(fake)), each averaged over its batch.

    Args:
      real_logits, fake_logits: float [batch, 1].

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    return _cross_entropy(real_logits, 1.0), _cross_entropy(fake_logits, 0.0)


def non_saturating_generator_loss(fake_logits):
    """-log D(fake), averaged over the batch [batch, 1]; a scalar in nats."""
    return _cross_entropy(fake_logits, 1.0)
