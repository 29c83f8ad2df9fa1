"""The flags of AM-GANs-for-reproduce that choose the losses, and what they come to.

Does not load TensorFlow.
"""

from __future__ import annotations

from amnat.methods.am_gan_paper.objective import ClassAwareObjective
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_float,
    define_integer,
    refuse_idle,
)

from absl import flags

FLAGS = flags.FLAGS

# The weight in code/model.py, `dloss_GP`.
GRADIENT_PENALTY_WEIGHT = 10.0


def define() -> None:
    """Defines the flags."""
    _define_losses()
    _define_penalties()
    _define_labels()


def _define_losses() -> None:
    define_boolean(
        "LAB",
        True,
        "The real logit is the log-sum-exp of the class logits.",
        fixed=True,
        means="method",
    )
    define_boolean(
        "AC",
        True,
        "The generator has a class loss, and the discriminator too.",
        fixed=True,
        means="method",
    )
    define_float(
        "D_AC_WEIGHT",
        0.0,
        "Weight of the discriminator's class losses. 0: 1 with --LAB or --AC, else none.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "G_AC_WEIGHT",
        1.0,
        "Weight of the generator's class loss, with --AC.",
        fixed=True,
        at_least=0,
        only_with="AC",
    )
    define_boolean(
        "DIST_AC_GEN_EVEN",
        False,
        "The discriminator learns that fake samples have no class, as in AC-GAN*+.",
        fixed=True,
        only_with="!DIST_AC_GEN_ACGAN",
    )
    define_boolean(
        "DIST_AC_GEN_ACGAN",
        False,
        "The discriminator learns that fake samples have the class aimed at, as in AC-GAN.",
        fixed=True,
    )
    define_boolean("bPredefined", False, "The generator is given the class it aims at.", fixed=True)
    define_boolean(
        "CGAN",
        False,
        "The discriminator is given the class as well; sets bPredefined.",
        fixed=True,
        only_with="bUseClassLabel",
    )
    define_float(
        "sharp_pow",
        0.0,
        "Above 0: aim at softmax(sharp_pow * class logits).",
        fixed=True,
        at_least=0,
        only_with="!bPredefined",
    )
    define_boolean(
        "FAKE_LOGIT",
        False,
        "The fake logit is an output instead of 0.",
        fixed=True,
        only_with="!WGAN",
    )
    define_float(
        "f2Smoothed",
        1.0,
        "Probability of being real or fake that both players aim at, in [0, 1].",
        fixed=True,
        at_least=0,
        at_most=1,
    )
    define_float(
        "fkSmoothed",
        1.0,
        "Share of the one-hot part of class targets, in [0, 1].",
        fixed=True,
        at_least=0,
        at_most=1,
    )


def _define_penalties() -> None:
    define_boolean(
        "WGAN", False, "A Wasserstein critic with gradient penalty; without --LAB.", fixed=True
    )
    define_boolean(
        "GP", False, "Gradient penalty towards 1 on the logit of being real.", fixed=True
    )
    define_boolean(
        "fix_penalty_gradient",
        False,
        "GP, WGAN and GN with the exact derivative of batch normalisation; the original's misses "
        "a term.",
        fixed=True,
    )
    define_float(
        "DECAY_WEIGHT",
        0.0,
        "Weight of the penalty on weights outside [-1, 1].",
        fixed=True,
        at_least=0,
    )
    define_boolean("MODE", False, "The generator also aims to fill all classes evenly.", fixed=True)
    define_boolean(
        "GN",
        False,
        "The generator also aims for a large gradient; see GN_WEIGHT.",
        fixed=True,
        only_with="GN_WEIGHT>0",
    )
    define_float(
        "GN_WEIGHT",
        0.0,
        "Weight of the generator's mean gradient, with --GN.",
        fixed=True,
        at_least=0,
        only_with="GN",
    )


def _define_labels() -> None:
    define_boolean(
        "PATH",
        False,
        "With one class: aim at another probability of being real or fake for each sample, the "
        "root of a uniform number.",
        fixed=True,
        only_with="!WGAN",
    )
    define_boolean(
        "bUseClassLabel", True, "Real samples have classes; without it they have none.", fixed=True
    )
    define_integer(
        "iUnlableClass",
        20,
        "Classes to look for without --bUseClassLabel.",
        fixed=True,
        at_least=1,
        only_with="!bUseClassLabel",
    )
    define_boolean(
        "bUseLabel",
        True,
        "Train on labelled samples; off only with --bUseClassLabel=False.",
        fixed=True,
    )
    define_boolean(
        "bUseUnlabel",
        False,
        "With labels: train on iNumLabelData samples per class only.",
        fixed=True,
        only_with="bUseClassLabel",
    )
    define_integer(
        "iNumLabelData",
        400,
        "Labelled samples per class, with --bUseUnlabel.",
        fixed=True,
        at_least=1,
        only_with="bUseUnlabel",
    )


def objective() -> ClassAwareObjective:
    """The losses that the flags ask for."""
    fake_classes = "even" if FLAGS.DIST_AC_GEN_EVEN else "free"
    return ClassAwareObjective(
        real_from_classes=FLAGS.LAB,
        d_class_weight=FLAGS.D_AC_WEIGHT or float(FLAGS.LAB or FLAGS.AC),
        g_class_weight=FLAGS.G_AC_WEIGHT if FLAGS.AC else 0.0,
        fake_classes="target" if FLAGS.DIST_AC_GEN_ACGAN else fake_classes,
        predefined=FLAGS.bPredefined or FLAGS.CGAN,
        target_sharpness=FLAGS.sharp_pow,
        real_confidence=FLAGS.f2Smoothed,
        drawn_confidence=FLAGS.PATH,
        class_confidence=FLAGS.fkSmoothed,
        labelled=FLAGS.bUseClassLabel,
        free_fake_logit=FLAGS.FAKE_LOGIT,
        wasserstein=FLAGS.WGAN,
        gradient_penalty_weight=GRADIENT_PENALTY_WEIGHT if FLAGS.WGAN or FLAGS.GP else 0.0,
        decay_weight=FLAGS.DECAY_WEIGHT,
        mode_weight=float(FLAGS.MODE),
        generator_slope_weight=FLAGS.GN_WEIGHT if FLAGS.GN else 0.0,
        conditional=FLAGS.CGAN,
    )


def title() -> str:
    """The paper's name of the method that the flags ask for, without its finer variants."""
    if FLAGS.WGAN:
        return "WGAN-GP"
    if FLAGS.LAB:
        return "AM-GAN" if FLAGS.AC else "LabelGAN"
    if not FLAGS.AC:
        return "GAN*" if FLAGS.D_AC_WEIGHT else "GAN"
    if FLAGS.DIST_AC_GEN_ACGAN:
        return "AC-GAN"
    return "AC-GAN*+" if FLAGS.DIST_AC_GEN_EVEN else "AC-GAN*"


def check() -> None:
    """Checks what the declarations do not say; raises InputError."""
    shared.require(not (FLAGS.WGAN and FLAGS.LAB), "WGAN", "--LAB=False with it")
    if FLAGS.CGAN:
        shared.require(not (FLAGS.WGAN or FLAGS.GP), "CGAN", "no --WGAN and no --GP with it")
        shared.require(FLAGS.sharp_pow == 0, "sharp_pow", "0 with --CGAN, which sets the classes")
    shared.require(
        FLAGS.bUseLabel or not FLAGS.bUseClassLabel,
        "bUseLabel",
        "labels, or --bUseClassLabel=False to train on unlabelled samples",
    )
    if FLAGS.PATH:
        shared.require(FLAGS.f2Smoothed == 1, "f2Smoothed", "1 with --PATH, which sets the targets")
        if not FLAGS.bUseClassLabel:
            check_path(FLAGS.iUnlableClass)
    _refuse_idle()


def check_path(num_classes: int | None) -> None:
    """Raises InputError for --PATH with several classes; None stands for an unknown number."""
    shared.require(
        not FLAGS.PATH or num_classes in (None, 1),
        "PATH",
        f"one class, not {num_classes}: --bUseClassLabel=False --iUnlableClass=1, or images "
        "without labels and --LAB=False --AC=False",
    )


def _refuse_idle() -> None:
    goal = objective()
    has_class_loss = goal.d_class_weight > 0
    for name in ("DIST_AC_GEN_EVEN", "DIST_AC_GEN_ACGAN"):
        refuse_idle(name, has_class_loss, "--LAB, --AC or --D_AC_WEIGHT above 0")
    learns_target = has_class_loss and goal.fake_classes == "target"
    has_target = goal.g_class_weight > 0 or learns_target
    refuse_idle("sharp_pow", has_target, "--AC with --G_AC_WEIGHT above 0, or --DIST_AC_GEN_ACGAN")
    # A sharpened target is not mixed with the uniform distribution.
    mixes = has_class_loss and goal.labelled or has_target and not goal.target_sharpness
    refuse_idle("fkSmoothed", mixes, "a class loss with one-hot targets: --LAB, --AC, ...")
    scaled = has_class_loss and (goal.labelled or goal.fake_classes == "free")
    refuse_idle(
        "f2Smoothed",
        scaled or goal.g_class_weight > 0 or not goal.wasserstein,
        "probabilities: no --WGAN, or a class loss",
    )
