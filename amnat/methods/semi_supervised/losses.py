"""Losses of the semi-supervised GAN: K classes and 'generated' in one discriminator.

The discriminator has K logits, with the logit of 'generated' fixed at 0, or K + 1 with that logit
last: softmax ignores a common shift, so both say the same of a sample. Source: Salimans et al.
2016, section 5; openai/improved-gan, mnist_svhn_cifar10.
"""

from __future__ import annotations

import tensorflow as tf


def split_logits(logits: tf.Tensor, num_classes: int) -> tuple[tf.Tensor, tf.Tensor]:
    """(logits of the K classes [batch, K], logit of 'generated' [batch]) of either form.

    Args:
      logits: float [batch, K] or [batch, K + 1].
      num_classes: K.

    Raises: ValueError for another width.
    """
    width = logits.shape[1]
    if width == num_classes:
        return logits, tf.zeros_like(logits[:, 0])
    if width == num_classes + 1:
        return logits[:, :num_classes], logits[:, num_classes]
    raise ValueError(f"{width} logits, expected {num_classes} or {num_classes + 1}")


def binary_logits(logits: tf.Tensor, num_classes: int) -> tf.Tensor:
    """The logit of being real: log sum over the classes of exp(logit), less that of 'generated'.

    sigmoid of it is 1 - softmax(logits)[generated]. The sum is taken relative to the largest
    *class* logit. Relative to the largest of all logits it underflows where 'generated' leads by
    about 88 (float32), and the result is -inf.

    Args:
      logits: float [batch, K] or [batch, K + 1].

    Returns: float [batch].
    """
    real, generated = split_logits(logits, num_classes)
    return tf.reduce_logsumexp(real, axis=1) - generated


def classification_loss(logits: tf.Tensor, labels: tf.Tensor, num_classes: int) -> tf.Tensor:
    """-log p(class | sample, real) of labelled samples, averaged; a scalar in nats.

    Only the K class logits enter, so both forms give the same; -log p(class | sample) over all
    K + 1 is larger by -log p(real | sample), which the real part below holds already.

    Args:
      logits: float [batch, K] or [batch, K + 1].
      labels: int [batch], in [0, K).
    """
    real, _ = split_logits(logits, num_classes)
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=real)
    )


def real_fake_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor, num_classes: int, real_target: float = 1.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cross-entropies of unlabelled samples to be real and of generated ones not to be.

    Args:
      real_logits, fake_logits: float [batch, K] or [batch, K + 1].
      real_target: the probability of being real that unlabelled samples aim at, below 1 for
        one-sided smoothing. (TensorFlow's label_smoothing=0.1 means 0.95, not 0.9.)

    Returns: (real part, fake part), scalars in nats. improved-gan takes half of their sum.
    """
    real = binary_logits(real_logits, num_classes)
    fake = binary_logits(fake_logits, num_classes)
    # t softplus(-b) + (1 - t) softplus(b), which is softplus(b) - t b.
    return (
        tf.reduce_mean(tf.nn.softplus(real) - real_target * real),
        tf.reduce_mean(tf.nn.softplus(fake)),
    )
