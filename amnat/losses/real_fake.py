"""Two-class adversarial losses (Goodfellow et al. 2014), the Wasserstein losses (Arjovsky et al.
2017) and the hinge loss (Lim and Ye 2017)."""

import tensorflow as tf


def _cross_entropy(logits, target):
    labels = target
    if not tf.is_tensor(target):
        labels = tf.fill(tf.shape(logits), tf.constant(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def discriminator_loss(real_logits, fake_logits, confidence=1.0, fake_confidence=None):
    """-log D(real) - log(1 - D(fake)), each averaged over its batch.

    Args:
      real_logits, fake_logits: float [batch, 1].
      confidence: the target probability that real samples are real and fake ones are fake, a number
        or a float tensor [batch, 1]; below 1 it smooths both sides.
      fake_confidence: that of fake samples if it is another one.

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    fake_confidence = confidence if fake_confidence is None else fake_confidence
    real = _cross_entropy(real_logits, confidence)
    return real, _cross_entropy(fake_logits, 1.0 - fake_confidence)


def non_saturating_generator_loss(fake_logits, confidence=1.0):
    """-log D(fake), averaged over the batch [batch, 1]; a scalar in nats.

    `confidence` is the target probability that a fake sample is real, a number or [batch, 1].
    """
    return _cross_entropy(fake_logits, confidence)


def wasserstein_discriminator_loss(real_values, fake_values):
    """-E[f(real)] + E[f(fake)] for a critic's values [batch, 1].

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    return -tf.reduce_mean(real_values), tf.reduce_mean(fake_values)


def wasserstein_generator_loss(fake_values):
    """-E[f(fake)] for a critic's values [batch, 1]; a scalar."""
    return -tf.reduce_mean(fake_values)


def hinge_discriminator_loss(real_logits, fake_logits):
    """max(0, 1 - f(real)) and max(0, 1 + f(fake)), each averaged over its batch [batch, 1].

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    return tf.reduce_mean(tf.nn.relu(1.0 - real_logits)), tf.reduce_mean(
        tf.nn.relu(1.0 + fake_logits)
    )
