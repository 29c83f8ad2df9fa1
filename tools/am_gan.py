"""Trains AM-GAN, or the plain GAN it is compared with, as AM-GAN2's code/AM-GAN.py does.

    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags

Flags with capital letters are the original's, with its names, types, defaults and meaning (those
of code/AM-GAN-log-netstate.py included); the others are shared by all scripts.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data, flag_defs  # noqa: E402
from amnat.activation_names import ACTIVATION_NAMES  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

flags.DEFINE_string("sDataSet", "cifar10", "Data set: " + ", ".join(data.names()) + ".")
flags.DEFINE_string("sResultTag", "test_v0", "Tag of the run, the first part of its folder's name.")
flags.DEFINE_boolean("bLoadCheckpoint", False, "Resume the run from its newest checkpoint.")
flags.DEFINE_string("sResultDir", str(ROOT / "result") + "/", "Folder that holds the runs.")
flags.DEFINE_boolean("bAMGAN", True, "AM-GAN with K + 1 classes; --nobAMGAN: non-saturating GAN.")
flags.DEFINE_integer(
    "iMaxIter", 1000000, "Length of the schedule; iMaxIter + 1 iterations are run, as originally."
)
flags.DEFINE_integer("iBatchSize", 100, "Samples per batch, over all devices.")
flags.DEFINE_integer("iTrainG", 1, "Generator updates per iteration.")
flags.DEFINE_integer("iTrainD", 1, "Discriminator updates per iteration, each on a fresh batch.")
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
    "oOpt", "adam", ["adam", "sgd", "mom", "powersign", "addsign"], "Optimizer; mom is Nesterov's."
)
flags.DEFINE_enum("oAct", "lrelu", list(ACTIVATION_NAMES), "Activation of both networks.")
flags.DEFINE_integer("iDimsC", 3, "Channels. The data set decides; kept for old command lines.")
flags.DEFINE_integer("iDimsZ", 100, "Entries of the latent.")
flags.DEFINE_integer("iFilterDimsG", 96, "Width of the generator.")
flags.DEFINE_integer("iFilterDimsD", 64, "Width of the discriminator.")
flags.DEFINE_float("fDropRate", 0.3, "Dropout rate of the discriminator, in [0, 1).")
flags.DEFINE_float("fWeightGP", 0.0, "Weight of the zero-centred gradient penalty; 0: none.")
flags.DEFINE_boolean("bUseWN", True, "Weight normalisation; without it weights are scaled instead.")
flags.DEFINE_float("fInitLayerStddev", 1.0, "Standard deviation aimed at in layers without bUseWN.")
flags.DEFINE_float("fInitWeightStddev", 0.01, "Standard deviation of the initial weights.")
flags.DEFINE_integer("GPU", -1, "Number of the only GPU to use; -1: TensorFlow's choice.")
flags.DEFINE_boolean(
    "log_layer_states",
    False,
    "Write activations, weights and gradients, layer by layer, with every sample sheet.",
)
flags.DEFINE_boolean(
    "fix_penalty_gradient",
    False,
    "fWeightGP with the exact derivative of batch normalisation; the original's misses a term.",
)
flags.DEFINE_boolean(
    "fix_sign_optimizers", False, "powersign and addsign as published, not as originally coded."
)
flags.adopt_module_key_flags(flag_defs)

# A resumed run has to keep what its weights, order of data and noise depend on.
FIXED_BY_RUN = (
    *("sDataSet", "bAMGAN", "iBatchSize", "iTrainG", "iTrainD", "oOpt", "oAct", "iDimsZ"),
    *("iFilterDimsG", "iFilterDimsD", "bUseWN", "fInitLayerStddev", "fInitWeightStddev"),
    *("fWeightGP", "fDropRate", "seed", "ema_decay"),
    *("fix_penalty_gradient", "fix_sign_optimizers"),
)
AT_LEAST_ONE = (
    *("iMaxIter", "iTrainG", "iTrainD", "iDimsC", "iDimsZ"),
    *("iFilterDimsG", "iFilterDimsD"),
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    flag_defs.check_shared()
    info = data.describe(FLAGS.sDataSet)
    is_small = info.sample_shape is None or info.sample_shape[:2] == (32, 32)
    flag_defs.require(
        not info.is_image or is_small, "sDataSet", "a data set of points or 32x32 images"
    )
    session.check_tag("sResultTag")
    for name in AT_LEAST_ONE:
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


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat import models, networks
    from amnat.layers import KernelOptions
    from amnat.training.optimizers import make_optimizer
    from amnat.training.schedules import learning_rate

    kernel = KernelOptions(
        "weight_norm" if FLAGS.bUseWN else "scale_after_init",
        weight_stddev=FLAGS.fInitWeightStddev,
        layer_stddev=FLAGS.fInitLayerStddev,
    )
    common = {
        "activation": FLAGS.oAct,
        "kernel": kernel,
        "data_format": FLAGS.data_format,
        "seed": FLAGS.seed,
    }
    outputs = dataset.sample_shape[-1]

    def make_generator():
        cls = networks.DCGANGenerator if dataset.is_image else networks.MLPGenerator
        return cls(FLAGS.iFilterDimsG, outputs, **common).build_variables((FLAGS.iDimsZ,))

    num_logits = dataset.num_classes + 1 if FLAGS.bAMGAN else 1
    common["batch_norm"] = (
        "moments" if FLAGS.fWeightGP and not FLAGS.fix_penalty_gradient else "fused"
    )
    if dataset.is_image:
        discriminator = networks.DCGANDiscriminator(
            num_logits, FLAGS.iFilterDimsD, FLAGS.fDropRate, **common
        )
    else:
        discriminator = networks.MLPDiscriminator(num_logits, FLAGS.iFilterDimsD, **common)
    discriminator.build_variables(dataset.sample_shape)
    common.pop("batch_norm")

    method = models.AMGAN if FLAGS.bAMGAN else models.GAN
    model = method(
        make_generator(),
        discriminator,
        models.NormalLatent(FLAGS.iDimsZ),
        d_steps=FLAGS.iTrainD,
        g_steps=FLAGS.iTrainG,
        seed=FLAGS.seed,
        ema_generator=make_generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
        gradient_penalty_weight=FLAGS.fWeightGP,
    )

    def rate():
        return learning_rate(FLAGS.oDecay, FLAGS.fLrIni, FLAGS.iMaxIter, model.generator_updates)

    def optimizer():
        return make_optimizer(
            FLAGS.oOpt, rate, FLAGS.fBeta1, FLAGS.fBeta2, FLAGS.fEpsilon, FLAGS.fix_sign_optimizers
        )

    model.compile(optimizer(), optimizer(), steps_per_execution=FLAGS.steps_per_execution)
    return model


def layer_states(run, start, dataset, options):
    """The callback of --log_layer_states."""
    from amnat.data.pipeline import training_batches
    from amnat.training.layer_states import LayerStates

    (batch,) = training_batches(dataset, options.batch_size, seed=options.seed).take(1)
    return [LayerStates(options.sample_every, start, run, batch)]


def main():
    check_flags()
    run, start = session.open_run(
        FLAGS.sResultDir, FLAGS.sResultTag, FLAGS.sDataSet, FLAGS.bLoadCheckpoint, FIXED_BY_RUN
    )
    return session.train(
        session.Session(
            run=run,
            start=start,
            dataset=load_data("train"),
            load_test=lambda: load_data("test"),
            batch_size=FLAGS.iBatchSize,
            num_iterations=FLAGS.iMaxIter + 1,
            build_model=build_model,
            gpu=FLAGS.GPU,
            extra_callbacks=layer_states if FLAGS.log_layer_states else None,
        )
    )


if __name__ == "__main__":
    flag_defs.run(main)
