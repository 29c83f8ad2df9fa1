"""What a generator that translates is to do beside convincing the critic."""

from collections.abc import Callable
from typing import NamedTuple

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
      target_labels: int [batch], the domains that these are to be of.
      real: float [batch, H, W, C], images of these domains; not the sources' partners.
      space: float [batch, S], the codes.
      adversarial_loss: scalar.
      critic: number of the critic in whose eyes it is.
    """

    translate: Callable
    sources: tf.Tensor
    source_labels: tf.Tensor
    fake: tf.Tensor
    target_labels: tf.Tensor
    real: tf.Tensor
    space: tf.Tensor
    adversarial_loss: tf.Tensor
    critic: int


class CycleObjective:
    """The adversarial loss, an identity loss and a cycle loss (the article's `cycle_callback`).

    Real images, told to become what they are, are to stay; translations, told to become what they
    came from, are to be the sources again. Both take the code of the first translation.

    An objective of one's own is such a callable: (TranslationStep) -> (scalar, logs), with the
    names of the logs in `log_names`.

    Args:
      identity_weight, cycle_weight: 5 and 10 in the article (and in CycleGAN), 0.5 and 3 in the
        repository.
    """

    log_names = ("loss_gen_identity", "loss_gen_cycle")

    def __init__(self, identity_weight=5.0, cycle_weight=10.0):
        self.identity_weight = identity_weight
        self.cycle_weight = cycle_weight

    def __call__(self, step):
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
