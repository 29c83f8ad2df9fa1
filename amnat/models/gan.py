"""The non-saturating GAN (Goodfellow et al. 2014)."""

from __future__ import annotations

from typing import Any

from amnat.losses import real_fake
from amnat.losses.penalties import zero_centered_gradient_penalty
from amnat.models import contracts
from amnat.models.base import GANModel
from amnat.rng import RNG

import tensorflow as tf


class GAN(GANModel):
    """A GAN whose discriminator separates real from fake samples by one logit.

    Real and fake samples pass the discriminator in separate calls, so each has its own batch
    statistics, noise and dropout.

    Args:
      gradient_penalty_weight: weight of the zero-centred gradient penalty, 0 for no penalty.
      **kwargs: further arguments of `GANModel`.
    """

    def __init__(self, *args: Any, gradient_penalty_weight: float = 0.0, **kwargs: Any):
        self.gradient_penalty_weight = gradient_penalty_weight
        penalty_names = ("loss_dis_gp", "slope_mean", "slope_max")
        losses = ("loss_dis_total", "loss_dis_gan", "loss_gen_total", "loss_gen_gan")
        self.log_names = losses + self.logit_names
        if gradient_penalty_weight > 0:
            self.log_names += penalty_names
        super().__init__(*args, **kwargs)

    logit_names: tuple[str, ...] = ("logit_real_r2", "logit_fake_r2")

    def check_networks(self) -> None:
        super().check_networks()
        self.check_logits()

    def check_logits(self) -> None:
        """Raises InputError unless the discriminator has the logits that the method needs."""
        contracts.check_logits(self.discriminator, "1, of being real", 1, 1)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """(real part, fake part) of the discriminator's loss."""
        del labels
        return real_fake.discriminator_loss(real_logits, fake_logits)

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        return real_fake.non_saturating_generator_loss(fake_logits)

    def logit_logs(self, logits: tf.Tensor, kind: str) -> dict[str, tf.Tensor]:
        """The logged values of the logits; `kind` is 'real' or 'fake'."""
        return {f"logit_{kind}_r2": tf.reduce_mean(logits)}

    def all_fake_logits(self, fake: tf.Tensor, batch: tuple[tf.Tensor, ...], rng: RNG) -> tf.Tensor:
        """Logits of the generated samples and of any other samples that count as fake."""
        del batch
        return self.discriminator(fake, rng=rng.child("fake"))

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG, fake: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """See `GANModel`; `fake` are generated samples that are used instead of fresh ones."""
        samples, labels = batch[:2]
        if fake is None:
            fake = self.generator(self.latent(rng, tf.shape(samples)[0], samples.dtype))
        real_logits = self.discriminator(samples, rng=rng.child("real"))
        fake_logits = self.all_fake_logits(fake, batch, rng)
        loss = tf.add_n(self.real_fake_losses(real_logits, labels, fake_logits))
        logs = {"loss_dis_gan": loss} | self.logit_logs(real_logits, "real")
        if self.gradient_penalty_weight > 0:
            penalty, penalty_logs = self._gradient_penalty(samples, fake, rng.child("penalty"))
            loss += penalty
            logs |= penalty_logs
        return loss, logs | {"loss_dis_total": loss}

    def _gradient_penalty(
        self, real: tf.Tensor, fake: tf.Tensor, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        mean_square, slopes = zero_centered_gradient_penalty(
            lambda points: self.discriminator(points, rng=rng),
            real,
            fake,
            rng.uniform("alpha", [tf.shape(real)[0]], real.dtype),
        )
        penalty = self.gradient_penalty_weight * mean_square
        return penalty, {
            "loss_dis_gp": penalty,
            "slope_mean": tf.reduce_mean(slopes),
            "slope_max": tf.reduce_max(slopes),
        }

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        samples = batch[0]
        fake = self.generator(self.latent(rng, tf.shape(samples)[0], samples.dtype))
        fake_logits = self.discriminator(fake, rng=rng.child("fake"))
        loss = self.adversarial_generator_loss(fake_logits)
        logs = {"loss_gen_gan": loss, "loss_gen_total": loss}
        return loss, logs | self.logit_logs(fake_logits, "fake")
