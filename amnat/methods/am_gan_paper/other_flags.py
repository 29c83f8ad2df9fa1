"""Flags of AM-GANs-for-reproduce that are other names of shared ones, or that change no result.

Does not load TensorFlow.
"""

from __future__ import annotations

from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_integer,
    define_string,
)

from absl import flags

FLAGS = flags.FLAGS

# The original writes a checkpoint so many times between two scores.
_SAVES = 10


def define() -> None:
    """Defines the flags."""
    define_integer(
        "iIterCheckpoint",
        10000,
        "Iterations between scores; checkpoints are written ten times as often. It stands for "
        "--score_every and --save_every, and wins over them.",
        fixed=False,
        at_least=_SAVES,
        replayed=False,
    )
    define_integer(
        "iSamplesEvaluate",
        50000,
        "Number of samples that are scored: another name of --score_samples, which it overrides.",
        fixed=False,
        at_least=100,
        replayed=False,
    )
    define_integer(
        "iSSIM",
        10,
        "Samples of each class for MS-SSIM. If it is given, --score_metrics has ms_ssim, too.",
        fixed=False,
        at_least=2,
    )
    define_boolean(
        "bLoadForEvaluation",
        False,
        "Train no further: score a checkpoint of the run as the flags about scores say.",
        fixed=False,
        replayed=False,
    )
    define_string(
        "sEvaluateCheckpoint",
        "",
        "The iteration of that checkpoint; by default the newest. The original never reads it.",
        fixed=False,
        replayed=False,
        only_with="bLoadForEvaluation",
    )
    for name, help_text in (
        ("generator", "The generator; the original has one."),
        ("discriminator", "The discriminator; the original has one."),
    ):
        define_enum(name, name, [name], help_text, fixed=False)
    _define_without_effect()


def _define_without_effect() -> None:
    for name, default, reason in (
        ("sSourceDir", "../code/", "no code is copied into a run; its environment is recorded"),
        ("sLogfileName", "log.txt", "the original sets it itself: log.txt of the run"),
    ):
        define_string(name, default, _idle_help(reason), fixed=False, no_effect=reason)
    for name, value, reason in (
        ("iImageSize", 32, "the data set says how large images are; --image_size resizes them"),
        ("iSaveCount", 100, "sheets of samples have a size of their own"),
        ("iCenterCropSize", 108, "the original never reads it"),
    ):
        define_integer(name, value, _idle_help(reason), fixed=False, no_effect=reason)
    for name, is_on, reason in (
        ("Use32_MNIST", True, "the original sets it itself; --sDataSet=mnist_28 has 28 pixels"),
        ("bCropImage", True, "the original never reads it"),
        ("test", False, "the original never reads it"),
        ("debug", False, "the original never reads it"),
    ):
        define_boolean(name, is_on, _idle_help(reason), fixed=False, no_effect=reason)


def _idle_help(reason: str) -> str:
    return f"Changes nothing, kept for old commands: {reason}."


def take_other_names() -> None:
    """Sets the shared flags that were given by the original's names."""
    if FLAGS["iIterCheckpoint"].present:
        FLAGS["score_every"].value = FLAGS.iIterCheckpoint
        FLAGS["save_every"].value = FLAGS.iIterCheckpoint // _SAVES
    if FLAGS["iSamplesEvaluate"].present:
        FLAGS["score_samples"].value = FLAGS.iSamplesEvaluate
    if FLAGS["iSSIM"].present and "ms_ssim" not in FLAGS.score_metrics:
        FLAGS["score_metrics"].value = [*FLAGS.score_metrics, "ms_ssim"]
