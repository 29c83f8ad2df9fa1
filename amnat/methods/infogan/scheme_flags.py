"""The flags of tools/infogan.py for the training scheme of info-cycle-sim-gan, and their checks.

Flags that the translator has as well have its names. This module does not load TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence

from amnat.choices import GROUPINGS
from amnat.methods.infogan.objective import ADVERSARIAL, AdversarialObjective, check_objective
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_integer,
    define_list,
    define_string,
    refuse_idle,
)

from absl import flags

FLAGS = flags.FLAGS

SCHEMES = ("pytorch_gan", "info_cycle")
# The condition of the others.
_SCHEME = "scheme=info_cycle"
GENERATORS = ("conv", "noisy")
OBJECTIVES = {ADVERSARIAL: AdversarialObjective}


def define() -> None:
    """Defines the flags."""
    define_enum(
        "scheme",
        "pytorch_gan",
        SCHEMES,
        "pytorch_gan: a step of each player on noise of its own. info_cycle: the article's, one "
        "rollout of noise against --n_steps real batches, several generators and critics.",
        fixed=True,
    )
    _define_schedule()
    _define_players()
    define_enum(
        "group_labels",
        "none",
        GROUPINGS,
        "Groups within which the SimGAN losses compare. classes: images of a label with real ones "
        "of that class; critic: with those that the critic gives that label.",
        fixed=True,
        only_with=_SCHEME,
    )
    define_boolean(
        "conditional_critic",
        False,
        "A score per label, of which an image gets that of its label or class; with "
        "--loss=least_squares a conditional LSGAN.",
        fixed=True,
        only_with=_SCHEME,
    )
    define_objective(tuple(OBJECTIVES), only_with=_SCHEME)


def define_objective(known: Sequence[str], **rules: str) -> None:
    """Defines --objective, which the translator has as well; `known[0]` is its default."""
    define_string(
        "objective",
        known[0],
        f"What the generators minimise: {', '.join(known)}, or MODULE:CLASS of a callable of your "
        "own (docs/results_sim_gan.md), whose module Python finds (PYTHONPATH).",
        fixed=True,
        **rules,
    )


def _define_schedule() -> None:
    define_integer(
        "n_steps",
        7,
        "Iterations, each with another real batch, on one rollout of noise.",
        fixed=True,
        at_least=1,
        only_with=_SCHEME,
    )
    define_integer(
        "rollout_size",
        None,
        "Latents of a rollout, of which an iteration draws --batch_size. Default: as many.",
        fixed=True,
        at_least=2,
        only_with=_SCHEME,
    )
    define_integer(
        "c_batch_size",
        None,
        "Images of a critic's step, taken from those of --batch_size. Default: all of them.",
        fixed=True,
        at_least=1,
        only_with=_SCHEME,
    )
    define_integer(
        "c_train_n_step",
        1,
        "Critic steps per iteration.",
        fixed=True,
        at_least=1,
        only_with=_SCHEME,
    )
    define_enum(
        "generator_gradient",
        "before",
        ["before", "after"],
        "Take the generator's gradient before the critic's step, or after it.",
        fixed=True,
        only_with=_SCHEME,
    )


def _define_players() -> None:
    define_enum(
        "generator",
        "conv",
        list(GENERATORS),
        "conv: PyTorch-GAN's; noisy: dense layers with noise on their weights, the only ones that "
        "several generators share.",
        fixed=True,
        only_with=_SCHEME,
    )
    define_list(
        "noisy_layers",
        ["512", "1024"],
        "Outputs of the noisy layers before the last one.",
        fixed=True,
        only_with="generator=noisy",
    )
    for name, text in (
        ("n_generators", "Generators, which take the rows of a batch in turn."),
        ("n_critics", "Critics."),
    ):
        define_integer(name, 1, text, fixed=True, at_least=1, only_with=_SCHEME)


def noisy_layers() -> tuple[int, ...]:
    """Outputs of the noisy layers before the last one; raises InputError."""
    sizes = FLAGS.noisy_layers
    fine = all(size.isdigit() and int(size) > 0 for size in sizes)
    shared.require(fine, "noisy_layers", "whole numbers above 0, such as 512,1024")
    return tuple(map(int, sizes))


def check(groups_act: bool) -> None:
    """Checks what the declarations do not say; raises InputError.

    Args:
      groups_act: whether a loss compares within groups.
    """
    check_objective(FLAGS.objective, tuple(OBJECTIVES))
    noisy_layers()
    refuse_idle("group_labels", groups_act, "--loss=sim, or --critic_loss=sim")
    if FLAGS.group_labels == "classes" or FLAGS.conditional_critic:
        name = "conditional_critic" if FLAGS.conditional_critic else "group_labels"
        shared.require(not FLAGS.num_labels, "num_labels", f"0 with --{name}: all are looked at")
    if FLAGS.generator == "noisy":
        for name in ("width", "batch_norm_epsilon"):
            acts = name == "batch_norm_epsilon" and FLAGS.critic == "conv"
            refuse_idle(name, acts, "--generator=conv")
    _check_numbers()


def _check_numbers() -> None:
    replicas = shared.known_replicas()
    batch, rollout = FLAGS.batch_size, FLAGS.rollout_size or FLAGS.batch_size
    for name in ("rollout_size", "c_batch_size"):
        if FLAGS[name].value is not None:
            shared.check_batch_size(name)
    shared.require(rollout >= batch, "rollout_size", f"at least --batch_size, {batch}")
    smaller = FLAGS.c_batch_size is None or FLAGS.c_batch_size <= batch
    shared.require(smaller, "c_batch_size", f"at most --batch_size, {batch}")
    count = FLAGS.n_generators
    shared.require(
        batch // replicas % count == 0 and rollout // replicas % count == 0,
        "n_generators",
        "a divisor of --batch_size and --rollout_size on every device",
    )
