"""The losses of the AM-GAN paper's comparison: K class logits, a real and a fake logit.

The discriminator's K + 2 logits decide two questions: whether a sample is real or fake (two
classes), and which class it has (K). GAN, AC-GAN and its variants treat the two separately;
LabelGAN and AM-GAN derive the real logit from the class logits (`real_logit`).

Source: Zhou et al. 2018 (ICLR), equations 1 to 20, and the authors' code.
"""

import tensorflow as tf

# Keeps the logarithm of a probability finite: p becomes p (1 - K e) + e.
_LOG_EPSILON = 1e-8


def split_logits(logits):
    """[batch, K + 2] -> class logits [batch, K], real logit [batch, 1], fake logit [batch, 1]."""
    return logits[:, :-2], logits[:, -2:-1], logits[:, -1:]


def real_logit(logits, from_classes):
    """The logit [batch, 1] of being real.

    Args:
      logits: float [batch, K + 2].
      from_classes: whether to return the log-sum-exp of the K class logits. The softmax over
        (real, fake) then sums the real classes of a softmax over K + 1 (LabelGAN, AM-GAN).
        Otherwise the result is the separate real logit (GAN, AC-GAN).
    """
    classes, real, _ = split_logits(logits)
    return tf.reduce_logsumexp(classes, axis=1, keepdims=True) if from_classes else real


def real_log_odds(logits, from_classes, free_fake_logit=False):
    """log D_r / D_f [batch, 1], which determines a cross-entropy over (real, fake).

    The fake logit is 0 unless `free_fake_logit`.
    """
    real = real_logit(logits, from_classes)
    return real - logits[:, -1:] if free_fake_logit else real


def drawn_confidence(uniform):
    """Each sample's own target probability of being real, or fake, from U[0, 1) numbers.

    sqrt(U) has the density 2 p and the mean 2 / 3. The authors' code has it for data of one class
    (PATH).

    Args:
      uniform: float [batch].

    Returns: float [batch, 1], in [0, 1).
    """
    return tf.sqrt(uniform)[:, tf.newaxis]


def smoothed_targets(labels, num_classes, confidence=1.0, dtype=tf.float32):
    """One-hot targets [batch, K] mixed with the uniform distribution.

    Args:
      labels: int [batch], in [0, K).
      num_classes: K.
      confidence: share of the one-hot part, in [0, 1].
    """
    one_hot = tf.one_hot(labels, num_classes, dtype=dtype)
    return one_hot * confidence + (1.0 - confidence) / num_classes


def even_targets(class_logits):
    """The uniform distribution over the K classes, for logits [batch, K]."""
    share = tf.constant(1.0 / class_logits.shape[1], class_logits.dtype)
    return tf.fill(tf.shape(class_logits), share)


def generator_targets(scores, confidence=1.0, sharpness=0.0):
    """The class that each generated sample should have, as a distribution [batch, K].

    No gradient flows through it (section 5.1 of the paper).

    Args:
      scores: float [batch, K]: the class logits of the sample for dynamic labels, or the one-hot
        class that the generator was given for predefined labels.
      confidence: see `smoothed_targets`.
      sharpness: 0 takes the arg-max (ties go to the first class); above 0 the target is
        softmax(sharpness * scores), to which `confidence` does not apply.
    """
    if sharpness > 0:
        return tf.stop_gradient(tf.nn.softmax(scores * sharpness))
    labels = tf.argmax(scores, axis=1, output_type=tf.int32)
    return smoothed_targets(labels, scores.shape[1], confidence, scores.dtype)


def class_cross_entropy(class_logits, targets):
    """Mean cross-entropy of softmax(logits [batch, K]) to targets [batch, K], in nats.

    The gradient only flows into the logits.
    """
    return tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(
            labels=tf.stop_gradient(targets), logits=class_logits
        )
    )


def _log(probabilities):
    num_classes = probabilities.shape[-1]
    return tf.math.log(probabilities * (1.0 - num_classes * _LOG_EPSILON) + _LOG_EPSILON)


def unlabelled_class_loss(class_logits):
    """Mean entropy of each sample's classes minus the entropy of the batch's mean, in nats.

    Logits are [batch, K]. Each sample should have one confident class, and the batch should be
    spread evenly over all classes (the terms of CatGAN on real samples, for data without labels).
    """
    probabilities = tf.nn.softmax(class_logits)
    mean = tf.reduce_mean(probabilities, axis=0)
    conditional = -tf.reduce_mean(tf.reduce_sum(probabilities * _log(probabilities), axis=1))
    marginal = -tf.reduce_sum(mean * _log(mean))
    return conditional - marginal


def mode_cross_entropy(class_logits, sharpness=10000.0):
    """Cross-entropy of the uniform distribution to the share of the batch in each class, in nats.

    Logits are [batch, K]. A very sharp softmax replaces the arg-max, which has no gradient.
    """
    shares = tf.reduce_mean(tf.nn.softmax(class_logits * sharpness), axis=0)
    return -tf.reduce_mean(_log(shares))


def target_similarity(class_logits, targets):
    """Mean cosine similarity of softmax(logits) and targets, [batch, K] each; for logs."""
    probabilities = tf.nn.l2_normalize(tf.nn.softmax(class_logits), axis=1)
    return tf.reduce_mean(tf.reduce_sum(probabilities * tf.nn.l2_normalize(targets, 1), axis=1))
