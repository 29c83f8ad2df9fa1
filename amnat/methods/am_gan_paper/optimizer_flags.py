"""The flags of AM-GANs-for-reproduce's optimizers, and what they come to.

Does not load TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
)

from absl import flags

FLAGS = flags.FLAGS


def define() -> None:
    """Defines the flags."""
    players = {"G": "generator", "D": "discriminator"}
    define_float(
        "fLrIniG",
        0.0004,
        "Learning rate of the generator at the start.",
        fixed=False,
        more_than=0,
        means="rate",
    )
    define_float(
        "fLrIniD",
        0.0004,
        "HALF the discriminator's learning rate at the start, as originally.",
        fixed=False,
        more_than=0,
        means="rate",
    )
    define_float(
        "fLrDecay",
        0.5,
        "Both rates are multiplied by this every iLrStep updates.",
        fixed=False,
        more_than=0,
    )
    define_integer(
        "iLrStep",
        100000,
        "Updates of a player between decays of its rate.",
        fixed=False,
        at_least=1,
        only_with="fLrDecay!=1.0",
    )
    define_boolean(
        "bLrStair",
        True,
        "Decay in steps; without it, decay continuously.",
        fixed=False,
        only_with="fLrDecay!=1.0",
    )
    for number, default in ((1, 0.5), (2, 0.999)):
        for player, name in players.items():
            define_float(
                f"fBeta{number}{player}",
                default,
                f"Adam's beta {number} of the {name}.",
                fixed=False,
                at_least=0,
                below=1,
                only_with=f"oOpt{player}=adam|nadam",
            )
    for player, name in players.items():
        define_enum(
            f"oOpt{player}",
            "adam",
            ["adam", "nadam", "rmsprop", "sgd"],
            f"Optimizer of the {name}.",
            fixed=True,
        )
    define_boolean(
        "fix_nadam",
        False,
        "--oOptD=sgd is SGD with --oOptG=nadam, too; the original takes Nadam there.",
        fixed=True,
        only_with=("oOptG=nadam", "oOptD=sgd"),
    )


def of_discriminator() -> str:
    """The discriminator's optimizer.

    The original asks oOptG whether it is Nadam, after it has asked oOptD about Adam and RMSProp.
    """
    if FLAGS.oOptD == "sgd" and FLAGS.oOptG == "nadam" and not FLAGS.fix_nadam:
        return "nadam"
    return FLAGS.oOptD


def keep_sgd(recorded: Mapping[str, str]) -> None:
    """Keeps the discriminator's SGD of a resumed run that is older than `--fix_nadam`.

    Args:
      recorded: the flags of the run's flags.txt.
    """
    if of_discriminator() != FLAGS.oOptD and "fix_nadam" not in recorded:
        FLAGS["fix_nadam"].value = True


def warn_of_nadam() -> None:
    """Says where the original takes another optimizer than the one that is asked for."""
    if of_discriminator() != FLAGS.oOptD:
        print(
            "note: --oOptD=sgd: as in the original, --oOptG=nadam trains the discriminator with "
            "Nadam, too; --fix_nadam trains it with SGD",
            file=sys.stderr,
        )
