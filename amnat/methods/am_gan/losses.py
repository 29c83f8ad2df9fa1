"""The AM-GAN losses over K real classes and one fake class (the last).

Source: Zhou et al. 2018 (ICLR), equations 14 and 15 with the dynamic labels of section 5.1;
AM-GAN2, code/AM-GAN.py.
"""

from __future__ import annotations

import tensorflow as tf


def _cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def dynamic_labels(logits: tf.Tensor) -> tf.Tensor:
    """The class each sample looks most like: arg-max over the K real logits.

    The fake logit takes no part, even when it is the largest; ties go to the first class. No
    gradient flows through the choice.

    Args:
      logits: float [batch, K + 1].

    Returns: int32 [batch], in [0, K).
    """
    return tf.stop_gradient(tf.argmax(logits[:, :-1], axis=1, output_type=tf.int32))


def discriminator_loss(
    real_logits: tf.Tensor, real_labels: tf.Tensor, fake_logits: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cross-entropy of real samples to their class, of fake samples to class K.

    Args:
      real_logits, fake_logits: float [batch, K + 1].
      real_labels: int [batch], in [0, K).

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    fake_class = tf.fill([tf.shape(fake_logits)[0]], fake_logits.shape[1] - 1)
    return _cross_entropy(real_logits, real_labels), _cross_entropy(fake_logits, fake_class)


def generator_loss(fake_logits: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
    """Cross-entropy of fake samples [batch, K + 1] to a real class; a scalar in nats.

    `labels` (int [batch]) are the classes aimed at, the dynamic labels by default.
    """
    return _cross_entropy(fake_logits, dynamic_labels(fake_logits) if labels is None else labels)


def real_class_confidence(logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Batch means of the summed and of the largest real-class probability.

    Args:
      logits: float [batch, K + 1].

    Returns: (sum, max), scalars in [0, 1]: the originals' logged `rsum` and `rmax`.
    """
    probabilities = tf.nn.softmax(logits)[:, :-1]
    return (
        tf.reduce_mean(tf.reduce_sum(probabilities, axis=1)),
        tf.reduce_mean(tf.reduce_max(probabilities, axis=1)),
    )
