"""The flags of AM-GANs-for-reproduce's code/main.py, and their checks.

Names, types, defaults and meaning are the original's. Does not load TensorFlow.
"""

from __future__ import annotations

import os
import re

from amnat.choices import ACTIVATION_NAMES
from amnat.data.registry import DatasetInfo
from amnat.errors import InputError
from amnat.methods.am_gan_paper import (
    objective_flags,
    optimizer_flags,
    other_flags,
    pacing_flags,
)
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

FLAGS = flags.FLAGS

# The sides of images that the networks are made for.
IMAGE_SIZES = (28, 32, 48, 64, 128)
# How maps are doubled and halved: `resampling`, which loads TensorFlow.
UPSAMPLINGS = ("deconv", "resizen", "resizel", "phaseshift", "deconvpool", "depth_space")
DOWNSAMPLINGS = ("conv", "resizen", "avgpool", "maxpool", "space_depth")

# The original's names of data sets that are folders of images, and of one that amnat loads.
_FOLDERS = ("celebA", "imagenet")
_OTHER_NAMES = {"tiny": "tiny_imagenet"}

RUN_FLAGS = RunFlags(
    "sResultDir", "sResultTag", "bLoadCheckpoint", "iBatchSize", length="iBatchRun"
)


def define() -> None:
    """Defines the flags."""
    _define_run()
    optimizer_flags.define()
    objective_flags.define()
    pacing_flags.define()
    _define_noise()
    _define_networks()
    other_flags.define()


def _define_run() -> None:
    define_string(
        "sDataSet",
        "cifar10",
        shared.data_help(only_images=True),
        fixed=True,
        paths=flag_paths.of_data,
    )
    define_boolean(
        "bAugment",
        False,
        "Train on CIFAR-10's images and on each of them upside down, as the original flips them.",
        fixed=True,
    )
    define_boolean(
        "fix_augment",
        False,
        "--bAugment mirrors images from left to right.",
        fixed=True,
        only_with="bAugment",
    )
    define_run_flags(RUN_FLAGS, "test")
    define_integer(
        "iBatchRun",
        1000000,
        "Length of the run; iBatchRun + 1 iterations are run, as originally.",
        fixed=False,
        at_least=1,
        means="iterations",
    )
    define_integer("iBatchSize", 100, "Samples per batch, over all devices.", fixed=True)
    define_integer("iTrainG", 1, "Generator updates per iteration.", fixed=True, at_least=1)
    define_integer(
        "iTrainD",
        1,
        "Discriminator updates per iteration, each on a fresh batch (originally all on one).",
        fixed=True,
        at_least=1,
    )


def _define_noise() -> None:
    define_float(
        "fInputNoise",
        0.1,
        "Input noise of the discriminator at the start; 0: none.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "fInputNoiseMin",
        0.1,
        "Input noise that this falls to in 100,000 iterations.",
        fixed=True,
        at_least=0,
        only_with="fInputNoise>0",
    )
    define_float("iInputNoisePow", 2, "Power of that schedule.", fixed=True, at_least=0)
    define_boolean(
        "fix_input_noise",
        False,
        "Input noise stays at fInputNoiseMin once it is there; the original's grows again.",
        fixed=True,
    )
    define_float(
        "fLayerNoiseD",
        0.0,
        "Multiplicative noise after the discriminator's layers.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "fLayerDropoutD",
        0.3,
        "Dropout rate of the discriminator, in [0, 1).",
        fixed=True,
        at_least=0,
        below=1,
    )
    define_boolean(
        "bAddHZ",
        False,
        "The generator's layers with a stride of 2 take a map of uniform noise each.",
        fixed=True,
        only_with="oUp=deconv|deconvpool",
    )
    define_boolean("bUseUniformZ", False, "Draw latents from U[-1, 1).", fixed=True)
    define_boolean(
        "bNormalizeZ",
        False,
        "Scale latents to length 1.",
        fixed=True,
        only_with="!bUseUniformZ",
    )


def _define_networks() -> None:
    players = {"G": "generator", "D": "discriminator"}
    for player, name in players.items():
        define_integer(f"iKsize{player}", 3, f"Kernel size of the {name}.", fixed=True, at_least=1)
    for player, name, width in (("G", "generator", 192), ("D", "discriminator", 128)):
        define_integer(
            f"iFilterDim{player}",
            width,
            f"Width of the {name}, at 16x16.",
            fixed=True,
            at_least=1,
            means="width",
        )
    define_float(
        "fDimIncreaseRate",
        2.0,
        "Ratio of the widths when the size halves.",
        fixed=True,
        more_than=0,
    )
    define_enum(
        "oUp", "deconv", list(UPSAMPLINGS), "How the generator doubles the size.", fixed=True
    )
    define_enum(
        "oDown",
        "conv",
        list(DOWNSAMPLINGS),
        "How the discriminator halves the size. The original also names resizel and convpool, but "
        "has nothing for them.",
        fixed=True,
    )
    define_integer(
        "dfirst1", 1, "Layers of the discriminator at full size.", fixed=True, at_least=0
    )
    define_integer(
        "gfirst1",
        1,
        "1: a layer of the generator at full size; 0: none.",
        fixed=True,
        at_least=0,
    )
    define_enum(
        "dfinal",
        "avgpool",
        ["avgpool", "sqrpool", "none"],
        "End of the discriminator's layers.",
        fixed=True,
    )
    for player, name in players.items():
        define_enum(
            f"oAct{player}",
            "lrelu",
            list(ACTIVATION_NAMES),
            f"Activation of the {name}.",
            fixed=True,
        )
    for player, name in players.items():
        define_enum(
            f"oBn{player}",
            "bn",
            ["bn", "ln", "none"],
            f"Normalisation in the {name}: of the batch, of each sample, none.",
            fixed=True,
        )
    define_integer(
        "iDimsC",
        3,
        "Channels. The data set decides; kept for old command lines.",
        fixed=False,
        at_least=1,
        no_effect="the data set says how many channels there are",
    )
    define_integer(
        "iDimsZ", 100, "Entries of the latent, without the class.", fixed=True, at_least=1
    )
    for player, name in players.items():
        define_integer(
            f"iRes{player}",
            0,
            f"Further layers of the {name} at its smallest size.",
            fixed=True,
            at_least=0,
        )
    define_integer(
        "iMinSizeD",
        4,
        "Smallest size in the discriminator, more than 2.",
        fixed=True,
        more_than=2,
    )
    define_boolean(
        "data_dependent_init",
        True,
        "Set the first gains and biases from a batch, as originally.",
        fixed=True,
    )


def check() -> None:
    """Checks what the declarations do not say and needs no file; raises InputError."""
    other_flags.take_other_names()
    info = _check_data()
    shared.check_image_size(info, IMAGE_SIZES, "sDataSet")
    refuse_idle("bAugment", info.label.partition("_")[0] == "cifar10", "--sDataSet=cifar10")
    objective_flags.check()
    if FLAGS.bUseClassLabel:
        objective_flags.check_path(info.num_classes)
    pacing_flags.check()
    whole = FLAGS.iInputNoisePow == int(FLAGS.iInputNoisePow)
    shared.require(
        whole or FLAGS.fix_input_noise,
        "iInputNoisePow",
        "a whole number, or --fix_input_noise: others have no value once the schedule has ended",
    )
    changes = 0 < FLAGS.fInputNoise != FLAGS.fInputNoiseMin
    for name in ("iInputNoisePow", "fix_input_noise"):
        refuse_idle(name, changes, "--fInputNoise above 0 and other than --fInputNoiseMin")
    goal = objective_flags.objective()
    norms = [
        goal.gradient_penalty_weight and FLAGS.oBnD == "bn",
        goal.generator_slope_weight and FLAGS.oBnG == "bn",
    ]
    refuse_idle(
        "fix_penalty_gradient",
        any(norms),
        "--GP or --WGAN with --oBnD=bn, or --GN with --oBnG=bn",
    )


def _check_data() -> DatasetInfo:
    """Takes the original's names of data, and refuses the points that it cannot train on.

    Raises: InputError.
    """
    name = FLAGS.sDataSet
    shared.require(
        not re.fullmatch(r"toy\w*", name),
        "sDataSet",
        "images: the original names toy data too, but its networks make images only; for points "
        "there is tools/am_gan.py --flagfile=flags/am_gan_toy.flags",
    )
    if name not in _FOLDERS:
        FLAGS["sDataSet"].value = _OTHER_NAMES.get(name, name)
        return shared.check_data("sDataSet", only_images=True)
    # The original lists the PNG files of the folder, but never reads them.
    FLAGS["sDataSet"].value = f"folder={name}"
    info = shared.check_data("sDataSet", only_images=True)
    path = FLAGS.sDataSet.removeprefix("folder=")
    if not os.path.exists(path):
        raise InputError(
            f"--sDataSet={name}: {path} is not there; expected your folder {name} of images in "
            "that of --data_dir or here, or --sDataSet=folder=PATH"
            + "; the data set CelebA is --sDataSet=celeba"
            * (name == "celebA")
        )
    return info
