"""Trains InfoGAN on images, after PyTorch-GAN (implementations/infogan/infogan.py).

    python tools/infogan.py --flagfile=flags/infogan_10_mnist.flags --data_dir=FOLDER

The original's flags, with their names and defaults; info-cycle-sim-gan's article adds any number of
labels (--n_classes), true labels that guide them (--lambda_gt) and its losses. How the labels agree
with the classes of test images is measured while it trains.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.data.labelled_subset import choose_labelled  # noqa: E402
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags  # noqa: E402
from amnat.patch_loss_names import PATCH_LOSS_NAMES  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

# Of the generator and of the two critics; the patch critic halves twice and takes 3x3 maps.
GENERATOR_MULTIPLE, CONV_MULTIPLE, PATCH_HALVINGS = 4, 16, 2
WIDTHS = {"conv": 16, "patch": 64}

pytorch_gan_flags.define(ROOT, img_size=32, techniques=False)
FLAGS.set_default("latent_dim", 62)
flags.DEFINE_integer("code_dim", 2, "Entries of the continuous code.", lower_bound=1)
flags.DEFINE_integer("n_classes", 10, "Labels; any number without --lambda_gt.", lower_bound=2)
flags.DEFINE_enum("loss", "least_squares", PATCH_LOSS_NAMES, "Adversarial losses.")
flags.DEFINE_enum("critic_loss", None, PATCH_LOSS_NAMES, "The critic's, where it is not --loss.")
flags.DEFINE_enum(
    "critic",
    "conv",
    list(WIDTHS),
    "conv: PyTorch-GAN's, one number per image; patch: info-cycle-sim-gan's, a number per patch, "
    "which sim needs.",
)
flags.DEFINE_float("lambda_label", 1.0, "Of generated images' labels.")
flags.DEFINE_float("lambda_space", 0.1, "Of their codes.")
flags.DEFINE_float(
    "lambda_gt", 0.0, "Of real images' classes, which become the labels' meaning; 0: they do not."
)
flags.DEFINE_integer(
    "num_labels", 0, "With --lambda_gt: labelled images, as many of each class; 0: all."
)
flags.DEFINE_enum(
    "space_distance",
    "squared",
    ["squared", "absolute"],
    "Between codes and what the critic reads: as PyTorch-GAN, or as info-cycle-sim-gan.",
)
flags.DEFINE_boolean(
    "double_softmax", False, "Label losses of the softmax taken twice, as both originals."
)
flags.DEFINE_float("lambda_gp", 0.0, "Of DRAGAN's penalty, for --critic=patch; 0: none.")
flags.DEFINE_float(
    "batch_norm_epsilon",
    0.8,
    "Of batch norm. The original passes 0.8 where epsilon is meant; 1e-5 is the usual one.",
)
flags.DEFINE_integer("width", 128, "Maps of the generator's first convolution.", lower_bound=2)
flags.DEFINE_integer(
    "critic_width", None, "Of the critic's first one. Default: 16, for patch 64.", lower_bound=1
)
flags.DEFINE_integer("agreement_interval", 500, "Iterations between measurements.", lower_bound=1)

FIXED_BY_RUN = (
    *pytorch_gan_flags.FIXED_BY_DATA,
    *("code_dim", "n_classes", "loss", "critic_loss", "critic", "lambda_label", "lambda_space"),
    *("lambda_gt", "num_labels", "space_distance", "double_softmax", "lambda_gp"),
    *("batch_norm_epsilon", "width", "critic_width"),
)


def check_flags():
    """Checks every flag that needs no data; raises InputError."""
    pytorch_gan_flags.check(techniques=False)
    for name in ("lambda_label", "lambda_space", "lambda_gt", "lambda_gp"):
        flag_defs.require_finite(name)
    flag_defs.require_finite("batch_norm_epsilon", positive=True)
    flag_defs.require(FLAGS.data_format == "NHWC", "data_format", "NHWC, the only one here")
    flag_defs.require(FLAGS.num_labels >= 0, "num_labels", "at least 0")
    flag_defs.require(
        FLAGS.lambda_gt > 0 or not FLAGS.num_labels, "num_labels", "--lambda_gt with it"
    )
    losses = (FLAGS.loss, FLAGS.critic_loss or FLAGS.loss)
    sim = any(name.startswith("sim") for name in losses)
    flag_defs.require(
        FLAGS.critic == "patch" or not sim, "critic", "patch with sim: a number has no direction"
    )
    flag_defs.require(
        FLAGS.critic == "patch" or not FLAGS.lambda_gp,
        "lambda_gp",
        "0 with --critic=conv: batch norm in front of its head cancels the slope that is penalised",
    )
    flag_defs.require(
        "wasserstein" not in losses or FLAGS.lambda_gp > 0,
        "loss",
        "--critic=patch --lambda_gp=1 with wasserstein, whose critic is unbounded otherwise",
    )
    _check_size(sim)


def _check_size(sim):
    if FLAGS.critic == "conv":
        fine, expected = FLAGS.img_size % CONV_MULTIPLE == 0, f"a multiple of {CONV_MULTIPLE}"
    else:
        # Maps of 3x3, of 4x4 for more than one patch.
        least = (4 if sim else 3) << PATCH_HALVINGS
        fine = FLAGS.img_size % GENERATOR_MULTIPLE == 0 and FLAGS.img_size >= least
        expected = f"a multiple of {GENERATOR_MULTIPLE}, at least {least}"
    flag_defs.require(fine, "img_size", f"{expected}, with --critic={FLAGS.critic}")


def load_data(split):
    """A split of --dataset; raises InputError if labels are to be guided that are too few."""
    dataset = pytorch_gan_flags.load_data(split)
    classes = dataset.num_classes
    flag_defs.require(
        not FLAGS.lambda_gt or FLAGS.n_classes >= classes,
        "n_classes",
        f"at least {classes}, the classes of {FLAGS.dataset}, with --lambda_gt",
    )
    return dataset


def make_networks(dataset, latent):
    """(callable that makes a generator, critic) with their variables."""
    from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator
    from amnat.methods.infogan.patch_networks import PatchCritic

    shape, epsilon = dataset.sample_shape, FLAGS.batch_norm_epsilon
    width = FLAGS.critic_width or WIDTHS[FLAGS.critic]
    heads = {"num_labels": FLAGS.n_classes, "space_dim": FLAGS.code_dim, "width": width}
    if FLAGS.critic == "conv":
        critic = InfoGANCritic(shape, batch_norm_epsilon=epsilon, seed=FLAGS.seed, **heads)
    else:
        critic = PatchCritic(shape, downs=PATCH_HALVINGS, seed=FLAGS.seed, **heads)

    def generator():
        network = InfoGANGenerator(shape, FLAGS.width, epsilon, seed=FLAGS.seed)
        return network.build_variables((latent.size,))

    return generator, critic.build_variables(shape)


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.infogan.info_model import InfoObjective
    from amnat.methods.infogan.latent import InfoLatent
    from amnat.methods.infogan.model import InfoGAN
    from amnat.methods.pytorch_gan import build as adversarial_training
    from amnat.models.labelled_batches import LabelledBatches

    latent = InfoLatent(FLAGS.latent_dim, FLAGS.n_classes, FLAGS.code_dim)
    generator, critic = make_networks(dataset, latent)
    objective = InfoObjective(
        generator_loss=FLAGS.loss,
        critic_loss=FLAGS.critic_loss or FLAGS.loss,
        label_weight=FLAGS.lambda_label,
        space_weight=FLAGS.lambda_space,
        truth_weight=FLAGS.lambda_gt,
        squared_space=FLAGS.space_distance == "squared",
        double_softmax=FLAGS.double_softmax,
        penalty_weight=FLAGS.lambda_gp,
    )
    labelled = None
    if FLAGS.num_labels:
        chosen = choose_labelled(dataset, FLAGS.num_labels, FLAGS.seed)
        labelled = LabelledBatches(chosen, FLAGS.batch_size, FLAGS.seed)
    model = InfoGAN(
        generator(),
        critic,
        latent,
        objective,
        labelled,
        seed=FLAGS.seed,
        ema_generator=generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
    )
    optimizers = (adversarial_training.make_optimizer() for _ in model.players())
    model.compile(*optimizers, steps_per_execution=FLAGS.steps_per_execution)
    return model


def main():
    check_flags()
    run, start = pytorch_gan_flags.open_run("infogan", FIXED_BY_RUN)
    dataset = load_data("train")
    if FLAGS.num_labels:
        choose_labelled(dataset, FLAGS.num_labels, FLAGS.seed)
    measured = []

    def extra_callbacks(run, start, dataset, options):
        from amnat.methods.infogan.label_agreement import LabelAgreement
        from amnat.methods.infogan.sheets import InfoSheets

        interval, guided = FLAGS.agreement_interval, FLAGS.lambda_gt > 0
        test = pytorch_gan_flags.load_data("test")
        measured.append(LabelAgreement(interval, start, run, test, FLAGS.batch_size, guided))
        sheets = InfoSheets(options.sample_every, start, run)
        more = pytorch_gan_flags.class_histograms(run, start, dataset, options)
        return [sheets, *measured, *more]

    status = session.train(
        session.Session(
            run=run,
            start=start,
            dataset=dataset,
            load_test=lambda: pytorch_gan_flags.load_data("test"),
            batch_size=FLAGS.batch_size,
            batch_size_flag="batch_size",
            num_iterations=pytorch_gan_flags.num_iterations(dataset),
            build_model=build_model,
            extra_callbacks=extra_callbacks,
        )
    )
    if measured and measured[0].series.rows:
        print(measured[0].summary())
    return status


if __name__ == "__main__":
    flag_defs.run(main)
