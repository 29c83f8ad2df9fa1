"""Trains AM-GAN, or the plain GAN it is compared with, as AM-GAN2's code/AM-GAN.py does.

    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags

Flags with capital letters are the original's, with its names, types, defaults and meaning (those
of code/AM-GAN-log-netstate.py included); the others are shared by all scripts.
"""

import os
import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data, flag_defs  # noqa: E402
from amnat.activation_names import ACTIVATION_NAMES  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.training import figures  # noqa: E402
from amnat.training.run_directory import (  # noqa: E402
    RunDirectory,
    checkpoint_iterations,
    latest_checkpoint,
)

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
    *("iMaxIter", "iBatchSize", "iTrainG", "iTrainD", "iDimsC", "iDimsZ"),
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
    tag = FLAGS.sResultTag
    flag_defs.require("/" not in tag and tag not in (".", ".."), "sResultTag", "a plain name")
    for name in AT_LEAST_ONE:
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    if FLAGS.oDecay == "exp":
        flag_defs.require(FLAGS.iMaxIter >= 10, "iMaxIter", "at least 10 with --oDecay=exp")
    for name in ("fLrIni", "fEpsilon", "fInitLayerStddev", "fInitWeightStddev"):
        flag_defs.require_finite(name, positive=True)
    for name in ("fBeta1", "fBeta2", "fDropRate"):
        flag_defs.require_finite(name, below=1.0)
    flag_defs.require_finite("fWeightGP")
    replicas = len(FLAGS.devices) or 1
    flag_defs.require(
        FLAGS.iBatchSize % replicas == 0, "iBatchSize", f"a multiple of the {replicas} devices"
    )


def open_run():
    """The run's directory and the iteration to start from; raises InputError, writes nothing."""
    tag = f"{FLAGS.sResultTag}_" if FLAGS.sResultTag else ""
    run = RunDirectory(pathlib.Path(FLAGS.sResultDir).expanduser() / f"{tag}{FLAGS.sDataSet}")
    if not FLAGS.bLoadCheckpoint:
        if not FLAGS.dry_run:
            run.check_new()
        return run, 0
    start, warnings = latest_checkpoint(run.checkpoints)
    for warning in warnings:
        print(f"warning: {warning}; falling back to checkpoint {start}", file=sys.stderr)
    if not run.flags_file.is_file():
        raise InputError(f"--bLoadCheckpoint: {run.flags_file} is missing, the record of its flags")
    recorded = run.recorded_flags()
    for name in FIXED_BY_RUN:
        now = FLAGS[name].serialize().partition("=")
        now = now[2] if now[1] else str(FLAGS[name].value).lower()
        if recorded.get(name, now) != now:
            raise InputError(
                f"--{name}={now}: the run in {run.path} has {recorded[name]} (its flags.txt); "
                "resume it with its own flags, or start another run with --sResultTag"
            )
    return run, start


def load_data(split):
    """Loads a split of --sDataSet; raises InputError if training has less than one batch."""
    dataset = data.load(FLAGS.sDataSet, FLAGS.data_dir, split)
    if split == "train" and FLAGS.iBatchSize > dataset.num_samples:
        raise InputError(
            f"--iBatchSize={FLAGS.iBatchSize} is larger than {FLAGS.sDataSet} "
            f"({dataset.num_samples} samples)"
        )
    return dataset


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


def describe(run, start, model, dataset):
    """The resolved options, as text."""
    lines = [
        f"run directory  {run.path}" + (f", resumed at iteration {start}" if start else ""),
        f"data           {FLAGS.sDataSet}, {dataset.num_samples:,} samples of "
        f"{'x'.join(map(str, dataset.sample_shape))}, {dataset.num_classes} classes",
        f"generator      {model.generator.count_params():,} parameters",
        f"discriminator  {model.discriminator.count_params():,} parameters",
    ]
    return "\n".join(lines)


def training_options():
    from amnat.training.loop import TrainingOptions

    return TrainingOptions(
        num_iterations=FLAGS.iMaxIter + 1,
        batch_size=FLAGS.iBatchSize,
        seed=FLAGS.seed,
        steps_per_execution=FLAGS.steps_per_execution,
        log_every=FLAGS.log_every,
        sample_every=FLAGS.sample_every,
        score_every=FLAGS.score_every,
        score_samples=FLAGS.score_samples,
        save_every=FLAGS.save_every,
        max_to_keep=FLAGS.max_to_keep,
    )


def layer_states(run, start, dataset, options):
    from amnat.data.pipeline import training_batches
    from amnat.training.layer_states import LayerStates

    (batch,) = training_batches(dataset, options.batch_size, seed=options.seed).take(1)
    return [LayerStates(options.sample_every, start, run, batch)]


def last_checkpoint(run):
    """A sentence on what can be resumed."""
    kept = checkpoint_iterations(run.checkpoints)
    if not kept:
        return "No checkpoint had been written."
    return f"The checkpoint of iteration {kept[-1]} is kept; resume it with --bLoadCheckpoint."


def report(run, outcome, scorer):
    """Prints how the run ended, its scores and where to look."""
    if outcome.stopped_by:
        print(f"stopped by {outcome.stopped_by.name}. {last_checkpoint(run)}")
    else:
        (run.path / "finished").touch()
        print(f"finished after {outcome.iteration} iterations")
    if outcome.scores:
        print(f"scores of {FLAGS.score_samples:,} samples:")
        for name, value in outcome.scores.items():
            print(f"  {name:24} {value:.4f}")
        if hasattr(scorer, "accuracy"):
            print(
                f"  (by a classifier with {scorer.accuracy:.2%} test accuracy; the real images' "
                f"own Inception Score is {scorer.reference_score:.4f})"
            )
    sheets = figures.sheets_in_order(run.samples)
    for label, path in [
        ("samples", sheets[-1][1] if sheets else run.samples),
        ("evolution", run.plots / "evolution.gif"),
        ("curves", run.plots / "losses.png"),
        ("log", run.log_file),
        ("TensorBoard", f"tensorboard --logdir {run.tensorboard}"),
    ]:
        print(f"{label:12} {path}")


def main():
    check_flags()
    run, start = open_run()
    dataset = load_data("train")
    if FLAGS.GPU >= 0:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(FLAGS.GPU)

    flag_defs.load_tensorflow()
    from amnat.training import loop
    from amnat.training.callbacks import NotFinite
    from amnat.training.scoring import make_scorer
    from amnat.training.strategy import make_strategy

    strategy = make_strategy(FLAGS.strategy, FLAGS.devices)
    flag_defs.require(
        FLAGS.iBatchSize % strategy.num_replicas_in_sync == 0,
        "iBatchSize",
        f"a multiple of the {strategy.num_replicas_in_sync} devices",
    )
    with strategy.scope():
        model = build_model(dataset)
    print(describe(run, start, model, dataset), flush=True)
    options = training_options()
    flag_lines = flag_defs.replay_flags(sys.argv[0])
    if FLAGS.dry_run:
        print("\n".join(flag_lines))
        return 0
    scorer = None
    if 0 < options.score_every <= options.num_iterations:
        scorer = make_scorer(dataset, lambda: load_data("test"), run.path.parent / "classifiers")
    run.create(flag_lines)
    run.log(describe(run, start, model, dataset))
    run.log("command line  " + " ".join(sys.argv))
    extra = layer_states(run, start, dataset, options) if FLAGS.log_layer_states else []
    try:
        outcome = loop.train(model, dataset, run, options, strategy, scorer, start, extra)
    except NotFinite as error:
        print(f"error: {error}; stopped. {last_checkpoint(run)}", file=sys.stderr)
        run.log(f"STOPPED  {error}")
        return 1
    report(run, outcome, scorer)
    return 0


if __name__ == "__main__":
    flag_defs.run(main)
