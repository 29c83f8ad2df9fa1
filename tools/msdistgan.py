"""Trains Dist-GAN, SSGAN or MS-GAN on images, as the scripts of tntrung/msgan do.

    python tools/msdistgan.py --db_name=cifar10 --nnet_type=resnet --loss_type=hinge --ss_task=2

One script for all of msgan's msdistgan_<data set>.py, with their flags. --db_name chooses the data
set and all defaults that depend on it; called by one of the originals' names (a link to this file:
tools/msdistgan_stl10.py), it has that one's data set by default. Training ends with the scores,
and --is_train=0 scores a run that was trained before.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.methods.dist_gan import settings as ms_gan_settings  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402
from amnat.training.run_directory import RunDirectory, latest_checkpoint  # noqa: E402

FLAGS = flags.FLAGS

# The originals' names, and the data sets of their scripts.
LINKS = {
    "msdistgan_mnist": "mnist",
    "msdistgan_mnist1k": "mnist-1k",
    "msdistgan_celeba": "celeba",
    "msdistgan_cifar": "cifar10",
    "msdistgan_stl10": "stl10",
    "msdistgan_imagenet32": "imagenet_32",
}
NUM_MODE_SAMPLES = 25600
# Of the originals; Stacked-MNIST is scored by modes alone.
NUM_FAKE, NUM_REAL = 5000, 10000

flags.DEFINE_integer("gpu_id", 0, "The only GPU to use, without a strategy; -1: any.")
flags.DEFINE_enum("is_train", "1", ["0", "1"], "1: train, then score; 0: score a finished run.")
flags.DEFINE_enum(
    "db_name",
    LINKS.get(pathlib.Path(sys.argv[0]).stem, "cifar10"),
    sorted(ms_gan_settings.ENTRIES),
    "Data set.",
)
flags.DEFINE_enum(
    "nnet_type",
    None,
    list(ms_gan_settings.FAMILIES),
    "Networks. Default: resnet, where the data set has it, else dcgan.",
)
flags.DEFINE_enum(
    "loss_type",
    None,
    list(ms_gan_settings.LOSSES),
    "Adversarial loss. Default: hinge, where the data set has it, else log.",
)
flags.DEFINE_string("out_dir", "./output/", "Folder that holds the runs.")
flags.DEFINE_string(
    "data_source", None, "Folder of the data set's files; the same as --data_dir, and before it."
)
flags.DEFINE_integer("k", 2, "Stacked-MNIST: size divisor of the discriminator, 4, 2 or 1.")
flags.DEFINE_integer("ss_task", 2, "0: no self-supervised task; 1: SS; 2: MS.")
flags.DEFINE_integer(
    "n_steps",
    None,
    "Training iterations; one more is run, as originally. Default: 300000; mnist 100000, mnist-1k "
    "200000.",
)
flags.DEFINE_integer(
    "noise_dim", None, "Entries of the latent. Default: 128; mnist, celeba 100; mnist-1k 256."
)
flags.DEFINE_integer("batch_size", 64, "Samples per batch, over all devices.")
flags.DEFINE_integer(
    "nb_test_real", None, "Training images for FID. Default: 10000, or all if there are fewer."
)
flags.DEFINE_integer(
    "nb_test_fake", None, "Generated images for the scores. Default: 5000; mnist-1k 25600."
)
# What the originals fix in their sources.
flags.DEFINE_float("lambda_p", None, "Weight of the gradient penalty. Default: 0.5.")
flags.DEFINE_float(
    "lambda_r", None, "Weight of the latent-data distance. Default: 1; mnist-1k 0.01."
)
flags.DEFINE_float(
    "lambda_d", None, "Weight of the task for the discriminator. Default: by data set and networks."
)
flags.DEFINE_float("lambda_g", None, "Weight of the task for the generator. Default: likewise.")
flags.DEFINE_integer("ef_dim", None, "Width of the encoder. Default: by data set and networks.")
flags.DEFINE_integer("gf_dim", None, "Width of the generator. Default: likewise.")
flags.DEFINE_integer("df_dim", None, "Width of the discriminator. Default: likewise.")
flags.DEFINE_float("lr", None, "Learning rate. Default: 2e-4; 1e-4 with pytorch_seed.")
flags.DEFINE_float("beta1", None, "Adam's beta 1. Default: 0 for resnet, else 0.5.")
flags.DEFINE_float("beta2", None, "Adam's beta 2. Default: 0.9.")
flags.DEFINE_enum(
    "variant",
    "official",
    list(ms_gan_settings.VARIANTS),
    "official: msgan. pytorch_seed: rmermin/msgan.pytorch. ssgan: SSGAN, without the encoder.",
)
flags.DEFINE_float("ae_recon_lr", None, "pytorch_seed: rate of the reconstruction; 0 skips it.")
flags.DEFINE_float("ae_reg_lr", None, "pytorch_seed: rate of the regulariser; 0 skips it.")
flags.DEFINE_integer("n_critic", 2, "ssgan: discriminator updates per iteration.")
flags.DEFINE_boolean(
    "fix_penalty_sign", False, "hinge: add the gradient penalty. The original subtracts it."
)
flags.DEFINE_boolean(
    "fix_hinge_logits",
    False,
    "hinge: of the logits, for all networks. The original's sngan and resnet take probabilities, "
    "where it is linear.",
)
flags.DEFINE_boolean(
    "fix_penalty_slope",
    False,
    "The penalty's slope is the norm of the gradient. The original takes the root of the mean "
    "square of its entries.",
)
flags.DEFINE_boolean(
    "fix_log_weights",
    False,
    "log: reconstructions lose their weight in the second half, as with hinge (tntrung/gan).",
)
flags.DEFINE_boolean("resume", False, "Go on with the run from its newest checkpoint.")
flags.DEFINE_string("tag", "", "Ending of the run's folder, to tell apart runs of equal settings.")
flags.adopt_module_key_flags(flag_defs)
# Scores of training images by class are no part of the originals' logs.
FLAGS.set_default("score_every", 0)
FLAGS.set_default("score_metrics", ["fid"])

# A resumed run has to keep what its weights, order of data and noise depend on.
FIXED_BY_RUN = (
    *("db_name", "nnet_type", "loss_type", "k", "ss_task", "n_steps", "noise_dim", "batch_size"),
    *("lambda_p", "lambda_r", "lambda_d", "lambda_g", "ef_dim", "gf_dim", "df_dim", "lr", "beta1"),
    *("beta2", "variant", "ae_recon_lr", "ae_reg_lr", "n_critic", "seed", "ema_decay"),
    *("fix_penalty_sign", "fix_hinge_logits", "fix_penalty_slope", "fix_log_weights"),
)
FIXES = ("fix_penalty_sign", "fix_hinge_logits", "fix_penalty_slope", "fix_log_weights")
AT_LEAST_ONE = ("n_steps", "noise_dim", "n_critic", "ef_dim", "gf_dim", "df_dim")
AT_LEAST_TWO = ("batch_size", "nb_test_real", "nb_test_fake")
NOT_NEGATIVE = ("lambda_p", "lambda_r", "lambda_d", "lambda_g", "ae_recon_lr", "ae_reg_lr")


def check_flags():
    """Checks every flag that needs no file; raises InputError. Returns the resolved settings."""
    flag_defs.check_shared()
    session.check_tag("tag")
    session.check_batch_size("batch_size")
    for name in AT_LEAST_ONE + AT_LEAST_TWO:
        least = 2 if name in AT_LEAST_TWO else 1
        value = FLAGS[name].value
        flag_defs.require(value is None or value >= least, name, f"at least {least}")
    for name in NOT_NEGATIVE:
        if FLAGS[name].value is not None:
            flag_defs.require_finite(name)
    if FLAGS.lr is not None:
        flag_defs.require_finite("lr", positive=True)
    for name in ("beta1", "beta2"):
        if FLAGS[name].value is not None:
            flag_defs.require_finite(name, below=1.0)
    if FLAGS.variant == "ssgan":
        replicas = session.known_replicas()
        expected = f"a multiple of {4 * replicas}, four rotations on {replicas} devices"
        flag_defs.require(FLAGS.batch_size % (4 * replicas) == 0, "batch_size", expected)
    if FLAGS.variant != "official":
        for name in FIXES:
            flag_defs.require(not FLAGS[name].value, name, "it with --variant=official alone")
    return settings()


def entry():
    """What the data set's script sets."""
    return ms_gan_settings.ENTRIES[FLAGS.db_name]


def settings():
    """The resolved `ms_gan_settings.Settings`."""
    found = ms_gan_settings.resolve(
        *(FLAGS.db_name, FLAGS.nnet_type, FLAGS.loss_type, FLAGS.ss_task, FLAGS.k, FLAGS.variant)
    )
    return found.replace(
        encoder_width=FLAGS.ef_dim,
        generator_width=FLAGS.gf_dim,
        discriminator_width=FLAGS.df_dim,
        penalty_weight=FLAGS.lambda_p,
        regulariser_weight=FLAGS.lambda_r,
        d_task_weight=FLAGS.lambda_d,
        g_task_weight=FLAGS.lambda_g,
        learning_rate=FLAGS.lr,
        beta1=FLAGS.beta1,
        beta2=FLAGS.beta2,
    )


def num_steps():
    return FLAGS.n_steps or entry().num_steps


def latent_size():
    return FLAGS.noise_dim or entry().latent_size


def load_data(name, split):
    """A split of a data set; of MNIST's published training images, those that msgan takes."""
    folder = FLAGS.data_source or FLAGS.data_dir
    dataset = data.load(name, folder, split)
    if name == "mnist_28":
        from amnat.data.stacked_mnist import training_part

        return training_part(dataset)
    return dataset


def open_run(found):
    """The run's directory and the iteration to start from."""
    name = ms_gan_settings.folder_name(
        FLAGS.db_name, found, FLAGS.ss_task, FLAGS.k, FLAGS.batch_size, num_steps(), FLAGS.variant
    )
    name += f"_{FLAGS.tag}" if FLAGS.tag else ""
    if FLAGS.is_train == "1":
        return session.open_run(FLAGS.out_dir, "", name, FLAGS.resume, FIXED_BY_RUN)
    run = RunDirectory(pathlib.Path(FLAGS.out_dir).expanduser() / name)
    iteration, warnings = latest_checkpoint(run.checkpoints, "is_train")
    for warning in warnings:
        print(f"warning: {warning}; taking checkpoint {iteration}", file=sys.stderr)
    return run, iteration


def model_options(found):
    """`ms_gan_building.ModelOptions` of the flags."""
    from amnat.methods.dist_gan.build import ModelOptions

    fixes = {
        "add_hinge_penalty": FLAGS.fix_penalty_sign,
        "hinge_on_logits": FLAGS.fix_hinge_logits,
        "sum_slope": FLAGS.fix_penalty_slope,
        "decay_log_weights": FLAGS.fix_log_weights,
    }
    rates = (FLAGS.ae_recon_lr, FLAGS.ae_reg_lr)
    reconstruction_rate, regulariser_rate = (1e-4 if rate is None else rate for rate in rates)
    return ModelOptions(
        settings=found,
        variant=FLAGS.variant,
        ss_task=FLAGS.ss_task,
        num_steps=num_steps(),
        latent_size=latent_size(),
        style=entry().style,
        generator_reconstructs=FLAGS.db_name in ("mnist", "mnist-1k"),
        fixes=fixes,
        reconstruction_rate=reconstruction_rate,
        regulariser_rate=regulariser_rate,
        d_steps=FLAGS.n_critic,
        ema_decay=FLAGS.ema_decay,
        steps_per_execution=FLAGS.steps_per_execution,
        data_format=FLAGS.data_format,
        seed=FLAGS.seed,
    )


def build_model(found, dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.dist_gan import build as ms_gan_building

    return ms_gan_building.build_model(model_options(found), dataset)


def extra_callbacks(run, start, dataset, options):
    """The encoder's latents, of methods that have one."""
    if FLAGS.variant == "ssgan":
        return ()
    from amnat.methods.dist_gan.encoder_latents import NUM_IMAGES, EncoderLatents

    images = dataset.subset(slice(0, NUM_IMAGES)).images
    return (EncoderLatents(options.sample_every, start, run, images, options.batch_size),)


def check_scores(dataset):
    """(number of real images, of fake ones) of the scores; raises InputError."""
    real = FLAGS.nb_test_real or min(NUM_REAL, dataset.num_samples)
    flag_defs.require(
        real <= dataset.num_samples, "nb_test_real", f"at most {dataset.num_samples:,} images"
    )
    return real, FLAGS.nb_test_fake or (NUM_MODE_SAMPLES if is_stacked() else NUM_FAKE)


def is_stacked():
    return FLAGS.db_name == "mnist-1k"


def score(run, iteration, dataset):
    """Scores a run, prints and writes the results."""
    from amnat.methods.dist_gan.scoring import ScoreOptions, score_images, score_modes

    real, fake = check_scores(dataset)
    options = ScoreOptions(
        real,
        fake,
        FLAGS.score_classifier,
        FLAGS.score_metrics,
        run.path.parent / "score_cache",
        FLAGS.seed,
    )
    judge = entry().classifier_data
    if judge is None and FLAGS.score_classifier == "small_cnn":
        print(
            f"not scored: {FLAGS.db_name} has no classes to train a classifier on; give "
            "--score_classifier=inception:FILE with --is_train=0"
        )
        return
    trained_on = load_data(judge, "train") if judge else dataset
    take = score_modes if is_stacked() else score_images
    arguments = (trained_on,) if is_stacked() else (dataset, trained_on)
    record = take(run, iteration, *arguments, lambda: load_data(judge, "test"), options)
    print(f"scores of {fake:,} samples at iteration {iteration}:")
    for name, value in record["results"].items():
        print(f"  {name:28} {value:9.4f}")
    for name, reason in record["not_taken"].items():
        print(f"  {name}: not taken: {reason}")
    run.log(f"FINAL SCORES  ITER: {iteration}, {record['results']}")


def main():
    found = check_flags()
    run, start = open_run(found)
    dataset = load_data(entry().data, "train")
    session.check_enough(dataset, FLAGS.batch_size, "batch_size")
    check_scores(dataset)
    if FLAGS.is_train == "0":
        flag_defs.load_tensorflow()
        score(run, start, dataset)
        return 0
    status = session.train(
        session.Session(
            run=run,
            start=start,
            dataset=dataset,
            load_test=lambda: load_data(entry().data, "test"),
            batch_size=FLAGS.batch_size,
            num_iterations=num_steps() + 1,
            build_model=lambda data: build_model(found, data),
            batch_size_flag="batch_size",
            gpu=FLAGS.gpu_id if FLAGS.strategy == "none" else -1,
            extra_callbacks=extra_callbacks,
            resume_flag="resume",
        )
    )
    if status == 0 and not FLAGS.dry_run and (run.path / "finished").exists():
        score(run, num_steps() + 1, dataset)
    return status


if __name__ == "__main__":
    flag_defs.run(main)
