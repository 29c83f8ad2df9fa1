"""Several generators and critics, as info-cycle-sim-gan trains them: for images and for noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from amnat.errors import InputError
from amnat.methods.infogan.info_model import InfoModel, InfoObjective, Shown, unique_variables
from amnat.models import contracts
from amnat.networks.keras_network import as_network, ensure_built
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.methods.infogan.objective import GeneratorObjective


class PlayersSchedule(Protocol):
    """The updates of an iteration.

    Attributes:
      critic_batch: number of the images of a generators' step that a critic's step takes, over all
        replicas; None for all.
      critic_steps: number of steps of each critic per step of the generators.
      gradient_after: whether the generators' gradient is taken with the critic's updated weights
        instead of those that its step started from (which is what the repository amounts to).
    """

    @property
    def critic_batch(self) -> int | None: ...
    @property
    def critic_steps(self) -> int: ...
    @property
    def gradient_after(self) -> bool: ...


class SeveralPlayers(InfoModel):
    """An `InfoModel` with lists of generators and critics.

    Several generators take the rows of a batch in turn; sampling uses the first one. For every
    critic there is a step of the generators. Generators may share variables
    (`NoisyHead.sibling`), and may have noise on their weights, which is 0 outside `train_step`.

    Args:
      generators, critics: lists of networks.
      latent: see `GANModel`.
      objective: `InfoObjective`.
      schedule: `PlayersSchedule`.
      own_log_names: the names of further logs of `generator_terms`.
      **kwargs: see `GANModel`, without the numbers of steps.
    """

    schedule: PlayersSchedule

    def __init__(
        self,
        generators: Sequence[Network],
        critics: Sequence[Network],
        latent: Latent,
        objective: InfoObjective,
        schedule: PlayersSchedule,
        own_log_names: Sequence[str] = (),
        **kwargs: Any,
    ):
        if own_log_names:
            self.log_names = tuple(own_log_names)
        makers = [as_network(each, "generator", self.generator_wrapper) for each in generators]
        judges = [as_network(each, "critic", self.discriminator_wrapper) for each in critics]
        super().__init__(makers[0], judges[0], latent, objective, **kwargs)
        for maker in makers[1:]:
            if not maker.built:
                ensure_built(maker, (latent.size,), "generator")
        for judge in judges[1:]:
            if not judge.built:
                assert judges[0].form is not None, "the first critic was built"
                ensure_built(judge, judges[0].form.sample_shape, "critic")
        self.schedule = schedule
        self.generators, self.critics = makers, judges

    @property
    def generator_variables(self) -> list[tf.Variable]:
        return unique_variables([v for each in self.generators for v in each.trainable_variables])

    @property
    def critic_networks(self) -> list[Network]:
        return self.critics

    def generate_dealt(self, latents: tf.Tensor) -> tf.Tensor:
        """Images [batch, H, W, C] of latents [batch, size], row k by generator k modulo their
        number, of which the batch is a multiple."""
        count = len(self.generators)
        if count == 1:
            return self.generators[0](latents)
        rows = latents.shape[0]
        if rows is not None and rows % count:
            raise InputError(f"{rows} latents, expected a multiple of the {count} generators")
        dealt = tf.stack(
            [each(latents[i::count]) for i, each in enumerate(self.generators)], axis=1
        )
        return tf.reshape(dealt, [-1, *dealt.shape[2:]])

    def generator_terms(
        self, number: int, rows: Any, rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], Shown]:
        """(the generators' loss as critic `number` judges them, logs, what the critic is shown)."""
        raise NotImplementedError

    def objective_terms(
        self, objective: GeneratorObjective, step: Any
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """(loss, logs) of the generators' objective for a step; raises InputError for others."""
        result = objective(step)
        with self._noting_mistakes():
            contracts.check_loss(f"--objective: {type(objective).__name__}", result)
        return result

    def sample_weight_noise(self, rng: RNG) -> None:
        """Draws the noise of the generators that have some."""
        for number, generator in enumerate(self.generators):
            if hasattr(generator, "sample_noise"):
                # Noise that generators share is that of the last one.
                generator.sample_noise(rng.child(f"weights{number}"))

    def remove_weight_noise(self) -> None:
        """Sets that noise to 0."""
        for generator in self.generators:
            if hasattr(generator, "remove_noise"):
                generator.remove_noise()

    def _per_replica(self, size: int) -> int:
        return size // tf.distribute.get_strategy().num_replicas_in_sync

    def update_players(self, number: int, rows: Any, rng: RNG) -> dict[str, tf.Tensor]:
        """The steps of a critic, and the generators' step with its judgement; logs."""
        found: list[Shown] = []

        def generators_loss(rows: Any, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            loss, logs, shown = self.generator_terms(number, rows, rng)
            found.append(shown)
            return loss, logs

        def generators_gradient(child_rng: RNG) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            return self._gradients(
                generators_loss,
                rows,
                child_rng,
                self.g_optimizer,
                self.generator_variables,
                unconnected="zero",
            )

        gradients, logs = generators_gradient(rng.child("g0"))
        for step in range(self.schedule.critic_steps):
            logs |= self._update_critic(number, found[0], rng.child(f"d{step}"))
        if self.schedule.gradient_after:
            gradients, _ = generators_gradient(rng.child("g1"))
        return logs | self.apply_generator_gradients(gradients)

    def _update_critic(self, number: int, shown: Shown, rng: RNG) -> dict[str, tf.Tensor]:
        wanted = self.schedule.critic_batch
        if wanted is not None:
            size, shown_rows = self._per_replica(wanted), shown.fake.shape[0]
            if shown_rows is None or size < shown_rows:
                order = tf.argsort(rng.uniform("rows", [tf.shape(shown.fake)[0]]))[:size]
                shown = shown.rows(order)

        def loss(shown: Shown, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            value = self.adversarial_critic_loss(self.critics[number], shown, rng)
            return value, {"loss_dis_gan": value, "loss_dis_total": value}

        optimizer = self.d_optimizers[number]
        variables = self.critics[number].trainable_variables
        return self.minimize(loss, shown, rng, optimizer, variables)
