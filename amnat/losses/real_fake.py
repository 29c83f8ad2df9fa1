"""Two-class adversarial losses (Goodfellow et al. 2014; AM-GAN2, code/AM-GAN.py), and the
Wasserstein critic's (Arjovsky et al. 2017)."""

import tensorflow as tf


def _cross_entropy(logits, target):
    labels = tf.fill(tf.shape(logits), tf.constant(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def discriminator_loss(real_logits, fake_logits, confidence=1.0):
    """-log D(real) - log(1 - D(fake)), each averaged over its batch.

    Args:
      real_logits, fake_logits: float [batch, 1].
      confidence: the probability aimed at, of real samples to be real and of fake ones to be
        fake; below 1 it smooths both sides (f2Smoothed of AM-GANs-for-reproduce).

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    return _cross_entropy(real_logits, confidence), _cross_entropy(fake_logits, 1.0 - confidence)


def non_saturating_generator_loss(fake_logits, confidence=1.0):
    """-log D(fake), averaged over the batch [batch, 1]; a scalar in nats.

    `confidence` is the probability of being real that fake samples aim at.
    """
    return _cross_entropy(fake_logits, confidence)


def wasserstein_discriminator_loss(real_values, fake_values):
    """-E[f(real)] + E[f(fake)] of a critic's values [batch, 1].

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    return -tf.reduce_mean(real_values), tf.reduce_mean(fake_values)


def wasserstein_generator_loss(fake_values):
    """-E[f(fake)] of a critic's values [batch, 1]; a scalar."""
    return -tf.reduce_mean(fake_values)


def hinge_discriminator_loss(real_logits, fake_logits):
    """max(0, 1 - f(real)) and max(0, 1 + f(fake)), each averaged over its batch [batch, 1].

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    return tf.reduce_mean(tf.nn.relu(1.0 - real_logits)), tf.reduce_mean(
        tf.nn.relu(1.0 + fake_logits)
    )
