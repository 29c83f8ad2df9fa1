"""Penalties on the gradient of a discriminator and on weights."""

import tensorflow as tf


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
    return tf.reduce_mean(squares), tf.sqrt(squares)


def one_centered_gradient_penalty(discriminator, real, fake, alpha, epsilon=0.0):
    """Mean squared distance of the slope from **one** at points between real and fake samples.

    The slope is the L2 norm of the gradient of the discriminator's summed values with respect to
    the input (Gulrajani et al. 2017, WGAN-GP).

    Args:
      discriminator: callable, samples -> values [batch, num_values].
      real, fake, alpha: as in `zero_centered_gradient_penalty`.
      epsilon: added under the square root, which otherwise has no derivative where the slope is 0.

    Returns: (penalty scalar, slopes [batch]).
    """
    slopes = tf.sqrt(_squared_slopes(discriminator, real, fake, alpha) + epsilon)
    return tf.reduce_mean(tf.square(slopes - 1.0)), slopes


def one_centered_mean_square_penalty(discriminator, real, fake, alpha):
    """Mean squared distance of the slope from **one**, where the slope is the root of the **mean**
    square of the gradient's entries, as in the code of Tran et al. 2019 (MS-GAN).

    A slope of 1 is an L2 norm of sqrt(H W C), which is 55 for 32x32x3: a much weaker bound than
    that of WGAN-GP.

    Args:
      discriminator: callable, samples -> logits [batch, 1].
      real, fake, alpha: as in `zero_centered_gradient_penalty`.

    Returns: (penalty scalar, slopes [batch]). A gradient of exactly zero has NaN derivatives, as
      in the authors' code.
    """
    entries = tf.cast(tf.size(real[0]), real.dtype)
    slopes = tf.sqrt(_squared_slopes(discriminator, real, fake, alpha) / entries)
    return tf.reduce_mean(tf.square(slopes - 1.0)), slopes


def weight_excess_penalty(variables):
    """Half the sum of squares of how far the entries of `variables` exceed 1 in magnitude.

    The result is a scalar; entries in [-1, 1] cost nothing. The AM-GAN authors' code has it.
    """
    excess = [tf.nn.l2_loss(tf.maximum(tf.abs(variable), 1.0) - 1.0) for variable in variables]
    return tf.add_n(excess)
