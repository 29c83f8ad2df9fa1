"""InfoGAN (Chen et al. 2016) as PyTorch-GAN (implementations/infogan/infogan.py) trains it.

It also has what info-cycle-sim-gan's article adds: any number of labels, true labels that guide
them, and its losses.
"""

from __future__ import annotations

from typing import Any

from amnat.methods.infogan.info_model import InfoModel, InfoObjective, Shown
from amnat.methods.infogan.latent import InfoLatent
from amnat.models.labelled_batches import LabelledBatches
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf


class InfoGAN(InfoModel):
    """InfoGAN: an iteration updates the generator, then the critic, then both together.

    The critic is shown the images of the generator's update, as they were before it; the
    information loss takes new ones. With a penalty the critic takes one more step after its own.

    Args:
      generator: latents -> images.
      critic: images -> `CriticOutputs`.
      latent: `InfoLatent`.
      objective: `InfoObjective`, not a conditional one. With a `truth_weight` the latent needs at
        least as many labels as the data has classes; further labels stay free.
      labelled: `LabelledBatches`, the images whose labels guide; None for the batch's images.
      **kwargs: see `GANModel`, without the numbers of steps.
    """

    latent: InfoLatent

    @property
    def latent_sizes(self) -> tuple[int, int]:
        return self.latent.num_classes, self.latent.code_dim

    @property
    def label_classes(self) -> int | None:
        guided = self.objective.truth_weight and self.labelled is None
        return self.latent.num_classes if guided else None

    def __init__(
        self,
        generator: Network,
        critic: Network,
        latent: InfoLatent,
        objective: InfoObjective,
        labelled: LabelledBatches | None = None,
        **kwargs: Any,
    ):
        if objective.conditional:
            raise ValueError("conditional critics are trained by RolloutInfoGAN")
        super().__init__(generator, critic, latent, objective, **kwargs)
        self.labelled = labelled

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration; see `GANModel.train_step`."""
        rng = self._iteration_rng()
        real = data[0]
        logs, fake = self._update_generator_once(real, rng.child("g0"))
        critic_rng = rng.child("d0")
        logs |= self.minimize(
            lambda batch, rng: self.discriminator_loss(batch, rng, fake),
            data,
            critic_rng,
            self.d_optimizer,
            self.discriminator.trainable_variables,
        )
        logs |= self.update_penalty(0, real, critic_rng.child("penalty"), fake)
        logs |= self.minimize(
            self._information_of_batch,
            data,
            rng.child("i0"),
            self.info_optimizer,
            self.info_variables,
        )
        self.iteration.assign_add(1)
        return self._record(logs)

    def _fake(self, real: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, tf.Tensor]:
        """(latents, generated images), as many as `real` has."""
        latents = self.latent(rng, tf.shape(real)[0], real.dtype)
        return latents, self.generator(latents)

    def _update_generator_once(
        self, real: tf.Tensor, rng: RNG
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """(logs, the generated images)."""
        shown = []

        def loss(batch: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            value, logs, fake = self._generator_terms(batch, rng)
            shown.append(fake)
            return value, logs

        variables = self.generator_variables
        gradients, logs = self._gradients(loss, real, rng, self.g_optimizer, variables)
        logs |= self.apply_generator_gradients(gradients)
        return logs, shown[0]

    def _generator_terms(
        self, real: tf.Tensor, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], tf.Tensor]:
        _, fake = self._fake(real, rng)
        loss = self.adversarial_generator_loss(self.discriminator, Shown(fake, real), rng)
        return loss, {"loss_gen_gan": loss, "loss_gen_total": loss}, fake

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        loss, logs, _ = self._generator_terms(batch[0], rng)
        return loss, logs

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG, fake: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """See `GANModel`; `fake` are generated images to take instead of new ones."""
        real = batch[0]
        if fake is None:
            _, fake = self._fake(real, rng)
        loss = self.adversarial_critic_loss(self.discriminator, Shown(fake, real), rng)
        return loss, {"loss_dis_gan": loss, "loss_dis_total": loss}

    def _information_of_batch(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        real, classes = batch[:2]
        latents, fake = self._fake(real, rng)
        _, labels, code = self.latent.parts(latents)
        outputs = self.discriminator(fake, rng=rng.child("fake"))
        truth = None
        if self.objective.truth_weight:
            if self.labelled is not None:
                real, classes = self.labelled_part(self.labelled)
            truth = self.discriminator(real, rng=rng.child("real")).labels, classes
        return self.information_loss(outputs, labels, code, truth)
