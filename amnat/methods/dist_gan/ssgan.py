"""SSGAN: a GAN whose discriminator also tells rotations (Chen et al. 2019)."""

from __future__ import annotations

from typing import Any

from amnat.losses import real_fake
from amnat.methods.dist_gan import self_supervised
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.methods.dist_gan.networks.keras_roles import (
    KerasFeatureDiscriminator,
    KerasImageGenerator,
)
from amnat.methods.dist_gan.roles import check_roles
from amnat.models.base import GANModel
from amnat.rng import RNG

import tensorflow as tf

# The classes of its task.
ROTATIONS = 4


class SSGAN(GANModel):
    """Hinge losses; rotated real images teach the discriminator, rotated fakes the generator.

        L_D = E max(0, 1 - f(x)) + E max(0, 1 + f(G(z))) + beta CE(rotated x)
        L_G = -E f(G(z)) + alpha CE(rotated G(z))

    One quarter of a batch is rotated by each angle (kwotsin/mimicry, ssgan_base.py). The batch size
    of every replica must be a multiple of 4. Images arrive in amnat's range and are judged in
    [0, 1].

    Args:
      *args: generator, discriminator and latent, see `GANModel`; the networks are those of
        `amnat.methods.dist_gan.networks` with four classes.
      d_task_weight, g_task_weight: beta and alpha, 1.0 and 0.2 as published.
      **kwargs: see `GANModel`.
    """

    generator_wrapper = KerasImageGenerator
    discriminator_wrapper = KerasFeatureDiscriminator
    log_names = (
        *("loss_dis_total", "loss_dis_gan", "loss_dis_task"),
        *("loss_gen_total", "loss_gen_gan", "loss_gen_task"),
    )

    def __init__(
        self, *args: Any, d_task_weight: float = 1.0, g_task_weight: float = 0.2, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.d_task_weight = d_task_weight
        self.g_task_weight = g_task_weight

    def check_networks(self) -> None:
        super().check_networks()
        check_roles(self.generator, self.discriminator, ROTATIONS)

    def _judge(self, images: tf.Tensor) -> tf.Tensor:
        return self.discriminator.score(self.discriminator.features(images))

    def _task_loss(self, images: tf.Tensor) -> tf.Tensor:
        rotated, labels = self_supervised.quarter_turns(images)
        logits = self.discriminator.classify(self.discriminator.features(rotated))
        return self_supervised.class_loss(logits, labels)

    def _generate(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> tf.Tensor:
        samples = batch[0]
        latents = self.latent(rng, tf.shape(samples)[0], samples.dtype)
        return self.generator.unit_images(latents)

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        real, fake = to_unit(batch[0]), self._generate(batch, rng)
        gan = tf.add_n(real_fake.hinge_discriminator_loss(self._judge(real), self._judge(fake)))
        task = self._task_loss(real)
        loss = gan + self.d_task_weight * task
        return loss, {"loss_dis_total": loss, "loss_dis_gan": gan, "loss_dis_task": task}

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        fake = self._generate(batch, rng)
        gan = real_fake.wasserstein_generator_loss(self._judge(fake))
        task = self._task_loss(fake)
        loss = gan + self.g_task_weight * task
        return loss, {"loss_gen_total": loss, "loss_gen_gan": gan, "loss_gen_task": task}

    def _update_discriminator(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        logs = super()._update_discriminator(batch, rng)
        for layer in self.discriminator.layers:
            if hasattr(layer, "update_spectral_norm"):
                layer.update_spectral_norm()
        return logs
