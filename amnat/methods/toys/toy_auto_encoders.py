"""The toy methods with an encoder: regularised GAN, MDGAN, VAEGAN and Dist-GAN, on points.

Source: tntrung/gan, distgan_toy1d/gan.py (its `rgan`, `mdgan`, `vaegan`, `distgan`) and
distgan_toy2d/distgan_toy2d.py.
"""

from __future__ import annotations

from typing import Any

from amnat.losses import penalties
from amnat.methods.dist_gan.losses import latent_data_distance
from amnat.methods.toys.toy_gans import (
    DISCRIMINATOR_STEPS,
    PENALTY_WEIGHT,
    Batch,
    Loss,
    ToyGAN,
    ToyWGANGP,
    surprise,
)
from amnat.networks.keras_network import KerasNetwork
from amnat.networks.network import Network
from amnat.rng import RNG

import numpy as np
import tensorflow as tf
import tf_keras as keras

SMALL_WEIGHT = 0.01
DISTANCE_WEIGHT = 0.1
# The logarithm's argument of a float32 stays above 0, and below 1.
SMALLEST_POINT = 1e-7


class ToyRGAN(ToyGAN):
    """A GAN with an encoder, whose reconstruction loss the generator shares.

    The original **adds** the reconstructions' probability of being real to that loss.
    """

    encoder: Network
    schedule = (("d", 0, 0), ("g", 1, 1), ("e", 2, 2))

    def losses(self) -> dict[str, Loss]:
        return super().losses() | {"e": self.encoder_objective}

    def variables_of(self, player: str) -> list[tf.Variable]:
        if player == "e":
            return list(self.encoder.trainable_variables)
        return super().variables_of(player)

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        return 2.0 * super().discriminator_objective(points, latents, rng)

    def encoder_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del latents, rng
        reconstructed = self.generator(self.encoder(points))
        squares = tf.reduce_sum(tf.math.squared_difference(points, reconstructed), axis=1)
        judged = self._probability(reconstructed)
        return SMALL_WEIGHT * (tf.reduce_mean(squares) + tf.reduce_mean(judged))

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        adversarial = super().generator_objective(points, latents, rng)
        return adversarial + self.encoder_objective(points, latents, rng)


class ToyMDGAN(ToyGAN):
    """MDGAN: one discriminator between data and reconstructions, one between these and fakes.

    `decision` is drawn at reconstructions, as in the original.
    """

    encoder: Network
    second_discriminator: Network
    schedule = (("m", 0, 0), ("a", 0, 0), ("d", 1, 1), ("g", 1, 1))

    def losses(self) -> dict[str, Loss]:
        return super().losses() | {
            "m": self.manifold_objective,
            "a": self.auto_encoder_objective,
        }

    def variables_of(self, player: str) -> list[tf.Variable]:
        if player == "m":
            return list(self.second_discriminator.trainable_variables)
        if player == "a":
            return self.generator.trainable_variables + self.encoder.trainable_variables
        return super().variables_of(player)

    def decision(self, points: tf.Tensor) -> tf.Tensor:
        return self._probability(self.generator(self.encoder(points)))

    def manifold_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del latents, rng
        real = tf.sigmoid(self.second_discriminator(points))
        false = tf.sigmoid(self.second_discriminator(self.generator(self.encoder(points))))
        return tf.reduce_mean(surprise(real) + surprise(1.0 - false))

    def auto_encoder_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del latents, rng
        reconstructed = self.generator(self.encoder(points))
        squares = tf.reduce_sum(tf.math.squared_difference(points, reconstructed), axis=1)
        judged = tf.sigmoid(self.second_discriminator(reconstructed))
        return tf.reduce_mean(squares) - SMALL_WEIGHT * tf.reduce_mean(judged)

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        reconstructed = self.generator(self.encoder(points))
        return 2.0 * super().discriminator_objective(reconstructed, latents, rng)


class ToyVAEGAN(ToyGAN):
    """VAEGAN: reconstructions of a variational auto-encoder count as fake.

    The encoder is a `GaussianPointEncoder`. Gradients are clipped to [-1, 1] entry by entry; the
    logged losses are computed after the three updates, with newly drawn codes.
    """

    encoder: Network
    schedule = (("e", 0, 0), ("g", 0, 0), ("d", 0, 0))
    _LIKELIHOOD_WEIGHT = 1e-6

    def losses(self) -> dict[str, Loss]:
        return super().losses() | {"e": self.encoder_objective}

    def variables_of(self, player: str) -> list[tf.Variable]:
        if player == "e":
            return list(self.encoder.trainable_variables)
        return super().variables_of(player)

    def _apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: list[tf.Tensor],
        variables: list[tf.Variable],
    ) -> None:
        clipped = [tf.clip_by_value(gradient, -1.0, 1.0) for gradient in gradients]
        super()._apply_gradients(optimizer, clipped, variables)

    def _logged(self, latest: dict[str, tf.Tensor], batch: Batch, rng: RNG) -> dict[str, tf.Tensor]:
        del latest
        return {
            "loss_dis_total": self.discriminator_objective(*batch, rng.child("log_d")),
            "loss_gen_total": self.generator_objective(*batch, rng.child("log_g")),
        }

    def _reconstruct(self, points: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """(reconstructions, means, logarithms of the variances)."""
        mean, log_variance = tf.split(self.encoder(points), 2, axis=1)
        noise = rng.normal("code", tf.shape(mean), mean.dtype)
        return self.generator(mean + tf.exp(0.5 * log_variance) * noise), mean, log_variance

    @staticmethod
    def _log_likelihood(points: tf.Tensor, reconstructed: tf.Tensor) -> tf.Tensor:
        squares = tf.math.squared_difference(points, reconstructed)
        return -0.5 * tf.reduce_mean(squares + np.log(2.0 * np.pi))

    def encoder_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del latents
        reconstructed, mean, log_variance = self._reconstruct(points, rng)
        divergence = -0.5 * tf.reduce_sum(1.0 + log_variance - mean**2 - tf.exp(log_variance))
        return divergence / self.batch_size - self._log_likelihood(points, reconstructed)

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        reconstructed = self._reconstruct(points, rng)[0]
        surprises = surprise(self._probability(self.generator(latents)))
        surprises += surprise(self._probability(reconstructed))
        likelihood = self._log_likelihood(points, reconstructed)
        return tf.reduce_mean(surprises) - self._LIKELIHOOD_WEIGHT * likelihood

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        reconstructed = self._reconstruct(points, rng)[0]
        surprises = surprise(self._probability(points))
        for false in (reconstructed, self.generator(latents)):
            surprises += surprise(1.0 - self._probability(false))
        return tf.reduce_mean(surprises)


class ToyDistGAN(ToyGAN):
    """Dist-GAN on the line: reconstructions count as real, the generator matches scores.

    The generator's update takes the points of the discriminator's last one.
    """

    encoder: Network
    schedule = (
        ("r", 0, 0),
        *(("d", i, i) for i in range(1, 1 + DISCRIMINATOR_STEPS)),
        ("g", DISCRIMINATOR_STEPS, DISCRIMINATOR_STEPS + 1),
    )

    def losses(self) -> dict[str, Loss]:
        return super().losses() | {"r": self.encoder_objective}

    def variables_of(self, player: str) -> list[tf.Variable]:
        if player == "r":
            return self.encoder.trainable_variables + self.generator.trainable_variables
        return super().variables_of(player)

    def encoder_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del rng
        encoded, fake = self.encoder(points), self.generator(latents)
        reconstructed = self.generator(encoded)
        distance = latent_data_distance(points - fake, latents, encoded, 1.0)
        squares = tf.math.squared_difference(points, reconstructed)
        return tf.reduce_mean(squares) + DISTANCE_WEIGHT * distance

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        fake = self.generator(latents)
        reconstructed = self.generator(self.encoder(points))
        surprises = 0.5 * surprise(self._probability(points))
        surprises += 0.5 * surprise(self._probability(reconstructed))
        surprises += surprise(1.0 - self._probability(fake))
        return tf.reduce_mean(surprises) + PENALTY_WEIGHT * self._penalty(points, fake, rng)

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del rng
        real, fake = self._probability(points), self._probability(self.generator(latents))
        return tf.abs(tf.reduce_mean(real - fake))


class KerasSquashedGenerator(KerasNetwork):
    """A Keras generator of points in [0, 1], which its last layer's sigmoid makes."""

    def linear_output(self, inputs: tf.Tensor) -> tf.Tensor:
        """The logits of the points, in [-16, 16]."""
        points = tf.clip_by_value(self(inputs), SMALLEST_POINT, 1.0 - SMALLEST_POINT)
        return tf.math.log(points) - tf.math.log1p(-points)


class PlaneDistGAN(ToyDistGAN):
    """Dist-GAN in the plane; the generator is squashed and its points are in [0, 1].

    Reconstructions count as **fake**, as in the original but not in its paper
    (`fix_reconstructions` makes them real); the reconstruction loss is a cross-entropy, and the
    penalty's slope is the root mean square of a sample's gradient.
    """

    generator_wrapper = KerasSquashedGenerator
    schedule = (("r", 0, 0), *(("d", i, i) for i in range(1, 6)), ("g", 0, 6))

    def __init__(self, *args: Any, fix_reconstructions: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fix_reconstructions = fix_reconstructions

    def encoder_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del rng
        encoded = self.encoder(points)
        linear = self.generator.linear_output(encoded)
        error = tf.nn.sigmoid_cross_entropy_with_logits(labels=points, logits=linear)
        difference = tf.sigmoid(linear) - self.generator(latents)
        distance = latent_data_distance(difference, latents, encoded, 1.0)
        return tf.reduce_mean(error) + DISTANCE_WEIGHT * distance

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        fake, reconstructed = self.generator(latents), self.generator(self.encoder(points))
        sign = -1.0 if self.fix_reconstructions else 1.0
        real_loss = tf.nn.softplus(-self.discriminator(points))
        reconstructed_loss = tf.nn.softplus(sign * self.discriminator(reconstructed))
        fake_loss = tf.nn.softplus(self.discriminator(fake))
        alpha = rng.uniform("alpha", [self.batch_size], points.dtype)
        penalty, _ = penalties.one_centered_mean_square_penalty(
            self.discriminator, points, fake, alpha
        )
        return (
            tf.reduce_mean(0.5 * (real_loss + reconstructed_loss) + fake_loss)
            + PENALTY_WEIGHT * penalty
        )


METHODS = {
    "gan": ToyGAN,
    "rgan": ToyRGAN,
    "mdgan": ToyMDGAN,
    "vaegan": ToyVAEGAN,
    "wgangp": ToyWGANGP,
    "distgan": ToyDistGAN,
}
