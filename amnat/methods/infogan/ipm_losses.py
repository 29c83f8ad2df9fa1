"""The critic losses of info-cycle-sim-gan's file ipmloss, as they were intended.

Its class cannot be constructed as published: it takes a switch by a name that does not exist, and
never stores the one that it reads. Scores are float [batch, P], P patches per image; groups of
labels are ignored.
"""

from __future__ import annotations

from amnat.losses import two_player

import tensorflow as tf


def row_means(scores: tf.Tensor) -> tf.Tensor:
    """The mean score of every image, float [batch, 1].

    An image's mean patch relative to the patches' means over the other side is its mean score
    relative to the other side's: relativistic losses may take these.
    """
    return tf.reduce_mean(scores, axis=1, keepdims=True)


def importance_term(fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
    """log(1e-8 + sum exp(-fake) + sum exp(-real)), of all scores: log Z of Softmax-GAN (Lin 2017).

    In it a score is an energy, low for real images.
    """
    total = tf.reduce_sum(tf.exp(-fake)) + tf.reduce_sum(tf.exp(-real))
    return tf.math.log(1e-8 + total)


def relative_critic_loss(
    fake: tf.Tensor,
    real: tf.Tensor,
    least_squares: bool = True,
    competitive: bool = False,
    importance: bool = False,
) -> tf.Tensor:
    """The loss of scores relative to the other side's mean, for either distance.

    Args:
      fake, real: float [batch, P].
      least_squares: half the mean squares of the distance to 1 for real images and to -1 for
        generated ones (RaLSGAN). Otherwise the mean relative score of the real images, which
        makes them **low**: scores are then energies, with the opposite orientation.
      competitive: generated images' target is 0 instead of -1.
      importance: adds `importance_term`, which belongs with energies.

    Returns: a scalar.
    """
    fake_means, real_means = row_means(fake), row_means(real)
    if least_squares:
        target = 0.0 if competitive else -1.0
        loss = tf.add_n(
            two_player.relativistic_least_squares_discriminator_loss(
                real_means, fake_means, other_target=target
            )
        )
    else:
        loss = tf.reduce_mean(real_means) - tf.reduce_mean(fake_means)
    return loss + importance_term(fake, real) if importance else loss


def softmax_generator_loss(fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
    """Softmax-GAN's generator loss: the mean energy of both sides, which should become equally
    likely, plus log Z."""
    real = tf.stop_gradient(real)
    return 0.5 * (tf.reduce_mean(fake) + tf.reduce_mean(real)) + importance_term(fake, real)
