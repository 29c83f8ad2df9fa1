"""Training techniques for any method, as a mixin (Salimans et al. 2016)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from amnat.layers.instance_noise import InstanceNoise
from amnat.losses.feature_matching import feature_matching_loss
from amnat.models.base import GANModel, LossFunction
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    # The class that the mixin is mixed into; not all have `real_fake_losses`.
    from amnat.models.gan import GAN as _Method
else:
    _Method = object

_Model = TypeVar("_Model", bound=GANModel)


@dataclasses.dataclass(frozen=True)
class Techniques:
    """The techniques that are switched on; by default none is.

    Attributes:
      real_target: the discriminator's target for real samples: the weight of their own class, while
        1 - real_target goes to the target of generated samples. Below 1 it is one-sided label
        smoothing.
      feature_matching: 'none', or the variant of `feature_matching_loss` that becomes the
        generator's loss.
      feature_matching_weight: weight of feature matching.
      adversarial_weight: weight of the method's own generator loss, added to feature matching.
      historical_averaging: weight of the squared distance of each player's weights from the mean of
        all their past values; 0 switches it off.
      instance_noise, instance_noise_steps: see `InstanceNoise`; a level of 0 switches it off.
    """

    real_target: float = 1.0
    feature_matching: str = "none"
    feature_matching_weight: float = 1.0
    adversarial_weight: float = 0.0
    historical_averaging: float = 0.0
    instance_noise: float = 0.0
    instance_noise_steps: int = 0

    def describe(self) -> list[str]:
        """The techniques that are on, a list of texts."""
        names = []
        if self.real_target != 1.0:
            names.append(f"label smoothing (real target {self.real_target:g})")
        if self.feature_matching != "none":
            names.append(
                f"feature matching ({self.feature_matching}, weight "
                f"{self.feature_matching_weight:g}, adversarial weight {self.adversarial_weight:g})"
            )
        if self.historical_averaging:
            names.append(f"historical averaging (weight {self.historical_averaging:g})")
        if self.instance_noise:
            until = f" until iteration {self.instance_noise_steps:,}"
            fades = until if self.instance_noise_steps else ""
            names.append(f"instance noise (stddev {self.instance_noise:g}{fades})")
        return names


def with_techniques(method: type[_Model], techniques: Techniques) -> type[_Model]:
    """The class of a method with techniques, or the method itself if none is on.

    Args:
      method: a class that derives from `GANModel`; label smoothing and feature matching need one
        that derives from `GAN`.
      techniques: `Techniques`.
    """
    if not techniques.describe():
        return method
    return type(method.__name__, (_WithTechniques, method), {"techniques": techniques})


class _WithTechniques(_Method):
    techniques = Techniques()

    def __init__(self, *args: Any, **kwargs: Any):
        names = []
        if self.techniques.feature_matching != "none":
            names.append("loss_gen_matching")
        if self.techniques.historical_averaging:
            names += ["loss_dis_history", "loss_gen_history"]
        if names:
            # Keras would take an empty tuple for a tuple of layers, which must not be set before
            # the constructor of the model has run.
            self.extra_log_names = tuple(names)
        if self.techniques.real_target != 1.0 and getattr(self, "smooths_labels", False):
            kwargs["real_target"] = self.techniques.real_target
        super().__init__(*args, **kwargs)
        if self.techniques.instance_noise:
            self.discriminator.preprocess = InstanceNoise(
                self.techniques.instance_noise,
                self.techniques.instance_noise_steps,
                self.iteration,
            )
        if self.techniques.historical_averaging:
            self._start_histories()

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Uses that a cross-entropy to a smoothed target is a mixture of those to its parts."""
        real_part, fake_part = super().real_fake_losses(real_logits, labels, fake_logits)
        target = self.techniques.real_target
        if target != 1.0 and not getattr(self, "smooths_labels", False):
            _, as_fake = super().real_fake_losses(real_logits, labels, real_logits)
            real_part = target * real_part + (1.0 - target) * as_fake
        return real_part, fake_part

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        techniques = self.techniques
        if techniques.feature_matching == "none":
            return super().generator_loss(batch, rng)
        with self.discriminator.recording() as fake_steps:
            loss, logs = super().generator_loss(batch, rng)
        with self.discriminator.recording() as real_steps:
            self.discriminator(batch[0], rng=rng.child("matched"))
        matching = feature_matching_loss(
            tf.stop_gradient(last_hidden(real_steps)),
            last_hidden(fake_steps),
            techniques.feature_matching,
        )
        total = techniques.feature_matching_weight * matching
        if techniques.adversarial_weight:
            total += techniques.adversarial_weight * loss
        return total, logs | {"loss_gen_matching": matching, "loss_gen_total": total}

    # Historical averaging.

    def _start_histories(self) -> None:
        """Creates the means of all past weights of each player, which start at the weights."""
        self.histories = {
            role: [
                tf.Variable(variable, trainable=False, name=f"history_{role}_{number}")
                for number, variable in enumerate(network.trainable_variables)
            ]
            for role, network in (("dis", self.discriminator), ("gen", self.generator))
        }
        self.history_lengths = {
            role: self._counter(f"history_length_{role}") for role in self.histories
        }

    def _role(self, optimizer: keras.optimizers.Optimizer) -> str | None:
        """'dis' or 'gen'; None for an optimizer of other players."""
        if optimizer is self.d_optimizer:
            return "dis"
        return "gen" if optimizer is self.g_optimizer else None

    def _minimize(
        self,
        loss_function: LossFunction,
        batch: Any,
        rng: RNG,
        optimizer: keras.optimizers.Optimizer,
        variables: list[tf.Variable],
    ) -> dict[str, tf.Tensor]:
        role = self._role(optimizer)
        if not self.techniques.historical_averaging or role is None:
            return super()._minimize(loss_function, batch, rng, optimizer, variables)

        def with_history(batch: Any, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            loss, logs = loss_function(batch, rng)
            penalty = self.techniques.historical_averaging * squared_distance(
                variables, self.histories[role]
            )
            return loss + penalty, logs | {f"loss_{role}_history": penalty}

        logs = super()._minimize(with_history, batch, rng, optimizer, variables)
        self.history_lengths[role].assign_add(1)
        extend = functools.partial(self._extend_history, role=role, variables=variables)
        tf.distribute.get_replica_context().merge_call(extend)
        return logs

    def _extend_history(
        self, strategy: tf.distribute.Strategy, role: str, variables: list[tf.Variable]
    ) -> None:
        def extend(mean: tf.Variable, value: tf.Tensor, count: tf.Tensor) -> tf.Operation:
            # The initial value counts as the first one.
            share = 1.0 / tf.cast(count + 1, mean.dtype)
            return mean.assign_add(share * (value - mean))

        count = self.history_lengths[role]
        for mean, variable in zip(self.histories[role], variables, strict=True):
            strategy.extended.update(mean, extend, args=(variable, count))


def squared_distance(variables: Sequence[tf.Variable], means: Sequence[tf.Variable]) -> tf.Tensor:
    """Sum over all entries of (variable - mean)**2; no gradient flows through the means."""
    return tf.add_n(
        [
            tf.reduce_sum(tf.math.squared_difference(variable, tf.stop_gradient(mean)))
            for variable, mean in zip(variables, means, strict=True)
        ]
    )


def last_hidden(steps: list[tuple[str, tf.Tensor]]) -> tf.Tensor:
    """The features of the last recorded call: the input of the network's output layer.

    It is the step that the network names 'features'; without such a step it is the last one before
    the output and before minibatch discrimination.

    Args:
      steps: [(name, tensor), ...] from `Network.recording`.
    """
    named = [tensor for name, tensor in steps if name.endswith("/features")]
    hidden = [tensor for name, tensor in steps[:-1] if not name.endswith("/minibatch")]
    return named[-1] if named else hidden[-1]
