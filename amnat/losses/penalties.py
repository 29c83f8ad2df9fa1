"""Penalties on the gradient of a discriminator and on weights."""

import tensorflow as tf


def norm_of(squares):
    """The square root of float sums of squares, whose derivative is 0 where the sum is 0.

    tf.sqrt has none there, so that a batch without any gradient, for instance of units that are all
    off, would make every weight NaN. PyTorch's norm has 0, too.
    """
    is_flat = tf.equal(squares, 0)
    roots = tf.sqrt(tf.where(is_flat, tf.ones_like(squares), squares))
    return tf.where(is_flat, tf.zeros_like(squares), roots)


def _squared_slopes(function, real, fake, alpha):
    """Squared L2 norms [batch] of the gradient of sum(function), between real and fake samples."""
    alpha = tf.reshape(alpha, [-1] + [1] * (real.shape.rank - 1))
    points = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = tf.reduce_sum(function(points))
    gradient = tape.gradient(total, points)
    return tf.reduce_sum(tf.square(gradient), axis=list(range(1, real.shape.rank)))


def zero_centered_gradient_penalty(discriminator, real, fake, alpha):
    """Mean squared slope at points between real and fake samples, which pulls it towards **zero**.

    The slope is the L2 norm of the gradient of the summed absolute logits with respect to the
    input, as in the AM-GAN authors' code. (WGAN-GP pulls the slope towards one instead.)

    Args:
      discriminator: callable, samples -> logits [batch, num_logits].
      real, fake: float [batch, ...] of one shape.
      alpha: float [batch], the share of fake in each point, in [0, 1).

    Returns: (penalty scalar, slopes [batch]).
    """
    squares = _squared_slopes(lambda points: tf.abs(discriminator(points)), real, fake, alpha)
    return tf.reduce_mean(squares), norm_of(squares)


def one_centered_gradient_penalty(discriminator, real, fake, alpha, epsilon=0.0):
    """Mean squared distance of the slope from **one** at points between real and fake samples.

    The slope is the L2 norm of the gradient of the discriminator's summed values with respect to
    the input (Gulrajani et al. 2017, WGAN-GP).

    Args:
      discriminator: callable, samples -> values [batch, num_values].
      real, fake, alpha: as in `zero_centered_gradient_penalty`.
      epsilon: added under the square root.

    Returns: (penalty scalar, slopes [batch]).
    """
    slopes = norm_of(_squared_slopes(discriminator, real, fake, alpha) + epsilon)
    return tf.reduce_mean(tf.square(slopes - 1.0)), slopes


def one_centered_mean_square_penalty(discriminator, real, fake, alpha):
    """Mean squared distance of the slope from **one**, where the slope is the root of the **mean**
    square of the gradient's entries, as in the code of Tran et al. 2019 (MS-GAN).

    A slope of 1 is an L2 norm of sqrt(H W C), which is 55 for 32x32x3: a much weaker bound than
    that of WGAN-GP.

    Args:
      discriminator: callable, samples -> logits [batch, 1].
      real, fake, alpha: as in `zero_centered_gradient_penalty`.

    Returns: (penalty scalar, slopes [batch]). Where the gradient is exactly zero, the derivative is
      0; in the authors' code it is NaN.
    """
    entries = tf.cast(tf.size(real[0]), real.dtype)
    slopes = norm_of(_squared_slopes(discriminator, real, fake, alpha) / entries)
    return tf.reduce_mean(tf.square(slopes - 1.0)), slopes


def weight_excess_penalty(variables):
    """Half the sum of squares of how far the entries of `variables` exceed 1 in magnitude.

    The result is a scalar; entries in [-1, 1] cost nothing. The AM-GAN authors' code has it.
    """
    excess = [tf.nn.l2_loss(tf.maximum(tf.abs(variable), 1.0) - 1.0) for variable in variables]
    return tf.add_n(excess)
