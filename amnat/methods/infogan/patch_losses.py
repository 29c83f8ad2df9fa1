"""The adversarial losses of critics that give a vector of patch scores per image, by name.

The two players' losses may have different names: the generator's aim is then not the opposite of
the critic's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from amnat.choices import PATCH_LOSS_NAMES
from amnat.losses import two_player
from amnat.methods.infogan import ipm_losses, similarity_losses

import tensorflow as tf


class PatchLoss(NamedTuple):
    """One entry of PATCH_LOSSES.

    Attributes:
      generator, critic: (fake, real, groups, real_groups) -> scalar, from scores, float [batch, P],
        and memberships, float [batch, groups] or None, which only `sim` uses; see
        `similarity_losses`.
      squash: whether scores are the sigmoid of the critic's outputs, as in the repository, or the
        outputs themselves.
    """

    generator: Callable[..., tf.Tensor]
    critic: Callable[..., tf.Tensor]
    squash: bool = False

    def scores(self, outputs: tf.Tensor) -> tf.Tensor:
        """The scores of a critic's outputs, float [batch, P]."""
        return tf.sigmoid(outputs) if self.squash else outputs


def _pair(name: str) -> PatchLoss:
    """A loss of `amnat.losses.two_player`; relativistic ones take the images' mean scores."""
    pair = two_player.LOSSES[name]

    def generator(fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None) -> tf.Tensor:
        del groups
        if pair.needs_real:
            means = ipm_losses.row_means
            return pair.generator(means(fake), means(real))
        return pair.generator(fake)

    def critic(fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None) -> tf.Tensor:
        del groups
        if pair.needs_real:
            fake, real = (ipm_losses.row_means(scores) for scores in (fake, real))
        return tf.add_n(pair.discriminator(real, fake))

    return PatchLoss(generator, critic)


def _least_squares_generator(
    fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None
) -> tf.Tensor:
    """The mean square, not half of it: PyTorch-GAN's infogan and cyclegan."""
    del real, groups
    return 2.0 * two_player.least_squares_generator_loss(fake)


def _softmax_critic(fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None) -> tf.Tensor:
    del groups
    return ipm_losses.relative_critic_loss(fake, real, least_squares=False, importance=True)


def _softmax_generator(fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None) -> tf.Tensor:
    del groups
    return ipm_losses.softmax_generator_loss(fake, real)


def _whole_generator(fake: tf.Tensor, real: tf.Tensor, *groups: tf.Tensor | None) -> tf.Tensor:
    del groups
    return similarity_losses.similarity_generator_loss(fake, real, by_group=False)


PATCH_LOSSES = {
    "sim": PatchLoss(
        similarity_losses.similarity_generator_loss,
        similarity_losses.similarity_critic_loss,
        squash=True,
    ),
    "sim_whole": PatchLoss(_whole_generator, similarity_losses.similarity_critic_loss, squash=True),
    "least_squares": PatchLoss(_least_squares_generator, _pair("least_squares").critic),
    "non_saturating": _pair("non_saturating"),
    "wasserstein": _pair("wasserstein"),
    "relativistic_average": _pair("relativistic_average"),
    "relativistic_least_squares": _pair("relativistic_least_squares"),
    "relativistic_least_squares_competitive": _pair("relativistic_least_squares_competitive"),
    "softmax": PatchLoss(_softmax_generator, _softmax_critic),
}
assert tuple(PATCH_LOSSES) == PATCH_LOSS_NAMES
