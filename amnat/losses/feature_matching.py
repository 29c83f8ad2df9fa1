"""Feature matching: generated samples are to have the mean features of real ones.

Source: Salimans et al. 2016, section 3.1; the variants are named after how the difference of the
two means, float [F], becomes one number.
"""

from amnat.adversarial_names import MATCHING_NAMES

import tensorflow as tf

_REDUCTIONS = {
    "sum_squares": lambda difference: tf.reduce_sum(tf.square(difference)),
    "mean_squares": lambda difference: tf.reduce_mean(tf.square(difference)),
    "mean_absolute": lambda difference: tf.reduce_mean(tf.abs(difference)),
}
assert tuple(_REDUCTIONS) == MATCHING_NAMES


def feature_matching_loss(real_features, fake_features, variant="sum_squares"):
    """Distance of the mean features of two batches; a scalar.

    Args:
      real_features, fake_features: float [batch, ...] of one shape but for the batch; means are
        over the batch alone, so feature maps keep their positions.
      variant: 'sum_squares', the squared L2 norm of the paper; 'mean_squares' of
        openai/improved-gan on MNIST, which is smaller by the number of features; 'mean_absolute'
        of its scripts for CIFAR-10 and SVHN.
    """
    difference = tf.reduce_mean(fake_features, axis=0) - tf.reduce_mean(real_features, axis=0)
    return _REDUCTIONS[variant](difference)
