"""The flags of AM-GAN2's code/AM-GAN.py that several scripts have, and their checks.

Names, types, defaults and meaning are the original's. Loads no TensorFlow.
"""

from amnat import data
from amnat.activation_names import ACTIVATION_NAMES
from amnat.training import flags as flag_defs
from amnat.training import session, technique_flags

from absl import flags

FLAGS = flags.FLAGS

# The flags belong to the script that calls `define`.
flags.disclaim_key_flags()

# A resumed run has to keep what its weights, order of data and noise depend on.
FIXED_BY_RUN = (
    *("sDataSet", "iBatchSize", "iTrainG", "iTrainD", "oOpt", "oAct", "iDimsZ"),
    *("iFilterDimsG", "iFilterDimsD", "bUseWN", "fInitLayerStddev", "fInitWeightStddev"),
    *("fWeightGP", "fDropRate", "seed", "ema_decay"),
    *("fix_penalty_gradient", "fix_sign_optimizers"),
    *technique_flags.FIXED_BY_RUN,
    *technique_flags.FIXED_BY_NETWORK,
)
_AT_LEAST_ONE = (
    *("iMaxIter", "iTrainG", "iTrainD", "iDimsC", "iDimsZ"),
    *("iFilterDimsG", "iFilterDimsD"),
)


def define(root):
    """Defines the flags for a script, whose results go to `root` / result."""
    _define_run(root)
    _define_training()
    _define_networks()
    technique_flags.define()
    technique_flags.define_minibatch()
    flags.adopt_module_key_flags(flag_defs)


def _define_run(root):
    flags.DEFINE_string("sDataSet", "cifar10", "Data set: " + ", ".join(data.names()) + ".")
    flags.DEFINE_string(
        "sResultTag", "test_v0", "Tag of the run, the first part of its folder's name."
    )
    flags.DEFINE_boolean("bLoadCheckpoint", False, "Resume the run from its newest checkpoint.")
    flags.DEFINE_string("sResultDir", str(root / "result") + "/", "Folder that holds the runs.")
    flags.DEFINE_integer("GPU", -1, "Number of the only GPU to use; -1: TensorFlow's choice.")
    flags.DEFINE_boolean(
        "log_layer_states",
        False,
        "Write activations, weights and gradients, layer by layer, with every sample sheet.",
    )


def _define_training():
    flags.DEFINE_integer(
        "iMaxIter",
        1000000,
        "Length of the schedule; iMaxIter + 1 iterations are run, as originally.",
    )
    flags.DEFINE_integer("iBatchSize", 100, "Samples per batch, over all devices.")
    flags.DEFINE_integer("iTrainG", 1, "Generator updates per iteration.")
    flags.DEFINE_integer(
        "iTrainD", 1, "Discriminator updates per iteration, each on a fresh batch."
    )
    flags.DEFINE_float("fLrIni", 0.0004, "Learning rate at the start, of both players.")
    flags.DEFINE_float("fBeta1", 0.5, "Adam's beta 1; the momentum of mom.")
    flags.DEFINE_float("fBeta2", 0.999, "Adam's beta 2.")
    flags.DEFINE_float("fEpsilon", 1e-8, "Adam's epsilon.")
    flags.DEFINE_enum(
        "oDecay",
        "linear",
        ["linear", "exp", "none"],
        "Learning rate: linear to 0 over iMaxIter, halved every iMaxIter // 10, or constant.",
    )
    flags.DEFINE_enum(
        "oOpt",
        "adam",
        ["adam", "sgd", "mom", "powersign", "addsign"],
        "Optimizer; mom is Nesterov's.",
    )
    flags.DEFINE_float("fWeightGP", 0.0, "Weight of the zero-centred gradient penalty; 0: none.")
    flags.DEFINE_boolean(
        "fix_penalty_gradient",
        False,
        "fWeightGP with the exact derivative of batch normalisation; the original's misses a term.",
    )
    flags.DEFINE_boolean(
        "fix_sign_optimizers", False, "powersign and addsign as published, not as originally coded."
    )


def _define_networks():
    flags.DEFINE_enum("oAct", "lrelu", list(ACTIVATION_NAMES), "Activation of both networks.")
    flags.DEFINE_integer("iDimsC", 3, "Channels. The data set decides; kept for old command lines.")
    flags.DEFINE_integer("iDimsZ", 100, "Entries of the latent.")
    flags.DEFINE_integer("iFilterDimsG", 96, "Width of the generator.")
    flags.DEFINE_integer("iFilterDimsD", 64, "Width of the discriminator.")
    flags.DEFINE_float("fDropRate", 0.3, "Dropout rate of the discriminator, in [0, 1).")
    flags.DEFINE_boolean(
        "bUseWN", True, "Weight normalisation; without it weights are scaled instead."
    )
    flags.DEFINE_float(
        "fInitLayerStddev", 1.0, "Standard deviation aimed at in layers without bUseWN."
    )
    flags.DEFINE_float("fInitWeightStddev", 0.01, "Standard deviation of the initial weights.")


def check():
    """Checks every flag of `define` that needs no file; raises InputError."""
    flag_defs.check_shared()
    technique_flags.check()
    info = data.describe(FLAGS.sDataSet)
    is_small = info.sample_shape is None or info.sample_shape[:2] == (32, 32)
    flag_defs.require(
        not info.is_image or is_small, "sDataSet", "a data set of points or 32x32 images"
    )
    session.check_tag("sResultTag")
    for name in _AT_LEAST_ONE:
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    if FLAGS.oDecay == "exp":
        flag_defs.require(FLAGS.iMaxIter >= 10, "iMaxIter", "at least 10 with --oDecay=exp")
    for name in ("fLrIni", "fEpsilon", "fInitLayerStddev", "fInitWeightStddev"):
        flag_defs.require_finite(name, positive=True)
    for name in ("fBeta1", "fBeta2", "fDropRate"):
        flag_defs.require_finite(name, below=1.0)
    flag_defs.require_finite("fWeightGP")
    session.check_batch_size("iBatchSize")


def load_data(split):
    """Loads a split of --sDataSet."""
    return session.load_data(FLAGS.sDataSet, split, FLAGS.iBatchSize)


def layer_states(run, start, dataset, options):
    """The callback of --log_layer_states in a list, or none.

    Its batch, always the same one, has no external negatives.
    """
    if not FLAGS.log_layer_states:
        return []
    from amnat.data.pipeline import training_batches
    from amnat.methods.am_gan.layer_states import LayerStates

    (batch,) = training_batches(dataset, options.batch_size, seed=options.seed).take(1)
    return [LayerStates(options.sample_every, start, run, batch)]
