"""What a generator that translates has to do besides convincing the critic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from amnat.methods.translator.losses import cycle_loss, identity_loss

import tensorflow as tf


class TranslationStep(NamedTuple):
    """One step's tensors, as an objective is given them: gradients flow through `fake`,
    `translate` and `adversarial_loss`.

    Attributes:
      translate: callable, (images, space, labels) -> images: the generator, as it is trained.
      sources: float [batch, H, W, C], what is translated.
      source_labels: int [batch], their domains.
      fake: float [batch, H, W, C], their translations.
      target_labels: int [batch], the domains that they should belong to.
      real: float [batch, H, W, C], images of these domains; they do not match the sources.
      space: float [batch, S], the codes.
      adversarial_loss: scalar.
      critic: number of the critic that judges the translations in it.
    """

    translate: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
    sources: tf.Tensor
    source_labels: tf.Tensor
    fake: tf.Tensor
    target_labels: tf.Tensor
    real: tf.Tensor
    space: tf.Tensor
    adversarial_loss: tf.Tensor
    critic: int


class TranslationObjective(Protocol):
    """What `CycleInfoGAN` takes as the generators' objective."""

    @property
    def log_names(self) -> Sequence[str]:
        """The names of the logs."""

    def __call__(self, step: TranslationStep) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """(scalar, logs)."""


class CycleObjective:
    """The adversarial loss, an identity loss and a cycle loss (the article's `cycle_callback`).

    Real images, translated into their own domain, should not change; translations, translated back,
    should equal the sources. Both translations take the code of the first one.

    Any other `TranslationObjective` can take its place.

    Args:
      identity_weight, cycle_weight: 5 and 10 in the article (and in CycleGAN), 0.5 and 3 in the
        repository.
    """

    log_names = ("loss_gen_identity", "loss_gen_cycle")

    def __init__(self, identity_weight: float = 5.0, cycle_weight: float = 10.0):
        self.identity_weight = identity_weight
        self.cycle_weight = cycle_weight

    def __call__(self, step: TranslationStep) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        # In one call: images do not depend on their batch.
        unchanged, returned = tf.split(
            step.translate(
                tf.concat([step.real, step.fake], axis=0),
                tf.tile(step.space, [2, 1]),
                tf.concat([step.target_labels, step.source_labels], axis=0),
            ),
            2,
        )
        identity, cycle = identity_loss(step.real, unchanged), cycle_loss(step.sources, returned)
        total = step.adversarial_loss
        total += self.identity_weight * identity + self.cycle_weight * cycle
        return total, {"loss_gen_identity": identity, "loss_gen_cycle": cycle}
