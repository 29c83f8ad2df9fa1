"""CycleGAN by one InfoGAN: a generator and a critic that translate between domains by label
(rezer0dai/info-cycle-sim-gan and its article)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from amnat.errors import InputError
from amnat.methods.infogan.info_model import InfoObjective, Shown
from amnat.methods.infogan.players import SeveralPlayers
from amnat.methods.translator import sub_batches
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.objective import CycleObjective, TranslationObjective, TranslationStep
from amnat.models.fit_data import FitData
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

NOISE_MODES = ("redraw", "pair", "replay")


@dataclasses.dataclass(frozen=True)
class TranslationSchedule:
    """Which images each update takes; the defaults are the original script's.

    Sizes are over all replicas.

    Attributes:
      steps_per_rollout: number of iterations that take their images from one rollout.
      generator_batch: number of images in a step of the generators.
      critic_batch: number of these images that a step of a critic takes.
      critic_steps: number of steps of each critic per step of the generators.
      mode: which images of the rollout an iteration takes. 'redraw': new sources and new real
        images, drawn independently (the script's noise_consistent=False); 'pair': the same new rows
        for both (noise_consistent=True); 'replay': the same sources with other real images, as the
        article describes it.
      gradient_after: whether the generators' gradient is taken with the critic's updated weights
        instead of those that its step started from (which is what the repository amounts to).
      as_published: whether to draw rows and groups with the repository's errors; see
        docs/fidelity.md. It needs two domains.
    """

    steps_per_rollout: int = 7
    generator_batch: int = 8
    critic_batch: int = 8
    critic_steps: int = 1
    mode: str = "redraw"
    gradient_after: bool = False
    as_published: bool = False

    def __post_init__(self) -> None:
        if self.mode not in NOISE_MODES:
            raise ValueError(f"mode must be in {NOISE_MODES}, not {self.mode!r}")
        if self.critic_batch > self.generator_batch:
            raise ValueError("critic_batch must be at most generator_batch")


class _Rows(NamedTuple):
    """The images of a rollout, or of a part of it, and what belongs to them row by row."""

    sources: tf.Tensor
    source_labels: tf.Tensor
    real: tf.Tensor
    target_labels: tf.Tensor
    space: tf.Tensor
    # Float [batch, D], of the generators' batch only.
    groups: tf.Tensor | None = None


class _RolloutData(FitData):
    """Refuses arrays, which say nothing of rollouts."""

    def batches(self, x: Any, y: Any, *args: Any) -> Any:
        if not hasattr(x, "element_spec"):
            raise InputError(
                "CycleInfoGAN.fit: expected a tf.data.Dataset of rollouts, equally many images of "
                "each domain, as amnat.methods.translator.batches makes them"
            )
        return super().batches(x, y, *args)


class CycleInfoGAN(SeveralPlayers):
    """Translates images of D domains into one another.

    A rollout has equally many images of every domain. All images of domain d are translated into
    domain d + s (modulo the number of domains), with s drawn once per rollout, and compared with
    real images of that domain. An iteration takes the following steps for each critic: the
    generators' gradient as this critic judges them, the critic's steps, the generators' step. Then
    for each critic come the information step, on the whole rollout, and the penalty's step, on all
    its real images. The output of critics and generators for an image must not depend on other
    images.

    Several generators take the rows in turn; sampling uses the first generator, and the objective
    of critic c uses generator c (modulo their number), as in the article.

    Args:
      generators, critics: lists of networks.
      latent: `TranslationLatent`.
      objective: `InfoObjective`; its `truth_weight` applies to the domains.
      translation: `TranslationObjective`; `CycleObjective` by default.
      schedule: `TranslationSchedule`.
      **kwargs: see `GANModel`, without the numbers of steps.
    """

    latent: TranslationLatent
    schedule: TranslationSchedule

    def __init__(
        self,
        generators: Sequence[Network],
        critics: Sequence[Network],
        latent: TranslationLatent,
        objective: InfoObjective | None = None,
        translation: TranslationObjective | None = None,
        schedule: TranslationSchedule | None = None,
        **kwargs: Any,
    ):
        self.translation = translation or CycleObjective()
        schedule = schedule or TranslationSchedule()
        if schedule.as_published and latent.num_domains != 2:
            raise ValueError("the repository has two domains")
        objective = objective or InfoObjective()
        names = self.translation.log_names
        super().__init__(generators, critics, latent, objective, schedule, names, **kwargs)

    @property
    def latent_sizes(self) -> tuple[int, int]:
        return self.latent.num_domains, self.latent.space_dim

    def _fit_data(self) -> FitData:
        return _RolloutData(
            type(self).__name__, self.discriminator, None, 0, self.batches_per_iteration, self.seed
        )

    def translate(
        self, images: tf.Tensor, space: tf.Tensor, labels: tf.Tensor, number: int = 0
    ) -> tf.Tensor:
        """Translates images [batch, H, W, C] into the domains `labels` with one generator."""
        return self.generators[number](self.latent.join(images, space, labels))

    def translate_dealt(self, images: tf.Tensor, space: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Like `translate`, with row k by generator k modulo the number of generators."""
        return self.generate_dealt(self.latent.join(images, space, labels))

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration.

        Args:
          data: (images, labels) of this replica's part of a rollout, equally many of each domain,
            one domain after the other.
        """
        rng = self._iteration_rng()
        rollout_rng = self._rollout_rng()
        rollout = self._rollout(data[0], rollout_rng)
        rows = self._part(rollout, rng, rollout_rng)
        self.sample_weight_noise(rollout_rng)
        found = [
            self.update_players(number, rows, rng.child(f"critic{number}"))
            for number in range(len(self.critics))
        ]
        for number, logs in enumerate(found):
            child_rng = rng.child(f"info{number}")
            logs |= self._update_information(number, rollout, child_rng)
            logs |= self._update_penalty(number, rollout, child_rng.child("penalty"))
        self.remove_weight_noise()
        self.iteration.assign_add(1)
        means = {name: tf.add_n([logs[name] for logs in found]) for name in found[0]}
        return self._record({name: total / len(found) for name, total in means.items()})

    def _rollout_rng(self) -> RNG:
        number = self.iteration // self.schedule.steps_per_rollout
        return self._rng_of(number).child("rollout")

    def _rollout(self, images: tf.Tensor, rng: RNG) -> _Rows:
        domains = self.latent.num_domains
        length = tf.shape(images)[0] // domains
        shift = 1
        if domains > 2:
            uniform = rng.uniform("shift", [])
            shift += tf.minimum(tf.cast(uniform * (domains - 1), tf.int32), domains - 2)
        targets = (tf.range(domains) + shift) % domains
        blocks = tf.reshape(images, [domains, length, *self.latent.image_shape])
        count = [domains * length, self.latent.space_dim]
        return _Rows(
            images,
            tf.repeat(tf.range(domains), length),
            tf.reshape(tf.gather(blocks, targets), tf.shape(images)),
            tf.repeat(targets, length),
            rng.uniform("space", count, images.dtype) * 2.0 - 1.0,
        )

    def _part(self, rollout: _Rows, rng: RNG, rollout_rng: RNG) -> _Rows:
        """`_Rows` of the generators' batch."""
        schedule, domains = self.schedule, self.latent.num_domains
        size = self._per_replica(schedule.generator_batch)
        length = rollout.sources.shape[0] // domains
        source_rng = rollout_rng if schedule.mode == "replay" else rng
        drawable = length
        if schedule.as_published:
            drawable = length - 1
            sizes = sub_batches.published_block_sizes(source_rng, "cut", size)
        else:
            sizes = sub_batches.block_sizes(source_rng, "cut", domains, size)
        chosen = [
            sub_batches.draw_rows(child_rng, name, sizes, size, length, drawable)
            for child_rng, name in ((source_rng, "source_rows"), (rng, "real_rows"))
        ]
        (source_rows, blocks), (real_rows, _) = chosen
        if schedule.mode == "pair":
            real_rows = source_rows
        rows = _Rows(*(tf.gather(values, source_rows) for values in rollout[:5]))
        groups = tf.one_hot(blocks, domains, dtype=rollout.space.dtype)
        if schedule.as_published:
            # The last row is in no group.
            groups *= tf.cast(tf.range(size) < size - 1, groups.dtype)[:, None]
        return rows._replace(real=tf.gather(rollout.real, real_rows), groups=groups)

    def generator_terms(
        self, number: int, rows: _Rows, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], Shown]:
        fake = self.translate_dealt(rows.sources, rows.space, rows.target_labels)
        labels = rows.target_labels
        shown = Shown(fake, rows.real, rows.groups, labels=labels, real_labels=labels)
        adversarial = self.adversarial_generator_loss(self.critics[number], shown, rng)

        def translate(images: tf.Tensor, space: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            return self.translate(images, space, labels, number % len(self.generators))

        step = TranslationStep(
            translate,
            rows.sources,
            rows.source_labels,
            fake,
            rows.target_labels,
            rows.real,
            rows.space,
            adversarial,
            number,
        )
        loss, logs = self.objective_terms(self.translation, step)
        return loss, logs | {"loss_gen_gan": adversarial, "loss_gen_total": loss}, shown

    def _update_information(self, number: int, rollout: _Rows, rng: RNG) -> dict[str, tf.Tensor]:
        critic = self.critics[number]

        def loss(rollout: _Rows, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            fake = self.translate_dealt(rollout.sources, rollout.space, rollout.target_labels)
            outputs = critic(fake, rng=rng.child("fake"))
            truth = None
            if self.objective.truth_weight:
                real = critic(rollout.real, rng=rng.child("real"))
                truth = real.labels, rollout.target_labels
            return self.information_loss(outputs, rollout.target_labels, rollout.space, truth)

        return self.minimize(loss, rollout, rng, self.info_optimizer, self.info_variables)

    def _update_penalty(self, number: int, rollout: _Rows, rng: RNG) -> dict[str, tf.Tensor]:
        fake = None
        if self.objective.penalty_weight and self.objective.penalty == "wgan_gp":
            fake = self.translate_dealt(rollout.sources, rollout.space, rollout.target_labels)
        return self.update_penalty(number, rollout.real, rng, fake, rollout.target_labels)
