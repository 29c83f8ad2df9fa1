"""Feature matching: generated samples should have the mean features of real ones.

Source: Salimans et al. 2016, section 3.1. The name of a variant says how the difference of the two
means, float [F], becomes one number.
"""

from amnat.choices import MATCHING_NAMES

import tensorflow as tf

_REDUCTIONS = {
    "sum_squares": lambda difference: tf.reduce_sum(tf.square(difference)),
    "mean_squares": lambda difference: tf.reduce_mean(tf.square(difference)),
    "mean_absolute": lambda difference: tf.reduce_mean(tf.abs(difference)),
}
assert tuple(_REDUCTIONS) == MATCHING_NAMES


def feature_matching_loss(real_features, fake_features, variant="sum_squares"):
    """The distance between the mean features of two batches, a scalar.

    Args:
      real_features, fake_features: float [batch, ...], of the same shape except for the batch size.
        Means are taken over the batch only, so feature maps keep their positions.
      variant: 'sum_squares', the squared L2 norm of the paper; 'mean_squares', which the authors'
        code uses on MNIST and which is smaller by a factor of the number of features;
        'mean_absolute', which the authors' code uses on CIFAR-10 and SVHN.
    """
    difference = tf.reduce_mean(fake_features, axis=0) - tf.reduce_mean(real_features, axis=0)
    return _REDUCTIONS[variant](difference)
