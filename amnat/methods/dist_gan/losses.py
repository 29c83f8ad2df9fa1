"""Losses of Dist-GAN (Tran, Bui and Cheung 2018; tntrung/msgan, msdistgan.py).

The encoder E and the generator G are an auto-encoder whose reconstructions the discriminator treats
as real. Logits are float [batch, 1], features float [batch, F].
"""

from __future__ import annotations

from collections.abc import Sequence

from amnat.losses.real_fake import discriminator_loss

import tensorflow as tf

# The weight of the reconstructions among the real samples in the first half of training.
RECONSTRUCTION_WEIGHT = 0.05


def reconstruction_loss(real_features: tf.Tensor, reconstructed_features: tf.Tensor) -> tf.Tensor:
    """The mean squared difference of the discriminator's features, over batch and features."""
    return tf.reduce_mean(tf.math.squared_difference(real_features, reconstructed_features))


def latent_data_distance(
    data_difference: tf.Tensor, latents: tf.Tensor, encoded: tf.Tensor, latent_weight: float
) -> tf.Tensor:
    """(mean of the data difference - latent_weight * mean(E(x) - z)) squared; a scalar.

    Both means are over batch **and** coordinates: the regulariser compares two numbers and sees
    neither the distance of a single sample nor the spread or shape of the encoder's output.

    Args:
      data_difference: float, f(G(E(x))) - f(G(z)) in the original; any shape.
      latents, encoded: float [batch, dim], z and E(x).
      latent_weight: sqrt(dim / F) in the original.
    """
    latent = latent_weight * tf.reduce_mean(encoded - latents)
    return tf.square(tf.reduce_mean(data_difference) - latent)


def real_weights(progress: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(weight of real samples, weight of reconstructions), which sum to 1.

    They are 0.95 and 0.05 in the first half of training, then go linearly to 1 and 0 at three
    quarters.

    Args:
      progress: float scalar, the completed share of the training.
    """
    shift = tf.clip_by_value(0.2 * progress - 0.1, 0.0, RECONSTRUCTION_WEIGHT)
    return 1.0 - RECONSTRUCTION_WEIGHT + shift, RECONSTRUCTION_WEIGHT - shift


def log_loss(
    real_logits: tf.Tensor,
    reconstructed_logits: tf.Tensor,
    fake_logits: tf.Tensor,
    weights: Sequence[float | tf.Tensor],
) -> tf.Tensor:
    """Cross-entropies with reconstructions as real; a scalar in nats.

    Args:
      weights: (weight of the real samples, weight of the reconstructions); in the original 0.95 and
        0.05 throughout, in tntrung/gan `real_weights`.
    """
    real, fake = discriminator_loss(real_logits, fake_logits)
    reconstructed = tf.reduce_mean(tf.nn.softplus(-reconstructed_logits))
    return weights[0] * real + weights[1] * reconstructed + fake


def hinge_loss(
    real: tf.Tensor, reconstructed: tf.Tensor, fake: tf.Tensor, weights: Sequence[float | tf.Tensor]
) -> tf.Tensor:
    """Hinge losses with reconstructions as real; a scalar.

    Args:
      real, reconstructed, fake: logits, float [batch, 1]. Except for its dcgan networks, the
        original passes probabilities instead: no hinge is ever reached between 0 and 1, and the
        loss is linear in them.
      weights: see `log_loss`.
    """
    return (
        weights[0] * tf.reduce_mean(tf.nn.relu(1.0 - real))
        + weights[1] * tf.reduce_mean(tf.nn.relu(1.0 - reconstructed))
        + tf.reduce_mean(tf.nn.relu(1.0 + fake))
    )


def score_matching_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """|mean D(x) - mean D(G(z))| of the probabilities of being real; a scalar in [0, 1].

    It is the generator's loss: its gradient changes direction once generated samples look more real
    than real ones.
    """
    return tf.abs(tf.reduce_mean(tf.sigmoid(real_logits)) - tf.reduce_mean(tf.sigmoid(fake_logits)))
