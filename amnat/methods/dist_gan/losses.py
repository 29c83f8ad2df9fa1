"""Losses of Dist-GAN (Tran, Bui and Cheung 2018; tntrung/msgan, msdistgan.py).

The encoder E and the generator G are an auto-encoder whose reconstructions the discriminator takes
for real. Logits are float [batch, 1], features float [batch, F].
"""

from amnat.losses.real_fake import discriminator_loss

import tensorflow as tf

# Weight of the reconstructions among what is taken for real, in the first half of training.
RECONSTRUCTION_WEIGHT = 0.05


def reconstruction_loss(real_features, reconstructed_features):
    """Mean squared difference of the discriminator's features, over batch and features."""
    return tf.reduce_mean(tf.math.squared_difference(real_features, reconstructed_features))


def latent_data_distance(data_difference, latents, encoded, latent_weight):
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


def real_weights(progress):
    """(weight of real samples, weight of reconstructions), which sum to 1.

    0.95 and 0.05 in the first half of training, then linearly to 1 and 0 at three quarters.

    Args:
      progress: float scalar, the share of training that is done.
    """
    shift = tf.clip_by_value(0.2 * progress - 0.1, 0.0, RECONSTRUCTION_WEIGHT)
    return 1.0 - RECONSTRUCTION_WEIGHT + shift, RECONSTRUCTION_WEIGHT - shift


def log_loss(real_logits, reconstructed_logits, fake_logits, weights):
    """Cross-entropies with reconstructions as real; a scalar in nats.

    Args:
      weights: (of the real samples, of the reconstructions); the original's are 0.95 and 0.05
        throughout, those of tntrung/gan are `real_weights`.
    """
    real, fake = discriminator_loss(real_logits, fake_logits)
    reconstructed = tf.reduce_mean(tf.nn.softplus(-reconstructed_logits))
    return weights[0] * real + weights[1] * reconstructed + fake


def hinge_loss(real, reconstructed, fake, weights):
    """Hinge losses with reconstructions as real; a scalar.

    Args:
      real, reconstructed, fake: float [batch, 1], logits. The original gives probabilities
        instead, except to its dcgan networks: no hinge is ever reached between 0 and 1, and the
        loss is linear in them.
      weights: as in `log_loss`.
    """
    return (
        weights[0] * tf.reduce_mean(tf.nn.relu(1.0 - real))
        + weights[1] * tf.reduce_mean(tf.nn.relu(1.0 - reconstructed))
        + tf.reduce_mean(tf.nn.relu(1.0 + fake))
    )


def score_matching_loss(real_logits, fake_logits):
    """|mean D(x) - mean D(G(z))| of the probabilities of being real; a scalar in [0, 1].

    The loss of the generator: its gradient changes its direction once generated samples look more
    real than real ones.
    """
    return tf.abs(tf.reduce_mean(tf.sigmoid(real_logits)) - tf.reduce_mean(tf.sigmoid(fake_logits)))
