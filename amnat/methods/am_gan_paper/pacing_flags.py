"""The flags of AM-GANs-for-reproduce that say which player is updated when, and what they come to.

Does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Mapping

from amnat.training import flags as shared
from amnat.training.declarations import define_float, define_integer

from absl import flags

FLAGS = flags.FLAGS

# A limit of this size is none.
_OFF = "1e9"
_NO_LIMIT = float(_OFF)


@dataclasses.dataclass(frozen=True)
class Pacing:
    """What decides over the updates of an iteration.

    Attributes:
      warm_iterations: the first iterations, in which the discriminator has `warm_steps` updates
        (iWarmD).
      warm_steps: see there (iWarmDIterPer).
      d_limit: the discriminator is not updated while generated samples are less real than this, by
        the mean over the latest batch (fLimitedD).
      g_limit: the generator is not updated while they are more real than this (fLimitedG).

    'Real' is the probability of being real, or the value of a Wasserstein critic.
    """

    warm_iterations: int = 0
    warm_steps: int = 10
    d_limit: float = -math.inf
    g_limit: float = math.inf

    @property
    def has_limits(self) -> bool:
        return self.d_limit > -math.inf or self.g_limit < math.inf


def define() -> None:
    """Defines the flags."""
    define_integer(
        "iWarmD",
        0,
        "Iterations at the start in which the discriminator has iWarmDIterPer updates.",
        fixed=True,
        at_least=0,
    )
    define_integer(
        "iWarmDIterPer",
        10,
        "Updates of the discriminator per iteration while it warms up.",
        fixed=True,
        at_least=1,
        only_with="iWarmD>0",
    )
    what = "by the mean probability of being real, with --WGAN by the critic's mean value"
    define_float(
        "fLimitedD",
        0.0,
        f"The discriminator is not updated while generated samples are below this, {what}; "
        f"-{_OFF}: no limit.",
        fixed=True,
    )
    define_float(
        "fLimitedG",
        1.0,
        f"The generator is not updated while generated samples are above this, {what}; "
        f"{_OFF}: no limit.",
        fixed=True,
    )


def check() -> None:
    """Checks what the declarations do not say; raises InputError."""
    if FLAGS.WGAN:
        return
    shared.require(FLAGS.fLimitedD < 1, "fLimitedD", "less than 1: no probability is above 1")
    shared.require(FLAGS.fLimitedG > 0, "fLimitedG", "more than 0: no probability is below 0")


def keep_unlimited(recorded: Mapping[str, str]) -> None:
    """Switches the limits off for a resumed run that is older than they are.

    Args:
      recorded: the flags of the run's flags.txt.
    """
    if FLAGS.WGAN and "fLimitedD" not in recorded:
        FLAGS["fLimitedD"].value, FLAGS["fLimitedG"].value = -_NO_LIMIT, _NO_LIMIT


def warn_of_limits() -> None:
    """Says what the original's limits do to a Wasserstein critic."""
    if FLAGS.WGAN and pacing() and not FLAGS["fLimitedD"].present:
        print(
            f"note: --WGAN: as in the original, the critic learns only while its mean value of "
            f"generated samples is at least {FLAGS.fLimitedD:g}, and the generator while it is at "
            f"most {FLAGS.fLimitedG:g}; --fLimitedD=-{_OFF} --fLimitedG={_OFF} "
            "removes these limits",
            file=sys.stderr,
        )


def pacing() -> Pacing | None:
    """What the flags ask for; None if every iteration has the same updates."""
    d_limit, g_limit = FLAGS.fLimitedD, FLAGS.fLimitedG
    # A probability is never outside the original's default limits.
    d_limits = d_limit > -_NO_LIMIT if FLAGS.WGAN else d_limit > 0
    g_limits = g_limit < _NO_LIMIT if FLAGS.WGAN else g_limit < 1
    if not (d_limits or g_limits or FLAGS.iWarmD):
        return None
    return Pacing(
        FLAGS.iWarmD,
        FLAGS.iWarmDIterPer,
        d_limit if d_limits else -math.inf,
        g_limit if g_limits else math.inf,
    )
