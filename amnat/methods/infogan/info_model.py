"""What InfoGAN and the translator share: their losses and their three kinds of optimizers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat.choices import CRITIC_PENALTY_NAMES
from amnat.errors import InputError
from amnat.losses.dragan import dragan_gradient_penalty
from amnat.losses.penalties import one_centered_gradient_penalty
from amnat.methods.infogan import losses
from amnat.methods.infogan.keras_critic import KerasCritic, check_critic
from amnat.methods.infogan.patch_losses import PATCH_LOSSES, PatchLoss
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.models.base import GANModel, Player, current_rate
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.models.labelled_batches import LabelledBatches

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
      penalty_weight: weight of the gradient penalty, which has a step of its own; 0 for none.
      penalty: 'dragan', near real images, or 'wgan_gp', between real and generated ones.
      conditional: whether a critic has patches for every label, [batch, P * K] with K fastest, of
        which those of an image's label are its scores: with `least_squares` a conditional LSGAN.
    """

    generator_loss: str = "sim"
    critic_loss: str = "sim"
    label_weight: float = 0.6
    space_weight: float = 0.1
    truth_weight: float = 0.4
    squared_space: bool = False
    double_softmax: bool = False
    penalty_weight: float = 1.0
    penalty: str = "dragan"
    conditional: bool = False

    def __post_init__(self) -> None:
        for name in (self.generator_loss, self.critic_loss):
            if name not in PATCH_LOSSES:
                raise ValueError(f"unknown loss {name!r}, known are {', '.join(PATCH_LOSSES)}")
        if self.penalty not in CRITIC_PENALTY_NAMES:
            known = ", ".join(CRITIC_PENALTY_NAMES)
            raise ValueError(f"unknown penalty {self.penalty!r}, known are {known}")


class Shown(NamedTuple):
    """What a critic compares.

    Attributes:
      fake, real: float [batch, H, W, C].
      groups, real_groups: the rows' memberships, float [batch, groups], for the losses that compare
        within groups. `groups` None: one group; `real_groups` None: as `groups`; `real_groups` may
        also be a function of the critic's `CriticOutputs` of the real images.
      labels, real_labels: int [batch], what a conditional critic is told; else None.
    """

    fake: tf.Tensor
    real: tf.Tensor
    groups: tf.Tensor | None = None
    real_groups: tf.Tensor | Callable[[CriticOutputs], tf.Tensor] | None = None
    labels: tf.Tensor | None = None
    real_labels: tf.Tensor | None = None

    def rows(self, chosen: tf.Tensor) -> Shown:
        """The chosen rows of both sides, int [n]."""
        return Shown(*(tf.gather(each, chosen) if tf.is_tensor(each) else each for each in self))


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
                self._check_patches(critic.form.outputs.patches.shape[-1])

    def _check_patches(self, count: int | None) -> None:
        labels = self.latent_sizes[0]
        if self.objective.conditional and count is not None and count % labels:
            raise InputError(
                f"the critic has {count} patches, expected a multiple of {labels}, as many for "
                "every label: the objective is conditional"
            )

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

    def adversarial_generator_loss(self, critic: Network, shown: Shown, rng: RNG) -> tf.Tensor:
        """The generator's loss as judged by a critic; a scalar."""
        loss = PATCH_LOSSES[self.objective.generator_loss]
        fake, real, groups = self._judged(critic, shown, loss, rng)
        return loss.generator(fake, tf.stop_gradient(real), *groups)

    def adversarial_critic_loss(self, critic: Network, shown: Shown, rng: RNG) -> tf.Tensor:
        """A critic's loss; a scalar."""
        loss = PATCH_LOSSES[self.objective.critic_loss]
        shown = shown._replace(fake=tf.stop_gradient(shown.fake))
        fake, real, groups = self._judged(critic, shown, loss, rng)
        return loss.critic(fake, real, *groups)

    def _judged(
        self, critic: Network, shown: Shown, loss: PatchLoss, rng: RNG
    ) -> tuple[tf.Tensor, tf.Tensor, tuple[tf.Tensor | None, tf.Tensor | None]]:
        """(scores of generated images, of real ones, the memberships of both)."""
        fake = critic(shown.fake, rng=rng.child("fake"))
        real = critic(shown.real, rng=rng.child("real"))
        groups = shown.real_groups(real) if callable(shown.real_groups) else shown.real_groups
        return (
            loss.scores(self._of_labels(fake.patches, shown.labels)),
            loss.scores(self._of_labels(real.patches, shown.real_labels)),
            (shown.groups, groups),
        )

    def _of_labels(self, patches: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """The patches [batch, P] of each image's label, or all if the critic is not conditional."""
        if not self.objective.conditional:
            return patches
        assert labels is not None, "a conditional critic is told labels"
        count = self.latent_sizes[0]
        maps = tf.reshape(patches, [-1, patches.shape[1] // count, count])
        return tf.reduce_sum(maps * tf.one_hot(labels, count, dtype=maps.dtype)[:, None], axis=2)

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

    def labelled_part(self, labelled: LabelledBatches) -> tuple[tf.Tensor, tf.Tensor]:
        """This replica's part of the iteration's labelled batch."""
        context = tf.distribute.get_replica_context()
        return labelled(
            self.iteration, context.replica_id_in_sync_group, context.num_replicas_in_sync
        )

    def update_penalty(
        self,
        number: int,
        real: tf.Tensor,
        rng: RNG,
        fake: tf.Tensor | None = None,
        labels: tf.Tensor | None = None,
    ) -> dict[str, tf.Tensor]:
        """A step of critic `number` that penalises slopes other than 1; logs.

        Args:
          number: of the critic.
          real: float [batch, H, W, C]; the slopes are taken near them.
          rng: draws `share` and, for DRAGAN, `offset`.
          fake: generated images, for 'wgan_gp', whose points lie between them and `real`.
          labels: int [batch], what a conditional critic is told of the points.
        """
        objective = self.objective
        if not objective.penalty_weight:
            return {}
        critic, loss = self.critic_networks[number], PATCH_LOSSES[objective.critic_loss]

        def penalty(images: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            def scores(points: tf.Tensor) -> tf.Tensor:
                return loss.scores(self._of_labels(critic(points, rng=rng).patches, labels))

            share = rng.uniform("share", [tf.shape(images)[0]], images.dtype)
            if objective.penalty == "wgan_gp":
                assert fake is not None, "the points lie between real and generated images"
                mean, _ = one_centered_gradient_penalty(
                    scores, images, tf.stop_gradient(fake), share, SLOPE_EPSILON
                )
            else:
                offset = rng.uniform("offset", tf.shape(images), images.dtype)
                mean, _ = dragan_gradient_penalty(scores, images, offset, share, SLOPE_EPSILON)
            return objective.penalty_weight * mean, {"loss_dis_gp": mean}

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
