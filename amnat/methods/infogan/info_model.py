"""What InfoGAN and the translator share: their losses and their three kinds of optimizers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from amnat.losses.dragan import dragan_gradient_penalty
from amnat.methods.infogan import losses
from amnat.methods.infogan.keras_critic import KerasCritic, check_critic
from amnat.methods.infogan.patch_losses import PATCH_LOSSES
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.models.base import GANModel, Player, current_rate
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.export.generators import Latent

# Added under the square root of a slope, which otherwise has no derivative at 0.
SLOPE_EPSILON = 1e-12


@dataclasses.dataclass(frozen=True)
class InfoObjective:
    """The losses; the defaults are those of info-cycle-sim-gan's script.

    Attributes:
      generator_loss, critic_loss: names of `PATCH_LOSSES`.
      label_weight: weight of the cross-entropy of generated images' labels, for both players.
      space_weight: weight of the distance between their codes and the critic's estimates, for both
        players.
      truth_weight: weight of the cross-entropy of real images' labels, for the critic: it makes
        labels mean what the data's classes mean. With 0 the critic chooses the meaning.
      squared_space: the codes' distance is the mean square instead of the mean absolute one.
      double_softmax: see `amnat.methods.infogan.losses.label_loss`.
      penalty_weight: weight of DRAGAN's gradient penalty, which has a step of its own; 0 for none.
    """

    generator_loss: str = "sim"
    critic_loss: str = "sim"
    label_weight: float = 0.6
    space_weight: float = 0.1
    truth_weight: float = 0.4
    squared_space: bool = False
    double_softmax: bool = False
    penalty_weight: float = 1.0

    def __post_init__(self) -> None:
        for name in (self.generator_loss, self.critic_loss):
            if name not in PATCH_LOSSES:
                raise ValueError(f"unknown loss {name!r}, known are {', '.join(PATCH_LOSSES)}")


class InfoModel(GANModel):
    """The losses of `InfoObjective`, with one more optimizer that updates both players.

    Critics return `CriticOutputs`.

    Args:
      generator, critic, latent: see `GANModel`.
      objective: `InfoObjective`.
      **kwargs: see `GANModel`.
    """

    discriminator_wrapper = KerasCritic

    def __init__(
        self,
        generator: Network,
        critic: Network,
        latent: Latent,
        objective: InfoObjective,
        **kwargs: Any,
    ):
        self.objective = objective
        self.log_names = (
            *("loss_gen_gan", "loss_gen_total", "loss_dis_gan", "loss_dis_total"),
            *("loss_info_total", "loss_info_label", "loss_info_space"),
            *(["loss_info_truth"] if objective.truth_weight else []),
            *(["loss_dis_gp"] if objective.penalty_weight else []),
            *self.log_names,
        )
        super().__init__(generator, critic, latent, **kwargs)

    @property
    def latent_sizes(self) -> tuple[int, int]:
        """(labels, entries of the code) of the latent."""
        raise NotImplementedError

    def check_networks(self) -> None:
        super().check_networks()
        for critic in self.critic_networks:
            if critic.form is not None:
                check_critic(critic.form.outputs, *self.latent_sizes)

    @property
    def generator_variables(self) -> list[tf.Variable]:
        return self.generator.trainable_variables

    @property
    def critic_networks(self) -> list[Network]:
        return [self.discriminator]

    @property
    def info_variables(self) -> list[tf.Variable]:
        """The variables of both players, each once, because networks may share some."""
        critics = [v for critic in self.critic_networks for v in critic.trainable_variables]
        return unique_variables([*self.generator_variables, *critics])

    def players(self) -> list[Player]:
        """The generators, both players together, each critic."""
        return [
            Player("g_optimizer", self.generator_variables),
            Player("info_optimizer", self.info_variables),
            *(
                Player("d_optimizers", critic.trainable_variables, is_one_of_many=True)
                for critic in self.critic_networks
            ),
        ]

    @property
    def d_optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer of the first critic."""
        return self.d_optimizers[0]

    def adversarial_generator_loss(
        self, critic: Network, fake: tf.Tensor, real: tf.Tensor, groups: tf.Tensor | None, rng: RNG
    ) -> tf.Tensor:
        """The generator's loss as judged by a critic; a scalar."""
        loss = PATCH_LOSSES[self.objective.generator_loss]
        outputs = [
            critic(images, rng=rng.child(name)).patches
            for name, images in (("fake", fake), ("real", real))
        ]
        fake_scores, real_scores = map(loss.scores, outputs)
        return loss.generator(fake_scores, tf.stop_gradient(real_scores), groups)

    def adversarial_critic_loss(
        self, critic: Network, fake: tf.Tensor, real: tf.Tensor, groups: tf.Tensor | None, rng: RNG
    ) -> tf.Tensor:
        """A critic's loss; a scalar."""
        loss = PATCH_LOSSES[self.objective.critic_loss]
        outputs = [
            critic(images, rng=rng.child(name)).patches
            for name, images in (("fake", tf.stop_gradient(fake)), ("real", real))
        ]
        return loss.critic(*map(loss.scores, outputs), groups)

    def information_loss(
        self,
        outputs: CriticOutputs,
        labels: tf.Tensor,
        space: tf.Tensor,
        truth: tuple[tf.Tensor, tf.Tensor] | None = None,
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The loss that both players minimise together.

        Args:
          outputs: `CriticOutputs` of generated images.
          labels, space: the labels and codes that they were generated from.
          truth: (logits of real images, their labels), or None.

        Returns: (scalar, logs).
        """
        objective = self.objective
        distance = losses.absolute_space_loss
        if objective.squared_space:
            distance = losses.squared_space_loss
        logs = {
            "loss_info_label": self._label_loss(outputs.labels, labels),
            "loss_info_space": distance(outputs.space, space),
        }
        loss = objective.label_weight * logs["loss_info_label"]
        loss += objective.space_weight * logs["loss_info_space"]
        if objective.truth_weight:
            assert truth is not None, "the objective takes true labels"
            logs["loss_info_truth"] = self._label_loss(*truth)
            loss += objective.truth_weight * logs["loss_info_truth"]
        return loss, logs | {"loss_info_total": loss}

    def _label_loss(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return losses.label_loss(logits, labels, self.objective.double_softmax)

    def update_penalty(self, number: int, real: tf.Tensor, rng: RNG) -> dict[str, tf.Tensor]:
        """A step of critic `number` that penalises slopes other than 1 near real images; logs."""
        if not self.objective.penalty_weight:
            return {}
        critic, loss = self.critic_networks[number], PATCH_LOSSES[self.objective.critic_loss]

        def penalty(images: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            mean, _ = dragan_gradient_penalty(
                lambda points: loss.scores(critic(points, rng=rng).patches),
                images,
                rng.uniform("offset", tf.shape(images), images.dtype),
                rng.uniform("share", [tf.shape(images)[0]], images.dtype),
                epsilon=SLOPE_EPSILON,
            )
            return self.objective.penalty_weight * mean, {"loss_dis_gp": mean}

        return self.minimize(
            penalty, real, rng, self.d_optimizers[number], critic.trainable_variables
        )

    def minimize(
        self,
        loss_function: Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]],
        batch: Any,
        rng: RNG,
        optimizer: keras.optimizers.Optimizer,
        variables: list[tf.Variable],
    ) -> dict[str, tf.Tensor]:
        """`GANModel._minimize` with a gradient of 0 for variables that do not affect the loss."""
        gradients, logs = self._gradients(
            loss_function, batch, rng, optimizer, variables, unconnected="zero"
        )
        self._apply_gradients(optimizer, gradients, variables)
        return logs

    def apply_generator_gradients(self, gradients: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        """The generator's update with given gradients; logs."""
        rate = current_rate(self.g_optimizer)
        self._apply_gradients(self.g_optimizer, gradients, self.generator_variables)
        self.generator_updates.assign_add(1)
        if self.ema_generator is not None:
            tf.distribute.get_replica_context().merge_call(self._update_averages)
        return {"klr": rate * 1000.0}


def unique_variables(variables: Iterable[tf.Variable]) -> list[tf.Variable]:
    """The variables in their order, each once."""
    return list({variable.ref(): variable for variable in variables}.values())
