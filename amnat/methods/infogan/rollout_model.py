"""InfoGAN as info-cycle-sim-gan and its article train it, for noise: rollouts of latents that
several real batches see, several generators and critics, labels that group images."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from amnat.choices import GROUPINGS
from amnat.methods.infogan.info_model import InfoObjective, Shown
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.objective import (
    AdversarialObjective,
    GenerationStep,
    GeneratorObjective,
)
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.methods.infogan.players import SeveralPlayers
from amnat.models.labelled_batches import LabelledBatches
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class NoiseSchedule:
    """Which latents and images each update takes; sizes are over all replicas.

    Attributes:
      steps_per_rollout: number of iterations, each with a real batch of its own, that take their
        latents from one rollout.
      rollout_size: number of latents in a rollout, at least the batch. An iteration draws as many
        of them as it has real images. None: the batch, so that all iterations take the same.
      critic_batch, critic_steps, gradient_after: see `PlayersSchedule`.
    """

    steps_per_rollout: int = 7
    rollout_size: int | None = None
    critic_batch: int | None = None
    critic_steps: int = 1
    gradient_after: bool = False


class _Rows(NamedTuple):
    """The latents of a step, and the real images with their classes (None: not looked at)."""

    latents: tf.Tensor
    real: tf.Tensor
    classes: tf.Tensor | None


class RolloutInfoGAN(SeveralPlayers):
    """InfoGAN whose noise stays while real batches pass.

    An iteration takes the following steps for each critic: the generators' gradient as this critic
    judges them, the critic's steps on the same images, the generators' step. Then for each critic
    come the information step, on the whole rollout, and the penalty's step on the real batch. The
    objective of critic c uses generator c (modulo their number), as in the article.

    Args:
      generators, critics: lists of networks: latents -> images, images -> `CriticOutputs`.
      latent: `InfoLatent`. Where the data's classes play a part it needs as many labels at least.
      objective: `InfoObjective`.
      generation: `GeneratorObjective`, given `GenerationStep`s; by default the adversarial loss.
      schedule: `NoiseSchedule`.
      grouping: within which groups the SimGAN losses compare. 'none': one group; 'classes':
        generated images by their labels, real ones by their classes; 'critic': real ones by the
        label that the critic reads from them, so that free labels group as well.
      labelled: `LabelledBatches`, the images whose labels guide; None for the batch's images.
      **kwargs: see `GANModel`, without the numbers of steps.
    """

    latent: InfoLatent
    schedule: NoiseSchedule

    def __init__(
        self,
        generators: Sequence[Network],
        critics: Sequence[Network],
        latent: InfoLatent,
        objective: InfoObjective,
        generation: GeneratorObjective | None = None,
        schedule: NoiseSchedule | None = None,
        grouping: str = "none",
        labelled: LabelledBatches | None = None,
        **kwargs: Any,
    ):
        if grouping not in GROUPINGS:
            raise ValueError(f"grouping must be in {GROUPINGS}, not {grouping!r}")
        self.generation = generation or AdversarialObjective()
        self.grouping = grouping
        schedule = schedule or NoiseSchedule()
        names = self.generation.log_names
        super().__init__(generators, critics, latent, objective, schedule, names, **kwargs)
        self.labelled = labelled

    @property
    def latent_sizes(self) -> tuple[int, int]:
        return self.latent.num_classes, self.latent.code_dim

    @property
    def label_classes(self) -> int | None:
        guided = self.objective.truth_weight and self.labelled is None
        return self.latent.num_classes if guided or self._compares_classes else None

    @property
    def _compares_classes(self) -> bool:
        """Whether the adversarial losses look at the real images' classes."""
        return self.objective.conditional or self.grouping == "classes"

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration; see `GANModel.train_step`."""
        rng = self._iteration_rng()
        number = self.iteration // self.schedule.steps_per_rollout
        rollout_rng = self._rng_of(number).child("rollout")
        rollout, latents = self._latents(data[0], rng, rollout_rng)
        rows = _Rows(latents, data[0], data[1] if self._compares_classes else None)
        self.sample_weight_noise(rollout_rng)
        found = [
            self.update_players(number, rows, rng.child(f"critic{number}"))
            for number in range(len(self.critics))
        ]
        for number, logs in enumerate(found):
            child_rng = rng.child(f"info{number}")
            logs |= self._update_information(number, rollout, data, child_rng)
            logs |= self._update_penalty(number, rows, child_rng.child("penalty"))
        self.remove_weight_noise()
        self.iteration.assign_add(1)
        # Not a sum: TensorFlow merges sums of sums, in an order that may differ between processes.
        means = {name: tf.reduce_mean(tf.stack([logs[name] for logs in found])) for name in logs}
        return self._record(means)

    def _latents(self, real: tf.Tensor, rng: RNG, rollout_rng: RNG) -> tuple[tf.Tensor, tf.Tensor]:
        """(the latents of the rollout, those of this iteration)."""
        size, wanted = tf.shape(real)[0], self.schedule.rollout_size
        if wanted is None:
            latents = self.latent(rollout_rng, size, real.dtype)
            return latents, tf.ensure_shape(latents, [real.shape[0], None])
        count = self._per_replica(wanted)
        rollout = self.latent(rollout_rng, count, real.dtype)
        order = tf.argsort(rng.uniform("noise_rows", [count]))
        latents = tf.gather(rollout, order[:size])
        return rollout, tf.ensure_shape(latents, [real.shape[0], None])

    def generator_terms(
        self, number: int, rows: _Rows, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], Shown]:
        _, labels, space = self.latent.parts(rows.latents)
        shown = self._shown(rows, self.generate_dealt(rows.latents), labels)
        adversarial = self.adversarial_generator_loss(self.critics[number], shown, rng)
        step = GenerationStep(
            self.generators[number % len(self.generators)],
            rows.latents,
            labels,
            space,
            shown.fake,
            rows.real,
            adversarial,
            number,
            self.latent,
        )
        loss, logs = self.objective_terms(self.generation, step)
        return loss, logs | {"loss_gen_gan": adversarial, "loss_gen_total": loss}, shown

    def _shown(self, rows: _Rows, fake: tf.Tensor, labels: tf.Tensor) -> Shown:
        count, dtype = self.latent.num_classes, rows.latents.dtype
        shown = Shown(fake, rows.real, labels=labels, real_labels=rows.classes)
        if self.grouping == "none":
            return shown

        def groups(numbers: tf.Tensor) -> tf.Tensor:
            return tf.one_hot(numbers, count, dtype=dtype)

        def read(outputs: CriticOutputs) -> tf.Tensor:
            return groups(tf.argmax(outputs.labels, axis=1))

        known = rows.classes if self.grouping == "classes" else None
        return shown._replace(
            groups=groups(labels), real_groups=read if known is None else groups(known)
        )

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """See `GANModel`; the first critic judges images of new latents."""
        loss, logs, _ = self.generator_terms(0, self._new_rows(batch, rng), rng)
        return loss, logs

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """See `GANModel`; the first critic judges images of new latents."""
        rows = self._new_rows(batch, rng)
        _, labels, _ = self.latent.parts(rows.latents)
        shown = self._shown(rows, self.generate_dealt(rows.latents), labels)
        loss = self.adversarial_critic_loss(self.discriminator, shown, rng)
        return loss, {"loss_dis_gan": loss, "loss_dis_total": loss}

    def _new_rows(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> _Rows:
        latents = self.latent(rng, tf.shape(batch[0])[0], batch[0].dtype)
        return _Rows(latents, batch[0], batch[1] if self._compares_classes else None)

    def _update_information(
        self, number: int, rollout: tf.Tensor, data: tuple[tf.Tensor, ...], rng: RNG
    ) -> dict[str, tf.Tensor]:
        critic = self.critics[number]

        def loss(batch: tuple[tf.Tensor, ...], rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            _, labels, code = self.latent.parts(rollout)
            outputs = critic(self.generate_dealt(rollout), rng=rng.child("fake"))
            truth = None
            if self.objective.truth_weight:
                real, classes = batch[:2]
                if self.labelled is not None:
                    real, classes = self.labelled_part(self.labelled)
                truth = critic(real, rng=rng.child("real")).labels, classes
            return self.information_loss(outputs, labels, code, truth)

        return self.minimize(loss, data, rng, self.info_optimizer, self.info_variables)

    def _update_penalty(self, number: int, rows: _Rows, rng: RNG) -> dict[str, tf.Tensor]:
        fake = None
        if self.objective.penalty_weight and self.objective.penalty == "wgan_gp":
            latents = rows.latents
            if self.objective.conditional:
                # Both ends of a line have one label.
                noise, _, code = self.latent.parts(latents)
                latents = self.latent.compose(noise, rows.classes, code)
            fake = self.generate_dealt(latents)
        return self.update_penalty(number, rows.real, rng, fake, rows.classes)
