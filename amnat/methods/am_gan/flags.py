"""The flags of AM-GAN2's code/AM-GAN.py that several scripts have, and their checks.

Names, types, defaults and meaning are the original's. Does not load TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat import data
from amnat.choices import ACTIVATION_NAMES
from amnat.data.dataset import Dataset
from amnat.training import flag_paths, technique_flags
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
from amnat.training.run_directory import RunDirectory, RunFlags

from absl import flags

if TYPE_CHECKING:
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS

# The sides of images that the networks are made for.
IMAGE_SIZES = (28, 32, 48, 64, 128)

RUN_FLAGS = RunFlags("sResultDir", "sResultTag", "bLoadCheckpoint", "iBatchSize", "GPU", "iMaxIter")


def define() -> None:
    """Defines the flags for a script."""
    _define_run()
    _define_training()
    _define_networks()
    technique_flags.define()
    technique_flags.define_minibatch()


def _define_run() -> None:
    define_string("sDataSet", "cifar10", shared.data_help(), fixed=True, paths=flag_paths.of_data)
    define_run_flags(RUN_FLAGS, "test_v0")
    define_integer(
        "GPU", -1, "Number of the only GPU to use; -1: TensorFlow's choice.", fixed=False
    )
    define_boolean(
        "log_layer_states",
        False,
        "Write activations, weights and gradients, layer by layer, with every sample sheet.",
        fixed=False,
    )


def _define_training() -> None:
    define_integer(
        "iMaxIter",
        1000000,
        "Length of the schedule; iMaxIter + 1 iterations are run, as originally.",
        fixed=False,
        at_least=1,
        means="iterations",
    )
    define_integer("iBatchSize", 100, "Samples per batch, over all devices.", fixed=True)
    define_integer("iTrainG", 1, "Generator updates per iteration.", fixed=True, at_least=1)
    define_integer(
        "iTrainD",
        1,
        "Discriminator updates per iteration, each on a fresh batch.",
        fixed=True,
        at_least=1,
    )
    define_float(
        "fLrIni",
        0.0004,
        "Learning rate at the start, of both players.",
        fixed=False,
        more_than=0,
        means="rate",
    )
    define_float(
        "fBeta1",
        0.5,
        "Adam's beta 1; the momentum of mom.",
        fixed=False,
        at_least=0,
        below=1,
        only_with="oOpt=adam|mom",
    )
    define_float(
        "fBeta2", 0.999, "Adam's beta 2.", fixed=False, at_least=0, below=1, only_with="oOpt=adam"
    )
    define_float(
        "fEpsilon", 1e-8, "Adam's epsilon.", fixed=False, more_than=0, only_with="oOpt=adam"
    )
    define_enum(
        "oDecay",
        "linear",
        ["linear", "exp", "none"],
        "Learning rate: linear to 0 over iMaxIter, halved every iMaxIter // 10, or constant.",
        fixed=False,
    )
    define_enum(
        "oOpt",
        "adam",
        ["adam", "sgd", "mom", "powersign", "addsign"],
        "Optimizer; mom is Nesterov's.",
        fixed=True,
    )
    define_float(
        "fWeightGP",
        0.0,
        "Weight of the zero-centred gradient penalty; 0: none.",
        fixed=True,
        at_least=0,
    )
    define_boolean(
        "fix_penalty_gradient",
        False,
        "fWeightGP with the exact derivative of batch normalisation; the original's misses a term.",
        fixed=True,
        only_with="fWeightGP>0",
    )
    define_boolean(
        "fix_sign_optimizers",
        False,
        "powersign and addsign as published, not as originally coded.",
        fixed=True,
        only_with="oOpt=powersign|addsign",
    )


def _define_networks() -> None:
    define_enum("oAct", "lrelu", list(ACTIVATION_NAMES), "Activation of both networks.", fixed=True)
    define_integer(
        "iDimsC",
        3,
        "Channels. The data set decides; kept for old command lines.",
        fixed=False,
        at_least=1,
        no_effect="the data set says how many channels there are",
    )
    define_integer("iDimsZ", 100, "Entries of the latent.", fixed=True, at_least=1)
    define_integer(
        "iFilterDimsG", 96, "Width of the generator.", fixed=True, at_least=1, means="width"
    )
    define_integer(
        "iFilterDimsD", 64, "Width of the discriminator.", fixed=True, at_least=1, means="width"
    )
    define_float(
        "fDropRate",
        0.3,
        "Dropout rate of the discriminator, in [0, 1).",
        fixed=True,
        at_least=0,
        below=1,
    )
    define_boolean(
        "bUseWN", True, "Weight normalisation; without it weights are scaled instead.", fixed=True
    )
    define_float(
        "fInitLayerStddev",
        1.0,
        "Standard deviation aimed at in layers without bUseWN.",
        fixed=True,
        more_than=0,
        only_with="!bUseWN",
    )
    define_float(
        "fInitWeightStddev",
        0.01,
        "Standard deviation of the initial weights.",
        fixed=True,
        more_than=0,
    )


def check() -> None:
    """Checks what the declarations do not say and needs no file; raises InputError."""
    info = shared.check_data("sDataSet")
    shared.check_image_size(info, IMAGE_SIZES, "sDataSet")
    refuse_idle("fDropRate", info.is_image, "a data set of images: networks of points drop nothing")
    if FLAGS.oDecay == "exp":
        shared.require(FLAGS.iMaxIter >= 10, "iMaxIter", "at least 10 with --oDecay=exp")


def load_data(split: str) -> Dataset:
    """Loads a split of --sDataSet."""
    return data.load(FLAGS.sDataSet, FLAGS.data_dir, split, form=shared.image_form())


def layer_states(
    run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
) -> list[keras.callbacks.Callback]:
    """A list with the callback of --log_layer_states, or an empty list.

    Its batch is always the same one, without external negatives.
    """
    if not FLAGS.log_layer_states:
        return []
    from amnat.data.pipeline import training_batches
    from amnat.methods.am_gan.layer_states import LayerStates

    (batch,) = training_batches(dataset, options.batch_size, seed=options.seed).take(1)
    return [LayerStates(options.sample_every, start, run, batch)]
