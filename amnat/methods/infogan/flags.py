"""The flags of tools/infogan.py in addition to those of pytorch_gan, and their checks.

This module does not load TensorFlow.
"""

from __future__ import annotations

from amnat.choices import CRITIC_PENALTY_NAMES, PATCH_LOSS_NAMES
from amnat.methods.infogan import scheme_flags
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    refuse_idle,
)

from absl import flags

FLAGS = flags.FLAGS

# What the generator's and the conv critic's image sides are multiples of, and how often the patch
# critic halves its input, whose 3x3 convolution then has to fit.
GENERATOR_MULTIPLE, CONV_MULTIPLE, PATCH_HALVINGS = 4, 16, 2
# The default of --critic_width by --critic.
WIDTHS = {"conv": 16, "patch": 64}


def define() -> None:
    """Defines the flags."""
    define_integer("code_dim", 2, "Entries of the continuous code.", fixed=True, at_least=1)
    define_integer(
        "n_classes", 10, "Labels; any number without --lambda_gt.", fixed=True, at_least=2
    )
    _define_losses()
    _define_networks()
    scheme_flags.define()
    define_integer(
        "agreement_interval",
        500,
        "Iterations between measurements of how labels agree with the classes of test images.",
        fixed=False,
        at_least=1,
    )


def _define_losses() -> None:
    define_enum(
        "loss", "least_squares", PATCH_LOSS_NAMES, "Adversarial losses.", fixed=True, means="method"
    )
    define_enum(
        "critic_loss",
        None,
        PATCH_LOSS_NAMES,
        "The critic's loss, where it is not --loss.",
        fixed=True,
    )
    define_float(
        "lambda_label",
        1.0,
        "Weight of the loss of generated images' labels.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "lambda_space",
        0.1,
        "Weight of the loss of generated images' codes.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "lambda_gt",
        0.0,
        "Weight of the loss of real images' classes, which become the labels' meaning; 0: they do "
        "not.",
        fixed=True,
        at_least=0,
    )
    define_integer(
        "num_labels",
        0,
        "How many labelled images --lambda_gt takes, as many of each class; 0: all.",
        fixed=True,
        at_least=0,
        only_with="lambda_gt>0",
    )
    define_enum(
        "space_distance",
        "squared",
        ["squared", "absolute"],
        "Distance between codes and what the critic reads: squared as in PyTorch-GAN, or absolute "
        "as in info-cycle-sim-gan.",
        fixed=True,
        only_with="lambda_space>0",
    )
    define_boolean(
        "double_softmax",
        False,
        "Label losses apply the softmax twice, as both originals do.",
        fixed=True,
    )
    define_float(
        "lambda_gp",
        0.0,
        "Weight of the gradient penalty, for --critic=patch; 0: none.",
        fixed=True,
        at_least=0,
    )
    define_gradient_penalty()


def define_gradient_penalty() -> None:
    """Defines the flag of the penalty's kind, which the translator has as well."""
    define_enum(
        "gradient_penalty",
        "dragan",
        CRITIC_PENALTY_NAMES,
        "Where slopes are penalised: near real images (dragan), or between real and generated ones "
        "(wgan_gp).",
        fixed=True,
        only_with="lambda_gp>0",
    )


def _define_networks() -> None:
    define_enum(
        "critic",
        "conv",
        list(WIDTHS),
        "conv: PyTorch-GAN's, one number per image; patch: info-cycle-sim-gan's, a number per "
        "patch, which sim needs.",
        fixed=True,
    )
    define_float(
        "batch_norm_epsilon",
        0.8,
        "Epsilon of batch norm. The original passes 0.8 where epsilon is meant; 1e-5 is the usual "
        "one.",
        fixed=True,
        more_than=0,
    )
    define_integer(
        "width",
        128,
        "Maps of the generator's first convolution.",
        fixed=True,
        at_least=2,
        means="width",
    )
    define_integer(
        "critic_width",
        None,
        "Maps of the critic's first convolution. Default: "
        + ", ".join(f"{width} for {critic}" for critic, width in WIDTHS.items())
        + ".",
        fixed=True,
        at_least=1,
        means="width",
    )


def critic_loss() -> str:
    """The name of the critic's loss."""
    return FLAGS.critic_loss or FLAGS.loss


def critic_width() -> int:
    """Maps of the critic's first convolution."""
    return FLAGS.critic_width or WIDTHS[FLAGS.critic]


def check() -> None:
    """Checks what the declarations do not say and needs no file; raises InputError."""
    shared.require(FLAGS.data_format == "NHWC", "data_format", "NHWC, the only one here")
    losses = FLAGS.loss, critic_loss()
    sim = any(name.startswith("sim") for name in losses)
    shared.require(
        FLAGS.critic == "patch" or not sim, "critic", "patch with sim: a number has no direction"
    )
    shared.require(
        FLAGS.critic == "patch" or not FLAGS.lambda_gp,
        "lambda_gp",
        "0 with --critic=conv: batch norm in front of its head cancels the slope that is penalised",
    )
    shared.require(
        "wasserstein" not in losses or FLAGS.lambda_gp > 0,
        "loss",
        "--critic=patch --lambda_gp=1 with wasserstein, whose critic is unbounded otherwise",
    )
    _check_size(sim)
    scheme_flags.check(FLAGS.loss == "sim" or critic_loss().startswith("sim"))
    refuse_idle(
        "double_softmax",
        FLAGS.lambda_label > 0 or FLAGS.lambda_gt > 0,
        "--lambda_label or --lambda_gt above 0",
    )
    refuse_idle(
        "critic_loss",
        FLAGS.loss == critic_loss() or set(losses) != {"sim", "sim_whole"},
        "another loss: sim and sim_whole are one loss for the critic",
    )


def _check_size(sim: bool) -> None:
    if FLAGS.critic == "conv":
        fine, expected = FLAGS.img_size % CONV_MULTIPLE == 0, f"a multiple of {CONV_MULTIPLE}"
    else:
        # Maps of 3x3, of 4x4 for more than one patch.
        least = (4 if sim else 3) << PATCH_HALVINGS
        fine = FLAGS.img_size % GENERATOR_MULTIPLE == 0 and FLAGS.img_size >= least
        expected = f"a multiple of {GENERATOR_MULTIPLE}, at least {least}"
    shared.require(fine, "img_size", f"{expected}, with --critic={FLAGS.critic}")
