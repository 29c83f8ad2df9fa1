"""Dist-GAN as rmermin/msgan.pytorch trains it (functions.py, `train`)."""

from __future__ import annotations

from typing import Any

from amnat.methods.dist_gan import losses
from amnat.methods.dist_gan.model import DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.models.base import GANModel, Player
from amnat.rng import RNG

import tensorflow as tf


def seed_objective(
    num_iterations: int, d_task_weight: float = 0.5, g_task_weight: float = 0.1
) -> DistGANObjective:
    """The losses of rmermin/msgan.pytorch that `DistGAN` has; see `DistGANObjective`."""
    return DistGANObjective(
        loss_type="hinge",
        ss_task=2,
        penalty_weight=1.0,
        d_task_weight=d_task_weight,
        g_task_weight=g_task_weight,
        num_iterations=num_iterations,
        hinge_on_logits=True,
        add_hinge_penalty=True,
        sum_slope=True,
        generator_reconstructs=True,
        binary_task_loss=True,
    )


class SeedDistGAN(DistGAN):
    """Dist-GAN with two optimizers for encoder **and** generator instead of the encoder's one.

    One minimises the reconstruction loss, the other the latent-data distance, whose data term is
    f(x) - f(G(z)) here. All players of an iteration take the same batch. There is one difference
    from the repository: for the gradient of the distance, the repository uses codes from before the
    reconstruction's update and weights from after it; here both are from after it.

    Args:
      use_reconstruction, use_regulariser: whether to make these two updates.
      *args, **kwargs: see `DistGAN`; the objective is `seed_objective`.
    """

    batches_per_iteration = 1

    def __init__(
        self,
        *args: Any,
        use_reconstruction: bool = True,
        use_regulariser: bool = True,
        **kwargs: Any,
    ):
        self.use_reconstruction = use_reconstruction
        self.use_regulariser = use_regulariser
        super().__init__(*args, **kwargs)

    @property
    def encoder_log_names(self) -> tuple[str, ...]:
        # Not an attribute: Keras takes an empty tuple for layers, and refuses it this early.
        return (
            *(["loss_enc_recon"] if self.use_reconstruction else []),
            *(["loss_enc_reg"] if self.use_regulariser else []),
        )

    def players(self) -> list[Player]:
        """Two players that train encoder and generator, then discriminator and generator."""
        encoder_variables = self._encoder_variables
        return [
            Player("reconstruction_optimizer", encoder_variables),
            Player("regulariser_optimizer", encoder_variables),
            *GANModel.players(self),
        ]

    def _update_encoder(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        logs: dict[str, tf.Tensor] = {}
        variables = self._encoder_variables
        if self.use_reconstruction:
            logs |= self._minimize(
                self.reconstruction_loss, batch, rng, self.reconstruction_optimizer, variables
            )
        if self.use_regulariser:
            logs |= self._minimize(
                self.regulariser_loss, batch, rng, self.regulariser_optimizer, variables
            )
        return logs

    def reconstruction_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The distance of reconstructions in feature space."""
        del rng
        real = to_unit(batch[0])
        reconstructed = self.generator.unit_images(self.encoder(real))
        loss = losses.reconstruction_loss(
            self.discriminator.features(real), self.discriminator.features(reconstructed)
        )
        return loss, {"loss_enc_recon": loss}

    def regulariser_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The latent-data distance."""
        real = to_unit(batch[0])
        latents = self._latents(real, rng)
        features = self.discriminator.features(real)
        fake_features = self.discriminator.features(self.generator.unit_images(latents))
        loss = losses.latent_data_distance(
            features - fake_features, latents, self.encoder(real), self.latent_weight(features)
        )
        return loss, {"loss_enc_reg": loss}

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration on one batch (samples, labels), of all players in turn."""
        rng = self._iteration_rng()
        logs = self._update_encoder(data, rng.child("e0"))
        logs |= self._update_discriminator(data, rng.child("d0"))
        logs |= self._update_generator(data, rng.child("g0"))
        self.iteration.assign_add(1)
        return self._record(logs)
