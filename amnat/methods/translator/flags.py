"""The flags of tools/info_cycle_sim_gan.py and their checks.

The first ones have the names and defaults of info-cycle-sim-gan (regan.py); constants in its source
code have flags as well. This module does not load TensorFlow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from amnat.choices import PATCH_LOSS_NAMES
from amnat.data.resizing import MAX_SIZE
from amnat.methods.infogan.flags import define_gradient_penalty
from amnat.methods.infogan.objective import ADVERSARIAL, check_objective
from amnat.methods.infogan.scheme_flags import define_objective
from amnat.training import flag_paths
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    define_run_flags,
    define_string,
    refuse_idle,
)
from amnat.training.run_directory import RunFlags

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.translator.domains import DomainSource

FLAGS = flags.FLAGS

RUN_FLAGS = RunFlags("sResultDir", "sResultTag", "bLoadCheckpoint", "batch_size", length="n_epochs")

# The generator halves an image twice; the critic's patch head takes maps of at least 3x3.
SIDE_MULTIPLE, SMALLEST_MAP = 4, 3
# From this side on, the original's three halvings are the default; below it two, because at 28
# pixels three halvings leave one patch.
LARGE_SIDE = 64
MODES = ("redraw", "pair", "replay")
GENERATORS = ("residual", "noisy_residual", "noisy")
OBJECTIVES = ("cycle", ADVERSARIAL)
# The most weights of a noisy layer from images to images.
MOST_NOISY_WEIGHTS = 1 << 26


def define() -> None:
    """Defines the flags."""
    _define_originals()
    _define_schedule()
    _define_losses()
    _define_networks()
    _define_run()
    # Scores of all domains together are no part of the method.
    FLAGS.set_default("score_every", 0)
    FLAGS.set_default("score_metrics", ["fid"])
    FLAGS.set_default("clip_norm", 2.0)


def _define_originals() -> None:
    define_integer("n_epochs", 200, "Epochs of training.", fixed=False, at_least=1, means="epochs")
    define_string(
        "dataset_name",
        "apple2orange",
        "Domains: a folder (here or in --data_dir) with trainA/, trainB/, ... or train/A/, "
        "train/B/, ...; folder=PATH with a folder per domain (also .zip or .tar); "
        "NAME[class+class] of a data set; NAME:inverted or NAME:coloured.",
        fixed=True,
        paths=flag_paths.whole,
    )
    define_integer(
        "batch_size",
        256,
        "Images of each domain in a rollout, over all devices.",
        fixed=True,
        at_least=1,
    )
    for name, what in (
        ("lrg", "of the generators"),
        ("lrc", "of the critics"),
        ("lri", "of both together on the information loss"),
    ):
        text = f"Adam's learning rate, {what}."
        define_float(name, 0.0002, text, fixed=False, more_than=0, means="rate")
    define_float("b1", 0.5, "Adam's beta 1.", fixed=False, at_least=0, below=1)
    define_float("b2", 0.999, "Adam's beta 2.", fixed=False, at_least=0, below=1)
    define_integer(
        "latent_dim",
        64,
        "Has no effect: the original has to be told the number of the critic's patches, which "
        "follows from --img_size here. Kept for old command lines.",
        fixed=False,
        no_effect="the number of the critic's patches follows from --img_size",
    )
    define_integer(
        "n_classes", 2, "Domains; has to be what --dataset_name has.", fixed=True, at_least=2
    )
    define_integer("space_dim", 4, "Entries of the continuous code.", fixed=True, at_least=1)
    define_integer(
        "img_size",
        64,
        f"Side of the images in pixels, a multiple of {SIDE_MULTIPLE}.",
        fixed=True,
        at_most=MAX_SIZE,
    )
    define_integer("channels", 3, "Channels of the images, 1 or 3.", fixed=True)
    define_integer(
        "sample_interval", 10, "Rollouts between sample sheets.", fixed=False, at_least=1
    )
    define_string("postfix", "", "Ending of the run's folder.", fixed=False)
    define_integer("n_samples", 12, "Columns of the sample sheets.", fixed=False, at_least=1)


def _define_schedule() -> None:
    define_integer("g_batch_size", 8, "Images of a step, over all devices.", fixed=True, at_least=2)
    define_integer(
        "c_batch_size",
        None,
        "Images of a critic's step, taken from those of --g_batch_size. Default: all of them.",
        fixed=True,
        at_least=1,
    )
    define_integer("n_steps", 7, "Iterations on one rollout.", fixed=True, at_least=1)
    define_integer("c_train_n_step", 1, "Critic steps per iteration.", fixed=True, at_least=1)
    define_enum(
        "rollout_mode",
        "redraw",
        MODES,
        "What iterations on one rollout take. redraw: new sources and real images (originally); "
        "pair: both the same rows; replay: the same sources against other real images.",
        fixed=True,
    )
    define_enum(
        "generator_gradient",
        "before",
        ["before", "after"],
        "Take the generator's gradient before the critic's step, or after it (larger).",
        fixed=True,
    )
    define_enum(
        "augment",
        "auto",
        ["auto", "crop_mirror", "none"],
        "crop_mirror: train on random crops of images that are 12 % larger, half of them "
        "mirrored; auto: crop_mirror for folders, none for data sets.",
        fixed=True,
    )
    define_boolean(
        "published_slips",
        False,
        "Draw rows and groups as the repository does, which leaves out the last of each.",
        fixed=True,
    )


def _define_losses() -> None:
    define_enum(
        "loss",
        "sim",
        PATCH_LOSS_NAMES,
        "Adversarial losses. sim: cosine similarity within and over the domains; sim_whole: over "
        "only the whole batch, for the generator.",
        fixed=True,
        means="method",
    )
    define_enum(
        "critic_loss",
        None,
        PATCH_LOSS_NAMES,
        "The critic's loss, where it is not --loss.",
        fixed=True,
    )
    for name, weight, what in (
        ("lambda_gp", 1.0, "the gradient penalty; 0: none."),
        ("lambda_space", 0.1, "the loss of the code that the critic reads from translations."),
        ("lambda_label", 0.6, "the loss of the domain that the critic reads from translations."),
        ("lambda_gt", 0.4, "the loss of the domain that the critic reads from real images."),
    ):
        define_float(name, weight, f"Weight of {what}", fixed=True, at_least=0)
    for name, weight, what in (
        ("lambda_identity", 5.0, "the identity loss; 5 in the article, 0.5 in the repository."),
        ("lambda_cycle", 10.0, "the cycle loss; 10 in the article, 3 in the repository."),
    ):
        text = f"Weight of {what}"
        define_float(name, weight, text, fixed=True, at_least=0, only_with="objective=cycle")
    define_gradient_penalty()
    define_objective(OBJECTIVES)
    define_boolean(
        "conditional_critic",
        False,
        "Patches per domain, of which an image gets those of its own; with --loss=least_squares a "
        "conditional LSGAN.",
        fixed=True,
    )
    define_boolean(
        "double_softmax",
        False,
        "Label losses apply the softmax twice, as in the repository.",
        fixed=True,
    )


def _define_networks() -> None:
    define_enum(
        "generator",
        "residual",
        list(GENERATORS),
        "residual: the repository's; noisy_residual: behind a layer from image to image with noise "
        "on its weights; noisy: such layers alone. Generators share them.",
        fixed=True,
    )
    define_integer("n_generators", 1, "Generators, which share the images.", fixed=True, at_least=1)
    define_integer("n_critics", 1, "Critics.", fixed=True, at_least=1)
    define_integer("n_blocks", 5, "Residual blocks of the generator.", fixed=True, at_least=0)
    define_integer(
        "width", 64, "Maps of the generator's first layer.", fixed=True, at_least=1, means="width"
    )
    define_integer(
        "critic_width",
        64,
        "Maps of the critic's first layer.",
        fixed=True,
        at_least=1,
        means="width",
    )
    define_integer(
        "n_strided",
        None,
        "Halvings of the critic; the original's n_strided is one more. Default: 3, below "
        f"{LARGE_SIDE} pixels 2.",
        fixed=True,
        at_least=1,
    )


def _define_run() -> None:
    define_run_flags(RUN_FLAGS, "info_cycle")


def n_strided() -> int:
    """Halvings of the critic."""
    return FLAGS.n_strided or (3 if FLAGS.img_size >= LARGE_SIDE else 2)


def critic_batch() -> int:
    """Images of a critic's step, over all devices."""
    return FLAGS.c_batch_size or FLAGS.g_batch_size


def critic_loss() -> str:
    """The name of the critic's loss."""
    return FLAGS.critic_loss or FLAGS.loss


def crops(source: DomainSource) -> bool:
    """Whether training images of a `DomainSource` are cropped and mirrored."""
    if FLAGS.augment == "auto":
        return source.kind in ("folder", "own")
    return FLAGS.augment == "crop_mirror"


def check() -> None:
    """Checks what the declarations do not say and needs no file; raises InputError."""
    shared.require("/" not in FLAGS.postfix, "postfix", "a plain name")
    shared.require(FLAGS.channels in (1, 3), "channels", "1 or 3")
    _check_sizes()
    _check_batches()
    _check_noise()
    check_objective(FLAGS.objective, OBJECTIVES)
    _refuse_idle_flags()


def _check_noise() -> None:
    if FLAGS.generator == "residual":
        return
    pixels = FLAGS.img_size**2 * FLAGS.channels
    most = math.isqrt(math.isqrt(MOST_NOISY_WEIGHTS) // FLAGS.channels)
    shared.require(
        pixels**2 <= MOST_NOISY_WEIGHTS,
        "img_size",
        f"at most {most} with --generator={FLAGS.generator}: a layer from image to image has "
        f"{pixels**2:,} weights",
    )
    if FLAGS.generator == "noisy":
        for name in ("width", "n_blocks"):
            refuse_idle(name, False, "--generator=residual")


def _check_sizes() -> None:
    side, downs = FLAGS.img_size, n_strided()
    least = SMALLEST_MAP << downs
    shared.require(
        side >= least and side % SIDE_MULTIPLE == 0,
        "img_size",
        f"a multiple of {SIDE_MULTIPLE}, at least {least} with {downs} halvings in the critic "
        "(--n_strided)",
    )
    patches = ((side >> downs) - SMALLEST_MAP + 1) ** 2
    sim = [name for name in (FLAGS.loss, critic_loss()) if name.startswith("sim")]
    shared.require(
        patches > 1 or not sim,
        "img_size",
        f"at least {(SMALLEST_MAP + 1) << downs} with --loss=sim: a single patch has no direction",
    )
    wasserstein = "wasserstein" in (FLAGS.loss, critic_loss())
    shared.require(
        not wasserstein or FLAGS.lambda_gp > 0,
        "lambda_gp",
        "more than 0 with wasserstein, whose critic is unbounded otherwise",
    )


def _check_batches() -> None:
    for name in ("batch_size", "g_batch_size", "c_batch_size"):
        if FLAGS[name].value is not None:
            shared.check_batch_size(name)
    replicas = shared.known_replicas()
    domains, size = FLAGS.n_classes, FLAGS.g_batch_size // replicas
    shared.require(critic_batch() <= FLAGS.g_batch_size, "c_batch_size", "at most --g_batch_size")
    shared.require(size >= domains, "g_batch_size", f"at least {domains} on every device")
    # As `sub_batches.largest_block`.
    most = size - (domains - 1) * (size // (2 * domains))
    drawable = FLAGS.batch_size // replicas - FLAGS.published_slips
    shared.require(
        most <= drawable,
        "batch_size",
        f"at least {(most + FLAGS.published_slips) * replicas}, of which a step may take {most} on "
        f"each of {replicas} devices",
    )
    count = FLAGS.n_generators
    shared.require(
        size % count == 0 and FLAGS.batch_size // replicas * domains % count == 0,
        "n_generators",
        "a divisor of the images of a step and of a rollout on every device",
    )
    shared.require(
        not FLAGS.published_slips or (domains == 2 and size >= 8),
        "published_slips",
        "it with two domains and --g_batch_size of at least 8 on every device, below which the "
        "repository's losses are not numbers",
    )


def _refuse_idle_flags() -> None:
    reads_labels = FLAGS.lambda_label > 0 or FLAGS.lambda_gt > 0
    refuse_idle("double_softmax", reads_labels, "--lambda_label or --lambda_gt above 0")
    refuse_idle(
        "lri",
        reads_labels or FLAGS.lambda_space > 0,
        "--lambda_label, --lambda_gt or --lambda_space above 0",
    )
    refuse_idle(
        "rollout_mode",
        FLAGS.rollout_mode != "replay" or FLAGS.n_steps > 1,
        "--n_steps above 1: a rollout of one iteration has nothing to replay",
    )
    refuse_idle(
        "critic_loss",
        FLAGS.loss == critic_loss() or {FLAGS.loss, critic_loss()} != {"sim", "sim_whole"},
        "another loss: sim and sim_whole are one loss for the critic",
    )
