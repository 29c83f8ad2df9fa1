"""Dist-GAN as rmermin/msgan.pytorch trains it (functions.py, `train`)."""

from amnat.methods.dist_gan import losses as dist_gan
from amnat.methods.dist_gan.model import DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.models.base import GANModel, Player

import tensorflow as tf


def seed_objective(num_iterations, d_task_weight=0.5, g_task_weight=0.1):
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
    """Two optimizers, of encoder **and** generator, in place of the encoder's one.

    One minimises the reconstruction loss, the other the latent-data distance, whose data term is
    f(x) - f(G(z)) here. All players take the same batch of an iteration. Differs from the
    repository in one point: it takes the gradient of the distance through codes computed before
    the reconstruction's update, and with weights of after it; here both are of after it.

    Args:
      use_reconstruction, use_regulariser: take these two updates.
      *args, **kwargs: of `DistGAN`; the objective is `seed_objective`.
    """

    batches_per_iteration = 1

    def __init__(self, *args, use_reconstruction=True, use_regulariser=True, **kwargs):
        self.use_reconstruction = use_reconstruction
        self.use_regulariser = use_regulariser
        super().__init__(*args, **kwargs)

    @property
    def encoder_log_names(self):
        # No attribute: Keras takes an empty tuple for layers, and refuses it this early.
        return (
            *(["loss_enc_recon"] if self.use_reconstruction else []),
            *(["loss_enc_reg"] if self.use_regulariser else []),
        )

    def players(self):
        """Two that train encoder and generator, then discriminator and generator."""
        encoder_variables = self._encoder_variables
        return [
            Player("reconstruction_optimizer", encoder_variables),
            Player("regulariser_optimizer", encoder_variables),
            *GANModel.players(self),
        ]

    def _update_encoder(self, batch, rng):
        logs, variables = {}, self._encoder_variables
        if self.use_reconstruction:
            logs |= self._minimize(
                self.reconstruction_loss, batch, rng, self.reconstruction_optimizer, variables
            )
        if self.use_regulariser:
            logs |= self._minimize(
                self.regulariser_loss, batch, rng, self.regulariser_optimizer, variables
            )
        return logs

    def reconstruction_loss(self, batch, rng):
        """The distance of reconstructions in feature space."""
        del rng
        real = to_unit(batch[0])
        reconstructed = self.generator.unit_images(self.encoder(real))
        loss = dist_gan.reconstruction_loss(
            self.discriminator.features(real), self.discriminator.features(reconstructed)
        )
        return loss, {"loss_enc_recon": loss}

    def regulariser_loss(self, batch, rng):
        """The latent-data distance."""
        real = to_unit(batch[0])
        latents = self._latents(real, rng)
        features = self.discriminator.features(real)
        fake_features = self.discriminator.features(self.generator.unit_images(latents))
        loss = dist_gan.latent_data_distance(
            features - fake_features, latents, self.encoder(real), self.latent_weight(features)
        )
        return loss, {"loss_enc_reg": loss}

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data):
        """One iteration on one batch (samples, labels), of all players in turn."""
        rng = self._iteration_rng()
        logs = self._update_encoder(data, rng.child("e0"))
        logs |= self._update_discriminator(data, rng.child("d0"))
        logs |= self._update_generator(data, rng.child("g0"))
        self.iteration.assign_add(1)
        return self._record(logs)
