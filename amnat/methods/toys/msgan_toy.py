"""Dist-GAN and WGAN-GP on the line as rmermin/msgan.pytorch has them (distgan_toy1d/functions.py).

Both discriminators have hinge losses on logits, and penalties with a norm per sample. Dist-GAN's
auto-encoder has two optimizers over encoder **and** generator, one for each of its losses.
"""

from __future__ import annotations

from amnat.losses.penalties import norm_of
from amnat.methods.dist_gan.losses import hinge_loss, latent_data_distance, score_matching_loss
from amnat.methods.toys.toy_auto_encoders import ToyDistGAN
from amnat.methods.toys.toy_gans import PENALTY_WEIGHT, Batch, Loss, ToyGAN
from amnat.methods.toys.toy_run import CURVES
from amnat.rng import RNG

import tensorflow as tf

# The weights of real points and of reconstructions, which do not change here.
WEIGHTS = (0.95, 0.05)


class _SlopePenalty(ToyGAN):
    """The penalty with a norm per sample, whose derivative is 0 where the slope is 0, as PyTorch's:
    four units with ReLU leave whole regions without a slope."""

    def _penalty(self, real: tf.Tensor, fake: tf.Tensor, rng: RNG) -> tf.Tensor:
        alpha = rng.uniform("alpha", [self.batch_size, 1], real.dtype)
        points = real + alpha * (fake - real)
        with tf.GradientTape() as tape:
            tape.watch(points)
            total = tf.reduce_sum(self.discriminator(points))
        slopes = norm_of(tf.reduce_sum(tf.square(tape.gradient(total, points)), axis=1))
        return tf.reduce_mean(tf.square(slopes - 1.0))


class HingeWGANGP(_SlopePenalty):
    """A critic with hinge losses and WGAN-GP's penalty; one update of each player.

    The original calls it WGAN-GP. `decision` is the probability that belongs to the logit.
    """

    # Both players take new points and latents, but the generator's loss has no points.
    schedule = (("d", 0, 0), ("g", 0, 1))

    def _hinge(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        real, fake = self.discriminator(points), self.discriminator(self.generator(latents))
        return tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        penalty = self._penalty(points, self.generator(latents), rng)
        return self._hinge(points, latents, rng) + PENALTY_WEIGHT * penalty

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del points, rng
        return -tf.reduce_mean(self.discriminator(self.generator(latents)))


class TwoOptimizerDistGAN(_SlopePenalty, ToyDistGAN):
    """Dist-GAN with an optimizer for the reconstruction and one for the regulariser.

    Every player takes new points and latents, but the generator those points that the discriminator
    has just seen.
    """

    log_names = ("loss_enc_recon", "loss_enc_reg", "loss_dis_total", "loss_gen_total")
    # For `amnat.methods.toys.toy_run`.
    curves = {"recon": "loss_enc_recon", "reg": "loss_enc_reg", **CURVES}
    schedule = (("a", 0, 0), ("l", 1, 1), ("d", 2, 2), ("g", 2, 3))

    def losses(self) -> dict[str, Loss]:
        return {
            "a": self.reconstruction_objective,
            "l": self.regulariser_objective,
            "d": self.discriminator_objective,
            "g": self.generator_objective,
        }

    def _logged(self, latest: dict[str, tf.Tensor], batch: Batch, rng: RNG) -> dict[str, tf.Tensor]:
        found = {"loss_enc_recon": latest["a"], "loss_enc_reg": latest["l"]}
        return super()._logged(latest, batch, rng) | found

    def variables_of(self, player: str) -> list[tf.Variable]:
        return super().variables_of("r" if player in ("a", "l") else player)

    def reconstruction_objective(
        self, points: tf.Tensor, latents: tf.Tensor, rng: RNG
    ) -> tf.Tensor:
        """The mean squared difference of points and their reconstructions."""
        del latents, rng
        reconstructed = self.generator(self.encoder(points))
        return tf.reduce_mean(tf.math.squared_difference(points, reconstructed))

    def regulariser_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        """The latent-data distance, between real and generated points."""
        del rng
        difference = points - self.generator(latents)
        return latent_data_distance(difference, latents, self.encoder(points), 1.0)

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        fake = self.generator(latents)
        reconstructed = self.generator(self.encoder(points))
        real, restored, false = map(self.discriminator, (points, reconstructed, fake))
        penalty = PENALTY_WEIGHT * self._penalty(points, fake, rng)
        return hinge_loss(real, restored, false, WEIGHTS) + penalty

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del rng
        fake = self.generator(latents)
        return score_matching_loss(self.discriminator(points), self.discriminator(fake))
