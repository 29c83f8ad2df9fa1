"""Trains the methods of the AM-GAN paper's comparison, as AM-GANs-for-reproduce's main.py does.

    python tools/am_gan_reproduce.py --LAB True --AC True --sResultTag AM_GAN

Flags with capital letters are the original's, with its names, types, defaults and meaning, and the
commands of its README work unchanged; the others are shared by all scripts. --LAB and --AC choose
the method: both: AM-GAN; --LAB alone: LabelGAN; --AC alone: AC-GAN*; neither: GAN.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.activation_names import ACTIVATION_NAMES  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

import numpy as np  # noqa: E402

FLAGS = flags.FLAGS

# Of code/model.py, `dloss_GP`.
GRADIENT_PENALTY_WEIGHT = 10.0

flags.DEFINE_string("sDataSet", "cifar10", "Data set: " + ", ".join(data.names()) + ".")
flags.DEFINE_string("sResultTag", "test", "Tag of the run, the first part of its folder's name.")
flags.DEFINE_string("sResultDir", str(ROOT / "result") + "/", "Folder that holds the runs.")
flags.DEFINE_boolean("bLoadCheckpoint", False, "Resume the run from its newest checkpoint.")
flags.DEFINE_integer(
    "iBatchRun", 1000000, "Length of the run; iBatchRun + 1 iterations are run, as originally."
)
flags.DEFINE_integer("iBatchSize", 100, "Samples per batch, over all devices.")
flags.DEFINE_integer("iTrainG", 1, "Generator updates per iteration.")
flags.DEFINE_integer(
    "iTrainD",
    1,
    "Discriminator updates per iteration, each on a fresh batch (originally all on one).",
)
flags.DEFINE_float("fLrIniG", 0.0004, "Learning rate of the generator at the start.")
flags.DEFINE_float("fLrIniD", 0.0004, "HALF the discriminator's at the start, as originally.")
flags.DEFINE_float("fLrDecay", 0.5, "Both rates are multiplied by this every iLrStep updates.")
flags.DEFINE_integer("iLrStep", 100000, "Updates of a player between decays of its rate.")
flags.DEFINE_boolean("bLrStair", True, "Decay in steps; without it continuously.")
flags.DEFINE_float("fBeta1G", 0.5, "Adam's beta 1, generator.")
flags.DEFINE_float("fBeta1D", 0.5, "Adam's beta 1, discriminator.")
flags.DEFINE_float("fBeta2G", 0.999, "Adam's beta 2, generator.")
flags.DEFINE_float("fBeta2D", 0.999, "Adam's beta 2, discriminator.")
flags.DEFINE_enum("oOptG", "adam", ["adam", "sgd"], "Optimizer of the generator.")
flags.DEFINE_enum("oOptD", "adam", ["adam", "sgd"], "Optimizer of the discriminator.")

flags.DEFINE_boolean("LAB", True, "The real logit is the log-sum-exp of the class logits.")
flags.DEFINE_boolean("AC", True, "The generator has a class loss, and the discriminator too.")
flags.DEFINE_float(
    "D_AC_WEIGHT",
    0.0,
    "Weight of the discriminator's class losses. 0: 1 with --LAB or --AC, else none.",
)
flags.DEFINE_float("G_AC_WEIGHT", 1.0, "Weight of the generator's class loss, with --AC.")
flags.DEFINE_boolean("DIST_AC_GEN_EVEN", False, "Fake samples are to be of no class: AC-GAN*+.")
flags.DEFINE_boolean(
    "DIST_AC_GEN_ACGAN", False, "Fake samples are to be of the class aimed at: AC-GAN."
)
flags.DEFINE_boolean("bPredefined", False, "The generator is given the class it aims at.")
flags.DEFINE_float("sharp_pow", 0.0, "Above 0: aim at softmax(sharp_pow * class logits).")
flags.DEFINE_boolean("FAKE_LOGIT", False, "The fake logit is an output instead of 0.")
flags.DEFINE_float("f2Smoothed", 1.0, "Probability of real and of fake aimed at, in [0, 1].")
flags.DEFINE_float("fkSmoothed", 1.0, "Share of the one-hot part of class targets, in [0, 1].")
flags.DEFINE_boolean("WGAN", False, "A Wasserstein critic with gradient penalty; without --LAB.")
flags.DEFINE_boolean("GP", False, "Gradient penalty towards 1 on the logit of being real.")
flags.DEFINE_float("DECAY_WEIGHT", 0.0, "Weight of the penalty on weights outside [-1, 1].")
flags.DEFINE_boolean("MODE", False, "The generator is to fill all classes evenly.")
flags.DEFINE_boolean("GN", False, "The generator is to keep a large gradient; see GN_WEIGHT.")
flags.DEFINE_float("GN_WEIGHT", 0.0, "Weight of the generator's mean gradient, with --GN.")
flags.DEFINE_string("PATH", None, "Of the original, for data without classes; not offered.")
flags.DEFINE_boolean("bUseClassLabel", True, "Without it real samples have no class.")
flags.DEFINE_integer("iUnlableClass", 20, "Classes to look for without --bUseClassLabel.")
flags.DEFINE_boolean("bUseLabel", True, "Train on labelled samples.")
flags.DEFINE_boolean("bUseUnlabel", False, "With labels: train on iNumLabelData per class alone.")
flags.DEFINE_integer("iNumLabelData", 400, "Labelled samples per class, with --bUseUnlabel.")

flags.DEFINE_float("fInputNoise", 0.1, "Input noise of the discriminator at the start; 0: none.")
flags.DEFINE_float("fInputNoiseMin", 0.1, "Input noise it comes down to in 100,000 iterations.")
flags.DEFINE_float("iInputNoisePow", 2, "Power of that schedule.")
flags.DEFINE_float("fLayerNoiseD", 0.0, "Multiplicative noise after the discriminator's layers.")
flags.DEFINE_float("fLayerDropoutD", 0.3, "Dropout rate of the discriminator, in [0, 1).")
flags.DEFINE_integer("iKsizeG", 3, "Kernel size of the generator.")
flags.DEFINE_integer("iKsizeD", 3, "Kernel size of the discriminator.")
flags.DEFINE_integer("iFilterDimG", 192, "Width of the generator, at 16x16.")
flags.DEFINE_integer("iFilterDimD", 128, "Width of the discriminator, at 16x16.")
flags.DEFINE_float("fDimIncreaseRate", 2.0, "Ratio of the widths when the size halves.")
flags.DEFINE_enum("oUp", "deconv", ["deconv"], "How the generator doubles the size.")
flags.DEFINE_enum("oDown", "conv", ["conv"], "How the discriminator halves the size.")
flags.DEFINE_integer("dfirst1", 1, "Layers of the discriminator at full size.")
flags.DEFINE_integer("gfirst1", 1, "1: a layer of the generator at full size; 0: none.")
flags.DEFINE_enum(
    "dfinal", "avgpool", ["avgpool", "sqrpool", "none"], "End of the discriminator's layers."
)
flags.DEFINE_boolean("bUseUniformZ", False, "Latents from U[-1, 1).")
flags.DEFINE_boolean("bNormalizeZ", False, "Latents scaled to length 1.")
flags.DEFINE_enum("oActG", "lrelu", list(ACTIVATION_NAMES), "Activation of the generator.")
flags.DEFINE_enum("oActD", "lrelu", list(ACTIVATION_NAMES), "Activation of the discriminator.")
flags.DEFINE_enum("oBnG", "bn", ["bn", "none"], "Normalisation in the generator.")
flags.DEFINE_enum("oBnD", "bn", ["bn", "none"], "Normalisation in the discriminator.")
flags.DEFINE_integer("iDimsC", 3, "Channels. The data set decides; kept for old command lines.")
flags.DEFINE_integer("iDimsZ", 100, "Entries of the latent, without the class.")
flags.DEFINE_integer("iResG", 0, "Further layers of the generator at its smallest size.")
flags.DEFINE_integer("iResD", 0, "Further layers of the discriminator at its smallest size.")
flags.DEFINE_integer("iMinSizeD", 4, "Smallest size in the discriminator, more than 2.")

flags.DEFINE_boolean(
    "data_dependent_init", True, "Gains and biases start from a first batch, as originally."
)
flags.DEFINE_boolean(
    "fix_penalty_gradient",
    False,
    "GP, WGAN and GN with the exact derivative of batch normalisation; the original's misses a "
    "term.",
)
flags.DEFINE_boolean(
    "fix_input_noise",
    False,
    "Input noise stays at fInputNoiseMin once there; the original's grows again.",
)
flags.adopt_module_key_flags(flag_defs)

# A resumed run has to keep what its weights, order of data and noise depend on.
FIXED_BY_RUN = (
    *("sDataSet", "iBatchSize", "iTrainG", "iTrainD", "oOptG", "oOptD", "LAB", "AC"),
    *("D_AC_WEIGHT", "G_AC_WEIGHT", "DIST_AC_GEN_EVEN", "DIST_AC_GEN_ACGAN", "bPredefined"),
    *("sharp_pow", "FAKE_LOGIT", "f2Smoothed", "fkSmoothed", "WGAN", "GP", "DECAY_WEIGHT"),
    *("MODE", "GN", "GN_WEIGHT", "bUseClassLabel", "iUnlableClass", "bUseLabel", "bUseUnlabel"),
    *("iNumLabelData", "fInputNoise", "fInputNoiseMin", "iInputNoisePow", "fLayerNoiseD"),
    *("fLayerDropoutD", "iKsizeG", "iKsizeD", "iFilterDimG", "iFilterDimD", "fDimIncreaseRate"),
    *("dfirst1", "gfirst1", "dfinal", "bUseUniformZ", "bNormalizeZ", "oActG", "oActD", "oBnG"),
    *("oBnD", "iDimsZ", "iResG", "iResD", "iMinSizeD", "data_dependent_init", "seed"),
    *("fix_penalty_gradient", "fix_input_noise", "ema_decay"),
)
AT_LEAST_ONE = (
    *("iBatchRun", "iTrainG", "iTrainD", "iLrStep", "iUnlableClass", "iNumLabelData", "iKsizeG"),
    *("iKsizeD", "iFilterDimG", "iFilterDimD", "iDimsC", "iDimsZ"),
)
POSITIVE = ("fLrIniG", "fLrIniD", "fLrDecay", "fDimIncreaseRate")
BELOW_ONE = ("fBeta1G", "fBeta1D", "fBeta2G", "fBeta2D", "fLayerDropoutD")
NOT_NEGATIVE = (
    *("D_AC_WEIGHT", "G_AC_WEIGHT", "sharp_pow", "DECAY_WEIGHT", "GN_WEIGHT", "fInputNoise"),
    *("fInputNoiseMin", "iInputNoisePow", "fLayerNoiseD", "iResG", "iResD", "dfirst1", "gfirst1"),
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    flag_defs.check_shared()
    info = data.describe(FLAGS.sDataSet)
    is_small = info.sample_shape is None or info.sample_shape[:2] == (32, 32)
    flag_defs.require(info.is_image and is_small, "sDataSet", "a data set of 32x32 images")
    session.check_tag("sResultTag")
    session.check_batch_size("iBatchSize")
    for name in AT_LEAST_ONE:
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    for name in POSITIVE:
        flag_defs.require_finite(name, positive=True)
    for name in BELOW_ONE:
        flag_defs.require_finite(name, below=1.0)
    for name in NOT_NEGATIVE:
        flag_defs.require_finite(name)
    for name in ("f2Smoothed", "fkSmoothed"):
        flag_defs.require(0.0 <= FLAGS[name].value <= 1.0, name, "a number from 0 to 1")
    flag_defs.require(FLAGS.iMinSizeD > 2, "iMinSizeD", "more than 2")
    _check_combinations()


def _check_combinations():
    require = flag_defs.require
    require(not (FLAGS.WGAN and FLAGS.LAB), "WGAN", "--LAB=False with it")
    require(
        not (FLAGS.bPredefined and FLAGS.sharp_pow), "sharp_pow", "0 with --bPredefined, whose "
        "targets are given"
    )  # fmt: skip
    require(
        FLAGS.bUseLabel or not FLAGS.bUseClassLabel,
        "bUseLabel",
        "labels, or --bUseClassLabel=False to train on unlabelled samples",
    )
    require(
        not (FLAGS.bUseUniformZ and FLAGS.bNormalizeZ), "bNormalizeZ", "no --bUseUniformZ with it"
    )
    no_path = str(FLAGS.PATH).lower() in ("none", "false", "")
    require(no_path, "PATH", "it left out: it is for data of one class, which amnat has not")
    whole = FLAGS.iInputNoisePow == int(FLAGS.iInputNoisePow)
    require(
        whole or FLAGS.fix_input_noise,
        "iInputNoisePow",
        "a whole number, or --fix_input_noise: others have no value once the schedule has ended",
    )


def load_data(split):
    """Loads a split of --sDataSet; with --bUseUnlabel the first labelled samples of each class."""
    dataset = session.load_data(FLAGS.sDataSet, split, FLAGS.iBatchSize)
    if split != "train" or not (FLAGS.bUseClassLabel and FLAGS.bUseUnlabel):
        return dataset
    count = FLAGS.iNumLabelData
    of_class = [np.flatnonzero(dataset.labels == k) for k in range(dataset.num_classes)]
    chosen = dataset.subset(np.concatenate([indices[:count] for indices in of_class]))
    if chosen.num_samples < FLAGS.iBatchSize:
        raise InputError(
            f"--iNumLabelData={count}: {chosen.num_samples} labelled samples, expected at least "
            f"one batch of {FLAGS.iBatchSize}"
        )
    return chosen


def objective():
    """The losses that the flags ask for."""
    from amnat.methods.am_gan_paper.objective import ClassAwareObjective

    fake_classes = "even" if FLAGS.DIST_AC_GEN_EVEN else "free"
    return ClassAwareObjective(
        real_from_classes=FLAGS.LAB,
        d_class_weight=FLAGS.D_AC_WEIGHT or float(FLAGS.LAB or FLAGS.AC),
        g_class_weight=FLAGS.G_AC_WEIGHT if FLAGS.AC else 0.0,
        fake_classes="target" if FLAGS.DIST_AC_GEN_ACGAN else fake_classes,
        predefined=FLAGS.bPredefined,
        target_sharpness=FLAGS.sharp_pow,
        real_confidence=FLAGS.f2Smoothed,
        class_confidence=FLAGS.fkSmoothed,
        labelled=FLAGS.bUseClassLabel,
        free_fake_logit=FLAGS.FAKE_LOGIT,
        wasserstein=FLAGS.WGAN,
        gradient_penalty_weight=GRADIENT_PENALTY_WEIGHT if FLAGS.WGAN or FLAGS.GP else 0.0,
        decay_weight=FLAGS.DECAY_WEIGHT,
        mode_weight=float(FLAGS.MODE),
        generator_slope_weight=FLAGS.GN_WEIGHT if FLAGS.GN else 0.0,
    )


def build_networks(dataset, latent_size, num_classes, goal):
    """(function that makes a generator, discriminator), with their variables."""
    from amnat.layers import KernelOptions
    from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator, WidthError

    channels = dataset.sample_shape[-1]
    common = {
        # The weights' own size matters to Adam, though not to what they compute: the original
        # draws from a truncated normal of 0.05 without making up for the cut tails.
        "kernel": KernelOptions(
            distribution="truncated_normal", weight_stddev=0.05 / np.sqrt(1.3).item()
        ),
        "data_format": FLAGS.data_format,
        "growth": FLAGS.fDimIncreaseRate,
        "seed": FLAGS.seed,
    }

    def batch_norm(has_second_derivative):
        original = has_second_derivative and not FLAGS.fix_penalty_gradient
        return "moments" if original else "fused"

    def make_generator():
        return AMGANGenerator(
            FLAGS.iFilterDimG,
            channels,
            kernel_size=FLAGS.iKsizeG,
            num_extra=FLAGS.iResG,
            min_width=FLAGS.iFilterDimD,
            wide_end=bool(FLAGS.gfirst1),
            use_batch_norm=FLAGS.oBnG == "bn",
            activation=FLAGS.oActG,
            batch_norm=batch_norm(goal.generator_slope_weight),
            **common,
        ).build_variables((latent_size,))

    try:
        make_generator()
        discriminator = AMGANDiscriminator(
            num_classes + 2,
            FLAGS.iFilterDimD,
            kernel_size=FLAGS.iKsizeD,
            num_first=FLAGS.dfirst1,
            num_extra=FLAGS.iResD,
            min_size=FLAGS.iMinSizeD,
            pooling=FLAGS.dfinal,
            input_noise=FLAGS.fInputNoise,
            layer_noise=FLAGS.fLayerNoiseD,
            dropout_rate=FLAGS.fLayerDropoutD,
            use_batch_norm=FLAGS.oBnD == "bn",
            activation=FLAGS.oActD,
            batch_norm=batch_norm(goal.gradient_penalty_weight),
            **common,
        )
    except WidthError as error:
        raise InputError(f"--iFilterDimG, --iFilterDimD: {error}; widen the networks") from error
    return make_generator, discriminator.build_variables(dataset.sample_shape)


def build_model(dataset, initialize=False):
    """The compiled model for a data set; call it under the strategy's scope.

    `initialize` runs the data-dependent initialisation, of a new run.
    """
    from amnat.methods.am_gan_paper.model import ClassAwareGAN, InputNoise
    from amnat.models import ClassConditionalLatent, NoiseLatent

    goal = objective()
    num_classes = dataset.num_classes if FLAGS.bUseClassLabel else FLAGS.iUnlableClass
    noise = "uniform" if FLAGS.bUseUniformZ else "unit_sphere" if FLAGS.bNormalizeZ else "normal"
    latent = NoiseLatent(FLAGS.iDimsZ, noise)
    if FLAGS.bPredefined:
        latent = ClassConditionalLatent(FLAGS.iDimsZ, num_classes, noise)
    make_generator, discriminator = build_networks(dataset, latent.size, num_classes, goal)
    model = ClassAwareGAN(
        make_generator(),
        discriminator,
        latent,
        objective=goal,
        input_noise=InputNoise(
            FLAGS.fInputNoise,
            FLAGS.fInputNoiseMin,
            FLAGS.iInputNoisePow,
            FLAGS.iBatchRun,
            FLAGS.fix_input_noise,
        ),
        d_steps=FLAGS.iTrainD,
        g_steps=FLAGS.iTrainG,
        seed=FLAGS.seed,
        ema_generator=make_generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
    )
    if initialize:
        model.initialize_from_data(FLAGS.iBatchSize)
    model.compile(*make_optimizers(model), steps_per_execution=FLAGS.steps_per_execution)
    return model


def make_optimizers(model):
    """(discriminator's, generator's); each rate follows its own player's updates."""
    from amnat.training.optimizers import make_optimizer

    import tf_keras as keras

    def schedule(initial):
        return keras.optimizers.schedules.ExponentialDecay(
            initial, FLAGS.iLrStep, FLAGS.fLrDecay, FLAGS.bLrStair
        )

    d_schedule, g_schedule = schedule(2.0 * FLAGS.fLrIniD), schedule(FLAGS.fLrIniG)
    return (
        make_optimizer(
            FLAGS.oOptD,
            lambda: d_schedule(model.d_optimizer.iterations),
            FLAGS.fBeta1D,
            FLAGS.fBeta2D,
        ),
        make_optimizer(
            FLAGS.oOptG, lambda: g_schedule(model.generator_updates), FLAGS.fBeta1G, FLAGS.fBeta2G
        ),
    )


def main():
    check_flags()
    run, start = session.open_run(
        FLAGS.sResultDir, FLAGS.sResultTag, FLAGS.sDataSet, FLAGS.bLoadCheckpoint, FIXED_BY_RUN
    )
    initialize = FLAGS.data_dependent_init and start == 0 and not FLAGS.dry_run
    return session.train(
        session.Session(
            run=run,
            start=start,
            dataset=load_data("train"),
            load_test=lambda: load_data("test"),
            batch_size=FLAGS.iBatchSize,
            num_iterations=FLAGS.iBatchRun + 1,
            build_model=lambda dataset: build_model(dataset, initialize),
        )
    )


if __name__ == "__main__":
    flag_defs.run(main)
