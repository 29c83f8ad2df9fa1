"""DRAGAN's gradient penalty (Kodali et al. 2017)."""

from amnat.losses.penalties import one_centered_gradient_penalty

import tensorflow as tf

# The largest perturbation, as a multiple of the data's standard deviation.
DISTANCE = 0.5


def dragan_gradient_penalty(discriminator, real, uniform, share, epsilon=0.0):
    """Mean squared distance of the slope from one, at points near real samples.

    A point is x + share * 0.5 * std * U, where std is the standard deviation of all entries of the
    batch (with n - 1 degrees of freedom, a constant). As in the authors' code, U is uniform and not
    negative, so the neighbourhood is a cube with the sample at one corner.

    Args:
      discriminator: callable, samples -> values [batch, num_values]; the slope is that of their
        sum.
      real: float [batch, ...].
      uniform: U, float [batch, ...] in [0, 1).
      share: float [batch] in [0, 1), one number per sample.
      epsilon: see `one_centered_gradient_penalty`.

    Returns: (penalty scalar, slopes [batch]).
    """
    count = tf.cast(tf.size(real), real.dtype)
    variance = tf.math.reduce_variance(real) * count / (count - 1.0)
    perturbed = real + DISTANCE * tf.sqrt(variance) * uniform
    return one_centered_gradient_penalty(discriminator, real, perturbed, share, epsilon)
