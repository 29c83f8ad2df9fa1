"""The losses of the two-player game, by name: what each player minimises.

Logits are float [batch, 1]; real and fake batches may differ in size, except where a loss compares
them in pairs. These functions keep the dtype of the logits. `TF-GAN` has most of them in float32,
and tests compare the two.
"""

from collections.abc import Callable
from typing import NamedTuple

from amnat.choices import LOSS_NAMES
from amnat.losses import real_fake

import tensorflow as tf


def _cross_entropy(logits, target):
    labels = tf.fill(tf.shape(logits), tf.constant(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def _half_square(logits, target):
    return 0.5 * tf.reduce_mean(tf.square(logits - target))


def minimax_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    """-t log D(real) - (1 - t) log(1 - D(real)), and -log(1 - D(fake)) (Goodfellow et al. 2014).

    Args:
      real_logits, fake_logits: float [batch, 1].
      real_target: t, the target probability that a real sample is real. Below 1 it is the one-sided
        label smoothing of Salimans et al. 2016, section 3.4: the target for fake samples stays 0.

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    return _cross_entropy(real_logits, real_target), _cross_entropy(fake_logits, 0.0)


def saturating_generator_loss(fake_logits):
    """log(1 - D(fake)), averaged: what the generator minimises in the minimax game.

    Its derivative with respect to a logit, -D(fake), vanishes where the discriminator is confident;
    that of the non-saturating loss is D(fake) - 1.
    """
    return -_cross_entropy(fake_logits, 0.0)


def least_squares_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    """Half the mean squares of D(real) - t and of D(fake) (Mao et al. 2017, a = 0, b = c = 1).

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    return _half_square(real_logits, real_target), _half_square(fake_logits, 0.0)


def least_squares_generator_loss(fake_logits):
    """Half the mean square of D(fake) - 1; a scalar."""
    return _half_square(fake_logits, 1.0)


def hinge_discriminator_loss(real_logits, fake_logits):
    """max(0, 1 - D(real)) and max(0, 1 + D(fake)), averaged (Lim and Ye 2017).

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    real_part = tf.reduce_mean(tf.nn.relu(1.0 - real_logits))
    return real_part, tf.reduce_mean(tf.nn.relu(1.0 + fake_logits))


def paired_relativistic_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    """Cross-entropies of how much more real a sample looks than its partner on the other side.

    Row i of one batch is compared with row i of the other (Jolicoeur-Martineau 2018, RSGAN). With a
    target of 1 both parts are -log sigmoid(D(real) - D(fake)), averaged: PyTorch-GAN, too, counts
    it once per side.

    Args:
      real_logits, fake_logits: float [batch, 1], of the same batch size.
      real_target: see `minimax_discriminator_loss`.

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    Raises: tf.errors.InvalidArgumentError or ValueError for batches of different sizes.
    """
    lead = _lead(real_logits, fake_logits)
    return _cross_entropy(lead, real_target), _cross_entropy(-lead, 0.0)


def paired_relativistic_generator_loss(fake_logits, real_logits):
    """-log sigmoid(D(fake) - D(real)), averaged over the pairs; a scalar in nats."""
    return _cross_entropy(-_lead(tf.stop_gradient(real_logits), fake_logits), 1.0)


def _lead(real_logits, fake_logits):
    """How far each real logit is above the fake one in its row, which has to exist."""
    tf.debugging.assert_equal(tf.shape(real_logits), tf.shape(fake_logits))
    return real_logits - fake_logits


def relativistic_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    """Cross-entropies of how much more real a sample looks than the other side's average.

    Each side's logits are taken relative to the mean logit of the other (Jolicoeur-Martineau 2018,
    RaSGAN).

    Returns: (real part, fake part), scalars in nats; the loss is their sum.
    """
    real, fake = _relative(real_logits, fake_logits)
    return _cross_entropy(real, real_target), _cross_entropy(fake, 0.0)


def relativistic_generator_loss(fake_logits, real_logits):
    """The same with swapped roles: fake samples should look more real than the average real one."""
    real, fake = _relative(tf.stop_gradient(real_logits), fake_logits)
    return _cross_entropy(fake, 1.0) + _cross_entropy(real, 0.0)


def relativistic_least_squares_discriminator_loss(
    real_logits, fake_logits, real_target=1.0, other_target=-1.0
):
    """Half the mean squares of the relative logits' distances from their targets (RaLSGAN).

    Args:
      real_target: the target for real samples relative to the mean fake logit.
      other_target: the target for fake samples relative to the mean real logit. -1 is as published,
        and both sides move (cooperative). With 0 the other side only has to draw level
        (competitive). The players are in equilibrium at a gap between the means of 1 and 1/2
        respectively.

    Returns: (real part, fake part), scalars; the loss is their sum.
    """
    real, fake = _relative(real_logits, fake_logits)
    return _half_square(real, real_target), _half_square(fake, other_target)


def relativistic_least_squares_generator_loss(fake_logits, real_logits, other_target=-1.0):
    """The same with swapped roles; see `relativistic_least_squares_discriminator_loss`."""
    real, fake = _relative(tf.stop_gradient(real_logits), fake_logits)
    return _half_square(fake, 1.0) + _half_square(real, other_target)


def _relative(real_logits, fake_logits):
    """(real relative to the mean fake logit, fake relative to the mean real one)."""
    return real_logits - tf.reduce_mean(fake_logits), fake_logits - tf.reduce_mean(real_logits)


class AdversarialPair(NamedTuple):
    """One entry of LOSSES.

    Attributes:
      discriminator: (real_logits, fake_logits[, real_target]) -> (real part, fake part).
      generator: (fake_logits) or (fake_logits, real_logits) -> scalar.
      needs_real: whether the generator's loss takes the logits of real samples.
      smooths: whether the discriminator's loss takes `real_target`.
    """

    discriminator: Callable
    generator: Callable
    needs_real: bool = False
    smooths: bool = True


def _competitive_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    return relativistic_least_squares_discriminator_loss(real_logits, fake_logits, real_target, 0.0)


def _competitive_generator_loss(fake_logits, real_logits):
    return relativistic_least_squares_generator_loss(fake_logits, real_logits, 0.0)


LOSSES = {
    "minimax": AdversarialPair(minimax_discriminator_loss, saturating_generator_loss),
    "non_saturating": AdversarialPair(
        minimax_discriminator_loss, real_fake.non_saturating_generator_loss
    ),
    "least_squares": AdversarialPair(
        least_squares_discriminator_loss, least_squares_generator_loss
    ),
    "wasserstein": AdversarialPair(
        real_fake.wasserstein_discriminator_loss,
        real_fake.wasserstein_generator_loss,
        smooths=False,
    ),
    "hinge": AdversarialPair(
        hinge_discriminator_loss, real_fake.wasserstein_generator_loss, smooths=False
    ),
    "relativistic": AdversarialPair(
        paired_relativistic_discriminator_loss, paired_relativistic_generator_loss, needs_real=True
    ),
    "relativistic_average": AdversarialPair(
        relativistic_discriminator_loss, relativistic_generator_loss, needs_real=True
    ),
    "relativistic_least_squares": AdversarialPair(
        relativistic_least_squares_discriminator_loss,
        relativistic_least_squares_generator_loss,
        needs_real=True,
    ),
    "relativistic_least_squares_competitive": AdversarialPair(
        _competitive_discriminator_loss, _competitive_generator_loss, needs_real=True
    ),
}
assert tuple(LOSSES) == LOSS_NAMES
