"""The two-player GAN with any of its losses and penalties, in either order of updates."""

from __future__ import annotations

import functools
from typing import Any

from amnat.choices import PENALTY_NAMES, UPDATE_ORDERS
from amnat.losses.dragan import dragan_gradient_penalty
from amnat.losses.penalties import (
    one_centered_gradient_penalty,
    zero_centered_gradient_penalty,
)
from amnat.losses.two_player import LOSSES
from amnat.models.gan import GAN
from amnat.networks.network import training_phase
from amnat.rng import RNG

import tensorflow as tf


class AdversarialGAN(GAN):
    """Real against fake on one logit (Goodfellow et al. 2014 and what came after).

    Args:
      loss: a name of `amnat.losses.two_player.LOSSES`.
      penalty: on the discriminator's slopes, weighted by `gradient_penalty_weight`: 'wgan_gp'
        (towards 1, between real and generated samples), 'dragan' (towards 1, near real ones),
        'zero_centered' (towards 0, between them) or 'none'.
      clip_weights: above 0, the discriminator's weights are clipped to [-c, c] after each update
        (Arjovsky et al. 2017).
      update_order: 'discriminator_first': d_steps updates of the discriminator, each with samples
        of its own, then g_steps of the generator, as in the paper. 'generator_first': the other way
        round, as in PyTorch-GAN, whose discriminator then sees the very samples of the last
        generator update, as they were before it; its further updates draw afresh.
      real_target: see `minimax_discriminator_loss`.
      discriminator_scale: factor of the discriminator's adversarial loss; PyTorch-GAN takes half
        the sum of its parts.
      **kwargs: further arguments of `GAN`.
    """

    # The losses smooth the labels themselves, so `Techniques` does not.
    smooths_labels = True

    def __init__(
        self,
        *args: Any,
        loss: str = "non_saturating",
        penalty: str = "none",
        clip_weights: float = 0.0,
        update_order: str = "discriminator_first",
        real_target: float = 1.0,
        discriminator_scale: float = 1.0,
        gradient_penalty_weight: float = 0.0,
        **kwargs: Any,
    ):
        if loss not in LOSSES or penalty not in PENALTY_NAMES or update_order not in UPDATE_ORDERS:
            raise ValueError(f"unknown loss, penalty or order: {loss}, {penalty}, {update_order}")
        self.pair = LOSSES[loss]
        if real_target != 1.0 and not self.pair.smooths:
            raise ValueError(f"{loss} has no probabilities to smooth")
        self.penalty = penalty
        self.clip_weights = clip_weights
        self.update_order = update_order
        self.real_target = real_target
        self.discriminator_scale = discriminator_scale
        weight = 0.0 if penalty == "none" else gradient_penalty_weight
        super().__init__(*args, gradient_penalty_weight=weight, **kwargs)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        smoothing = {"real_target": self.real_target} if self.real_target != 1.0 else {}
        parts = self.pair.discriminator(real_logits, fake_logits, **smoothing)
        return tuple(self.discriminator_scale * part for part in parts)

    def _gradient_penalty(
        self, real: tf.Tensor, fake: tf.Tensor, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        share = rng.uniform("alpha", [tf.shape(real)[0]], real.dtype)

        def discriminator(points: tf.Tensor) -> tf.Tensor:
            return self.discriminator(points, rng=rng)

        if self.penalty == "dragan":
            uniform = rng.uniform("offset", tf.shape(real), real.dtype)
            found = dragan_gradient_penalty(discriminator, real, uniform, share)
        elif self.penalty == "wgan_gp":
            found = one_centered_gradient_penalty(discriminator, real, fake, share)
        else:
            found = zero_centered_gradient_penalty(discriminator, real, fake, share)
        mean, slopes = found
        penalty = self.gradient_penalty_weight * mean
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
        # Generated samples last: feature matching reads the last call.
        real_logits: tuple[tf.Tensor, ...] = ()
        if self.pair.needs_real:
            real_logits = (self.discriminator(samples, rng=rng.child("real")),)
        fake_logits = self.discriminator(fake, rng=rng.child("fake"))
        loss = self.pair.generator(fake_logits, *real_logits)
        logs = {"loss_gen_gan": loss, "loss_gen_total": loss}
        return loss, logs | self.logit_logs(fake_logits, "fake")

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration; see `update_order`, and `GANModel` for `data`."""
        if self.update_order == "discriminator_first":
            return super().train_step(data)
        rng = self._iteration_rng()
        batches = [
            tf.nest.map_structure(lambda x, s=step: self._batch(x, s), data)
            for step in range(self.d_steps)
        ]
        logs: dict[str, tf.Tensor] = {}
        for step in range(self.g_steps):
            if step == self.g_steps - 1:
                # Another rng with the same numbers: these are the samples of the update below.
                fake = self._generated(self._iteration_rng().child(f"g{step}"), batches[0][0])
            logs |= self._update_generator(batches[0], rng.child(f"g{step}"))
        for step, batch in enumerate(batches):
            shown = fake if step == 0 else None
            logs |= self._train_discriminator(batch, rng.child(f"d{step}"), shown)
        self.iteration.assign_add(1)
        return self._record(logs)

    def _generated(self, rng: RNG, samples: tf.Tensor) -> tf.Tensor:
        # They are made as in the generator's update, also by layers that differ in training.
        with training_phase():
            return self.generator(self.latent(rng, tf.shape(samples)[0], samples.dtype))

    def _update_discriminator(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        return self._train_discriminator(batch, rng, None)

    def _train_discriminator(
        self, batch: tuple[tf.Tensor, ...], rng: RNG, fake: tf.Tensor | None
    ) -> dict[str, tf.Tensor]:
        variables = self.discriminator.trainable_variables
        loss = functools.partial(self.discriminator_loss, fake=fake)
        logs = self._minimize(loss, batch, rng, self.d_optimizer, variables)
        if self.clip_weights > 0:
            tf.distribute.get_replica_context().merge_call(self._clip)
        return logs

    def _clip(self, strategy: tf.distribute.Strategy) -> None:
        def clip(variable: tf.Variable) -> tf.Variable:
            return variable.assign(
                tf.clip_by_value(variable, -self.clip_weights, self.clip_weights)
            )

        for variable in self.discriminator.trainable_variables:
            strategy.extended.update(variable, clip)
