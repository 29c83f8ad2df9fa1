"""Dist-GAN with self-supervised tasks: an encoder, a discriminator and a generator.

Tran, Bui and Cheung 2018 (Dist-GAN); Tran et al. 2019 (SS and MS tasks); tntrung/msgan,
msdistgan.py.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.losses import penalties
from amnat.methods.dist_gan import losses, self_supervised
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.methods.dist_gan.networks.keras_roles import (
    KerasEncoder,
    KerasFeatureDiscriminator,
    KerasImageGenerator,
)
from amnat.methods.dist_gan.roles import check_roles
from amnat.models.base import GANModel, Player
from amnat.models.class_latent import NoiseLatent
from amnat.networks.keras_network import as_network, ensure_built
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.export.generators import Latent

TASK_CLASSES = {0: 0, 1: 4, 2: 5}


@dataclasses.dataclass(frozen=True)
class DistGANObjective:
    """The losses of `DistGAN`; the defaults are those of msgan's CIFAR-10 script.

    Attributes:
      loss_type: 'log' or 'hinge'.
      ss_task: 0: none; 1: SS, rotations of real images for the discriminator; 2: MS, with a fifth
        class of generated images.
      penalty_weight: lambda_p, of the gradient penalty.
      regulariser_weight: lambda_r, of the latent-data distance.
      d_task_weight, g_task_weight: lambda_d and lambda_g, of the task.
      num_iterations: n_steps, over which reconstructions lose their weight.
      hinge_on_logits: whether hinges take the logits (the original's dcgan networks, its other two
        with --fix_hinge_logits); otherwise they take the probabilities, which reach no hinge.
      add_hinge_penalty: --fix_penalty_sign. The original subtracts the penalty in hinge mode.
      sum_slope: --fix_penalty_slope: the penalty's slope is the L2 norm instead of the root mean
        square.
      decay_log_weights: --fix_log_weights: reconstructions lose their weight with 'log' as well.
      generator_reconstructs: the reconstruction loss trains the generator as well as the encoder
        (the original on MNIST and Stacked-MNIST).
      binary_task_loss: `binary_class_loss` instead of `class_loss`.
    """

    loss_type: str = "hinge"
    ss_task: int = 2
    penalty_weight: float = 0.5
    regulariser_weight: float = 1.0
    d_task_weight: float = 0.5
    g_task_weight: float = 0.1
    num_iterations: int = 300000
    hinge_on_logits: bool = False
    add_hinge_penalty: bool = False
    sum_slope: bool = False
    decay_log_weights: bool = False
    generator_reconstructs: bool = False
    binary_task_loss: bool = False

    def __post_init__(self) -> None:
        if self.loss_type not in ("log", "hinge"):
            raise ValueError(f"loss_type must be log or hinge, not {self.loss_type!r}")
        if self.ss_task not in TASK_CLASSES:
            raise ValueError(f"ss_task must be in {sorted(TASK_CLASSES)}, not {self.ss_task}")


class DistGAN(GANModel):
    """Encoder, discriminator and generator are updated in this order, each on its own batch.

    The encoder makes reconstructions G(E(x)) near x in the discriminator's features, regularised by
    the latent-data distance; the discriminator treats them as real, with a small weight; the
    generator matches the mean probability of being real. Images arrive in amnat's range and are
    compared in [0, 1]. Every set of images passes the discriminator separately, with its own batch
    statistics.

    It logs the losses before each update. `loss_enc_*`: total, reconstruction and (unweighted)
    latent-data distance; `loss_dis_task`, `loss_gen_task`: the task's losses, unweighted;
    `slope_mean`: the mean slope of the penalty.

    Args:
      generator: a network with `unit_images` (`amnat.methods.dist_gan.networks`).
      discriminator: a network with `features`, `score` and, for a task, `classify`.
      encoder: images in [0, 1] -> latents.
      latent: U(-1, 1) in the original and by default.
      objective: `DistGANObjective`.
      **kwargs: see `GANModel`, without the numbers of steps.
    """

    batches_per_iteration = 3
    generator_wrapper = KerasImageGenerator
    discriminator_wrapper = KerasFeatureDiscriminator

    def __init__(
        self,
        generator: Network,
        discriminator: Network,
        encoder: Network,
        latent: Latent | None = None,
        objective: DistGANObjective | None = None,
        **kwargs: Any,
    ):
        objective = objective or DistGANObjective()
        self.objective = objective
        self.log_names = (
            *self.encoder_log_names,
            *("loss_dis_total", "loss_dis_gan", "loss_dis_gp", "slope_mean"),
            *("loss_gen_total", "loss_gen_gan"),
            *(["loss_dis_task"] if objective.ss_task and objective.d_task_weight else []),
            *(["loss_gen_task"] if objective.ss_task and objective.g_task_weight else []),
        )
        super().__init__(generator, discriminator, latent, **kwargs)
        self.encoder = as_network(encoder, "encoder", KerasEncoder)
        if self.discriminator.form is not None and not self.encoder.built:
            ensure_built(self.encoder, self.discriminator.form.sample_shape, "encoder")

    def _default_latent(self) -> Latent:
        return NoiseLatent(self._latent_size(), "uniform")

    def check_networks(self) -> None:
        super().check_networks()
        check_roles(self.generator, self.discriminator, TASK_CLASSES[self.objective.ss_task])
        codes = self.encoder.form.outputs.shape if self.encoder.form else None
        if codes is not None and tuple(codes[1:]) != (self.latent.size,):
            raise InputError(
                f"the encoder makes codes of shape {list(codes[1:])}, but a latent has "
                f"{self.latent.size} entries"
            )

    @property
    def encoder_log_names(self) -> tuple[str, ...]:
        """The names of what the encoder's updates log."""
        return ("loss_enc_total", "loss_enc_recon", "loss_enc_reg")

    @property
    def _encoder_variables(self) -> list[tf.Variable]:
        variables = list(self.encoder.trainable_variables)
        if self.objective.generator_reconstructs:
            variables += self.generator.trainable_variables
        return variables

    def players(self) -> list[Player]:
        """Encoder, discriminator and generator."""
        return [Player("e_optimizer", self._encoder_variables), *super().players()]

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration; see `GANModel.train_step`.

        Args:
          data: (samples, labels) whose first axis holds three interleaved batches.
        """
        rng = self._iteration_rng()
        batches = [
            tf.nest.map_structure(lambda x, s=step: self._batch(x, s), data)
            for step in range(self.batches_per_iteration)
        ]
        logs = self._update_encoder(batches[0], rng.child("e0"))
        logs |= self._update_discriminator(batches[1], rng.child("d0"))
        logs |= self._update_generator(batches[2], rng.child("g0"))
        self.iteration.assign_add(1)
        return self._record(logs)

    def _update_encoder(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        variables = self._encoder_variables
        return self._minimize(self.encoder_loss, batch, rng, self.e_optimizer, variables)

    def latent_weight(self, features: tf.Tensor) -> float:
        """sqrt(latent entries / F) for features, float [batch, F]."""
        return math.sqrt(self.latent.size / features.shape[1])

    def _latents(self, samples: tf.Tensor, rng: RNG) -> tf.Tensor:
        return self.latent(rng, tf.shape(samples)[0], samples.dtype)

    def encoder_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The loss of the reconstructions, and the logs."""
        real = to_unit(batch[0])
        latents, encoded = self._latents(real, rng), self.encoder(real)
        reconstructed = self.generator.unit_images(encoded)
        fake = self.generator.unit_images(latents)
        real_features, fake_features, reconstructed_features = map(
            self.discriminator.features, (real, fake, reconstructed)
        )
        reconstruction = losses.reconstruction_loss(real_features, reconstructed_features)
        distance = losses.latent_data_distance(
            reconstructed_features - fake_features,
            latents,
            encoded,
            self.latent_weight(real_features),
        )
        loss = reconstruction + self.objective.regulariser_weight * distance
        return loss, {
            "loss_enc_total": loss,
            "loss_enc_recon": reconstruction,
            "loss_enc_reg": distance,
        }

    def _judge(self, images: tf.Tensor) -> tf.Tensor:
        return self.discriminator.score(self.discriminator.features(images))

    def _task_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        logits = self.discriminator.classify(self.discriminator.features(images))
        if self.objective.binary_task_loss:
            return self_supervised.binary_class_loss(logits, labels)
        return self_supervised.class_loss(logits, labels)

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        objective, real = self.objective, to_unit(batch[0])
        fake = self.generator.unit_images(self._latents(real, rng))
        reconstructed = self.generator.unit_images(self.encoder(real))
        logits = [self._judge(images) for images in (real, reconstructed, fake)]
        penalty, slopes = self._gradient_penalty(real, fake, rng.child("penalty"))
        loss = self._adversarial_loss(logits) + penalty
        logs = {"loss_dis_gan": loss, "loss_dis_gp": penalty, "slope_mean": tf.reduce_mean(slopes)}
        if objective.ss_task and objective.d_task_weight:
            logs["loss_dis_task"] = self._discriminator_task(real, fake, rng)
            loss += objective.d_task_weight * logs["loss_dis_task"]
        return loss, logs | {"loss_dis_total": loss}

    def _adversarial_loss(self, logits: Sequence[tf.Tensor]) -> tf.Tensor:
        objective = self.objective
        real, reconstructed, fake = logits
        progress = tf.cast(self.iteration, real.dtype) / objective.num_iterations
        if objective.loss_type == "log" and not objective.decay_log_weights:
            progress = tf.zeros_like(progress)
        weights = losses.real_weights(progress)
        if objective.loss_type == "log":
            return losses.log_loss(real, reconstructed, fake, weights)
        if not objective.hinge_on_logits:
            real, reconstructed, fake = map(tf.sigmoid, logits)
        return losses.hinge_loss(real, reconstructed, fake, weights)

    def _gradient_penalty(
        self, real: tf.Tensor, fake: tf.Tensor, rng: RNG
    ) -> tuple[tf.Tensor, tf.Tensor]:
        objective = self.objective
        take = penalties.one_centered_mean_square_penalty
        if objective.sum_slope:
            take = penalties.one_centered_gradient_penalty
        alpha = rng.uniform("alpha", [tf.shape(real)[0]], real.dtype)
        penalty, slopes = take(self._judge, real, fake, alpha)
        subtracted = objective.loss_type == "hinge" and not objective.add_hinge_penalty
        return (-1.0 if subtracted else 1.0) * objective.penalty_weight * penalty, slopes

    def _discriminator_task(self, real: tf.Tensor, fake: tf.Tensor, rng: RNG) -> tf.Tensor:
        count = tf.shape(real)[0]
        if self.objective.ss_task == 1:
            rows = self_supervised.random_candidates(rng, "rotation", count, 4)
            return self._task_loss(*self_supervised.rotation_batch(real, rows))
        rows = self_supervised.random_candidates(rng, "mixture", count, 5)
        return self._task_loss(*self_supervised.mixture_batch(real, fake, rows))

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        objective, real = self.objective, to_unit(batch[0])
        fake = self.generator.unit_images(self._latents(real, rng))
        loss = losses.score_matching_loss(self._judge(real), self._judge(fake))
        logs = {"loss_gen_gan": loss}
        if objective.ss_task and objective.g_task_weight:
            rows = self_supervised.random_candidates(rng, "rotation", tf.shape(real)[0], 4)
            real_task, fake_task = (
                self._task_loss(*self_supervised.rotation_batch(images, rows))
                for images in (real, fake)
            )
            logs["loss_gen_task"] = self_supervised.matching_loss(fake_task, real_task)
            loss += objective.g_task_weight * logs["loss_gen_task"]
        return loss, logs | {"loss_gen_total": loss}
