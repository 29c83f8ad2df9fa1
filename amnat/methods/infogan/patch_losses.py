"""The adversarial losses of critics that give a vector of patch scores per image, by name.

The two players' losses may have different names: what the generator aims at is then not the reverse
of what the critic aims at.
"""

from collections.abc import Callable
from typing import NamedTuple

from amnat.losses import two_player as adversarial_pairs
from amnat.methods.infogan import ipm_losses as integral_probability
from amnat.methods.infogan import similarity_losses as similarity
from amnat.patch_loss_names import PATCH_LOSS_NAMES

import tensorflow as tf


class PatchLoss(NamedTuple):
    """One entry of PATCH_LOSSES.

    Attributes:
      generator, critic: (fake, real, groups) -> scalar, of scores float [batch, P] and a
        membership float [batch, groups] or None, which only `sim` looks at.
      squash: whether scores are the sigmoid of the critic's outputs, as the repository has them,
        or the outputs themselves.
    """

    generator: Callable
    critic: Callable
    squash: bool = False

    def scores(self, outputs):
        """The scores of a critic's outputs, float [batch, P]."""
        return tf.sigmoid(outputs) if self.squash else outputs


def _pair(name):
    """A loss of `adversarial_pairs`, a relativistic one of the images' mean scores."""
    pair = adversarial_pairs.LOSSES[name]

    def generator(fake, real, groups=None):
        del groups
        if pair.needs_real:
            means = integral_probability.row_means
            return pair.generator(means(fake), means(real))
        return pair.generator(fake)

    def critic(fake, real, groups=None):
        del groups
        if pair.needs_real:
            fake, real = (integral_probability.row_means(scores) for scores in (fake, real))
        return tf.add_n(pair.discriminator(real, fake))

    return PatchLoss(generator, critic)


def _least_squares_generator(fake, real, groups=None):
    """The mean square, not half of it: PyTorch-GAN's infogan and cyclegan."""
    del real, groups
    return 2.0 * adversarial_pairs.least_squares_generator_loss(fake)


def _softmax_critic(fake, real, groups=None):
    del groups
    return integral_probability.relative_critic_loss(
        fake, real, least_squares=False, importance=True
    )


def _softmax_generator(fake, real, groups=None):
    del groups
    return integral_probability.softmax_generator_loss(fake, real)


def _whole_generator(fake, real, groups=None):
    del groups
    return similarity.similarity_generator_loss(fake, real, by_group=False)


PATCH_LOSSES = {
    "sim": PatchLoss(
        similarity.similarity_generator_loss, similarity.similarity_critic_loss, squash=True
    ),
    "sim_whole": PatchLoss(_whole_generator, similarity.similarity_critic_loss, squash=True),
    "least_squares": PatchLoss(_least_squares_generator, _pair("least_squares").critic),
    "non_saturating": _pair("non_saturating"),
    "wasserstein": _pair("wasserstein"),
    "relativistic_average": _pair("relativistic_average"),
    "relativistic_least_squares": _pair("relativistic_least_squares"),
    "relativistic_least_squares_competitive": _pair("relativistic_least_squares_competitive"),
    "softmax": PatchLoss(_softmax_generator, _softmax_critic),
}
assert tuple(PATCH_LOSSES) == PATCH_LOSS_NAMES
