"""The flags of msgan's scripts msdistgan_<data set>.py, what they resolve to, and their checks.

Names, types, defaults and meaning are the originals'. Constants in their source code, and what the
other variants have, are flags as well. This module does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses

from amnat import data
from amnat.data import own_data
from amnat.data.dataset import Dataset
from amnat.data.resizing import DEFAULT_SIZE
from amnat.errors import InputError
from amnat.evaluation.classifiers import SMALL_CNN
from amnat.methods.dist_gan.settings import (
    ENTRIES,
    FAMILIES,
    LOSSES,
    VARIANTS,
    Entry,
    Settings,
    resolve,
)
from amnat.training import flag_paths
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    define_string,
    refuse_idle,
)

from absl import flags

FLAGS = flags.FLAGS

# {side of one's own images in pixels: the key of ENTRIES whose networks they get}
SIZES = {28: "mnist", 32: "cifar10", 48: "stl10", 64: "celeba"}

# {flag whose default depends on other flags: what it sets, an attribute of `Settings`}
SETTINGS_FLAGS = {
    "nnet_type": "family",
    "loss_type": "loss_type",
    "ef_dim": "encoder_width",
    "gf_dim": "generator_width",
    "df_dim": "discriminator_width",
    "lambda_p": "penalty_weight",
    "lambda_r": "regulariser_weight",
    "lambda_d": "d_task_weight",
    "lambda_g": "g_task_weight",
    "lr": "learning_rate",
    "beta1": "beta1",
    "beta2": "beta2",
}


def define(db_name: str) -> None:
    """Defines the flags for a script; `db_name` is its default data set."""
    _define_run(db_name)
    _define_training()
    _define_weights()
    _define_networks()
    _define_optimizers()
    _define_fixes()
    # The originals' logs have no scores by class of the training images.
    FLAGS.set_default("score_every", 0)
    FLAGS.set_default("score_metrics", ["fid"])


def _define_run(db_name: str) -> None:
    define_integer(
        "gpu_id",
        0,
        "Number of the only GPU to use; -1: any. With a --strategy, it counts only if it is not 0.",
        fixed=False,
    )
    define_enum(
        "is_train", "1", ["0", "1"], "1: train, then score; 0: score a finished run.", fixed=False
    )
    define_string(
        "db_name",
        db_name,
        f"Data set: {', '.join(sorted(ENTRIES))}; {own_data.HELP}. Your own images of 28, 32, 48 "
        "and 64 pixels (--image_size) get the networks of mnist, cifar10, stl10 and celeba.",
        fixed=True,
        paths=flag_paths.of_data,
    )
    define_string(
        "out_dir",
        "./output/",
        "Folder that holds the runs.",
        fixed=False,
        paths=flag_paths.whole,
        writes=True,
    )
    define_string(
        "data_source",
        None,
        "Folder of the data set's files; the original's name for --data_dir.",
        fixed=False,
        paths=flag_paths.whole,
        instead_of="data_dir",
    )
    define_string(
        "tag",
        "",
        "End of the run's folder name, to tell runs with the same settings apart.",
        fixed=False,
    )
    define_integer(
        "nb_test_real",
        None,
        "Real images for FID. Default: 10000, or all if there are fewer.",
        fixed=False,
        at_least=2,
        only_with="db_name!=mnist-1k",
    )
    define_integer(
        "nb_test_fake",
        None,
        "Generated images for the scores. Default: 5000; mnist-1k 25600.",
        fixed=False,
        at_least=2,
    )
    define_enum(
        "fid_split",
        None,
        ["train", "test"],
        "Split of the real images for FID. Default: train after a training, as in the original's "
        "code; test with --is_train=0.",
        fixed=False,
        only_with="db_name!=mnist-1k",
    )
    define_boolean(
        "score_jpeg",
        False,
        "Send real and generated images through JPEG before they are scored, as the original does.",
        fixed=False,
    )


def _define_training() -> None:
    define_enum(
        "variant",
        "official",
        list(VARIANTS),
        "official: msgan. pytorch_seed: rmermin/msgan.pytorch. ssgan: SSGAN, which has no encoder.",
        fixed=True,
    )
    define_enum(
        "loss_type",
        None,
        list(LOSSES),
        "Adversarial loss. Default: hinge where the data set has it, otherwise log.",
        fixed=True,
    )
    define_integer(
        "ss_task",
        2,
        "Self-supervised task. 0: none; 1: SS; 2: MS.",
        fixed=True,
        at_least=0,
        at_most=2,
        only_with="variant!=ssgan",
    )
    define_integer(
        "n_steps",
        None,
        "Training iterations; one more is run, as originally. Default: 300000; mnist 100000, "
        "mnist-1k 200000.",
        fixed=True,
        at_least=1,
        means="iterations",
    )
    define_integer("batch_size", 64, "Samples per batch, over all devices.", fixed=True, at_least=2)
    define_integer(
        "n_critic",
        2,
        "ssgan: discriminator updates per iteration.",
        fixed=True,
        at_least=1,
        only_with="variant=ssgan",
    )


def _define_weights() -> None:
    define_float(
        "lambda_p",
        None,
        "Weight of the gradient penalty. Default: 0.5; 1 with pytorch_seed.",
        fixed=True,
        at_least=0,
        only_with="variant!=ssgan",
    )
    define_float(
        "lambda_r",
        None,
        "official: weight of the latent-data distance. Default: 1; mnist-1k 0.01.",
        fixed=True,
        at_least=0,
        only_with="variant=official",
    )
    define_float(
        "lambda_d",
        None,
        "Weight of the task for the discriminator. Default: by data set, networks and variant.",
        fixed=True,
        at_least=0,
        only_with="ss_task>0",
    )
    define_float(
        "lambda_g",
        None,
        "Weight of the task for the generator. Default: likewise, and by the task.",
        fixed=True,
        at_least=0,
        only_with="ss_task>0",
    )


def _define_networks() -> None:
    define_enum(
        "nnet_type",
        None,
        list(FAMILIES),
        "Networks. Default: resnet where the data set has them, otherwise dcgan.",
        fixed=True,
    )
    define_integer(
        "k",
        2,
        "Stacked-MNIST: size divisor of the discriminator, 4, 2 or 1.",
        fixed=True,
        only_with="db_name=mnist-1k",
    )
    define_integer(
        "noise_dim",
        None,
        "Entries of the latent. Default: 128; mnist, celeba 100; mnist-1k 256.",
        fixed=True,
        at_least=1,
    )
    define_integer(
        "ef_dim",
        None,
        "Width of the encoder. Default: by data set and networks.",
        fixed=True,
        at_least=1,
        only_with="variant!=ssgan",
        means="width",
    )
    define_integer(
        "gf_dim",
        None,
        "Width of the generator. Default: by data set and networks.",
        fixed=True,
        at_least=1,
        means="width",
    )
    define_integer(
        "df_dim",
        None,
        "Width of the discriminator. Default: by data set and networks; mnist-1k by --k.",
        fixed=True,
        at_least=1,
        means="width",
    )


def _define_optimizers() -> None:
    define_float(
        "lr",
        None,
        "Learning rate; with pytorch_seed of discriminator and generator. Default: 2e-4; 1e-4 "
        "with pytorch_seed.",
        fixed=False,
        more_than=0,
        means="rate",
    )
    define_float(
        "beta1",
        None,
        "Adam's beta 1. Default: 0 for resnet, otherwise 0.5.",
        fixed=False,
        at_least=0,
        below=1,
    )
    define_float("beta2", None, "Adam's beta 2. Default: 0.9.", fixed=False, at_least=0, below=1)
    # A run may go on with another rate, but not with 0 for another or another for 0: see
    # `DistGANScript.main`.
    define_float(
        "ae_recon_lr",
        None,
        "pytorch_seed: learning rate of the reconstruction; 0 leaves its update out. Default: "
        "1e-4.",
        fixed=False,
        at_least=0,
        only_with="variant=pytorch_seed",
    )
    define_float(
        "ae_reg_lr",
        None,
        "pytorch_seed: learning rate of the regulariser; 0 leaves its update out. Default: 1e-4.",
        fixed=False,
        at_least=0,
        only_with="variant=pytorch_seed",
    )


def _define_fixes() -> None:
    define_boolean(
        "fix_penalty_sign",
        False,
        "hinge: add the gradient penalty. The original subtracts it.",
        fixed=True,
        only_with=("variant=official", "loss_type=hinge", "lambda_p>0"),
    )
    define_boolean(
        "fix_hinge_logits",
        False,
        "hinge: take the logits with all networks. With sngan and resnet the original takes "
        "probabilities, of which the loss is linear.",
        fixed=True,
        only_with=("variant=official", "loss_type=hinge", "nnet_type!=dcgan"),
    )
    define_boolean(
        "fix_penalty_slope",
        False,
        "The penalty's slope is the norm of the gradient. The original takes the root of the mean "
        "square of its entries.",
        fixed=True,
        only_with="variant=official",
    )
    define_boolean(
        "fix_log_weights",
        False,
        "log: reconstructions lose their weight in the second half, as with hinge (tntrung/gan).",
        fixed=True,
        only_with=("variant=official", "loss_type=log"),
    )


def check() -> None:
    """Checks what the declarations do not say and needs no file; raises InputError."""
    _check_data()
    # Raises what the data set or the variant does not offer.
    settings()
    if FLAGS.variant == "ssgan":
        replicas = shared.known_replicas()
        expected = f"a multiple of {4 * replicas}, four rotations on {replicas} devices"
        shared.require(FLAGS.batch_size % (4 * replicas) == 0, "batch_size", expected)
    trains = FLAGS.is_train == "1"
    refuse_idle("auto_resume", trains, "--is_train=1")
    # With a folder it says which run to score.
    refuse_idle("resume", trains or FLAGS.resume is not True, "--is_train=1, or a folder")
    refuse_idle("init_from", trains, "--is_train=1")
    refuse_idle("data_dir", not FLAGS.data_source, "no --data_source, which comes before it")
    needed = f"--score_classifier=inception:FILE, without which {FLAGS.db_name} is not scored"
    for name in ("nb_test_real", "nb_test_fake", "fid_split", "score_jpeg"):
        refuse_idle(name, is_scored(), needed)
    needed = f"--score_every above 0: at the end {FLAGS.db_name} is scored by modes"
    refuse_idle("score_metrics", not is_stacked() or FLAGS.score_every > 0, needed)


def _check_data() -> None:
    if FLAGS.db_name in ENTRIES:
        for name in ("image_size", "image_resize", "image_channels"):
            refuse_idle(name, False, f"your own images as --db_name, such as {own_data.FORMS}")
        return
    if own_data.parse(FLAGS.db_name) is None:
        known = ", ".join(sorted(ENTRIES))
        hint = own_data.hint(FLAGS.db_name)
        raise InputError(
            f"--db_name={FLAGS.db_name}: expected one of {known}, or your own images: "
            f"{own_data.FORMS}{hint}"
        )
    shared.check_data("db_name")
    sizes = ", ".join(map(str, SIZES))
    shared.require(FLAGS.image_size in (None, *SIZES), "image_size", sizes)


def base() -> str:
    """The key of ENTRIES whose networks and settings apply."""
    if FLAGS.db_name in ENTRIES:
        return FLAGS.db_name
    return SIZES.get(FLAGS.image_size or DEFAULT_SIZE, "cifar10")


def data_label() -> str:
    """The data set as part of a folder's name."""
    return FLAGS.db_name if FLAGS.db_name in ENTRIES else data.describe(FLAGS.db_name).label


def entry() -> Entry:
    """What the data set's script sets, a `settings.Entry`."""
    found = ENTRIES[base()]
    if FLAGS.db_name in ENTRIES:
        return found
    return dataclasses.replace(found, data=FLAGS.db_name, classifier_data=FLAGS.db_name)


def settings() -> Settings:
    """The resolved `Settings`; raises InputError for a combination that is not offered."""
    found = resolve(
        *(base(), FLAGS.nnet_type, FLAGS.loss_type, FLAGS.ss_task, FLAGS.k, FLAGS.variant)
    )
    return found.replace(
        **{attribute: FLAGS[name].value for name, attribute in SETTINGS_FLAGS.items()}
    )


def num_steps() -> int:
    """The effective --n_steps."""
    return FLAGS.n_steps or entry().num_steps


def latent_size() -> int:
    """The effective --noise_dim."""
    return FLAGS.noise_dim or entry().latent_size


def is_stacked() -> bool:
    """Whether the data set is Stacked-MNIST, which is scored by its modes."""
    return FLAGS.db_name == "mnist-1k"


def is_scored() -> bool:
    """Whether there is a classifier to score the finished run with."""
    return entry().classifier_data is not None or FLAGS.score_classifier != SMALL_CNN


def load_data(name: str, split: str) -> Dataset:
    """A split of a data set; for MNIST's training split, only the images that msgan takes."""
    own = name == FLAGS.db_name and name not in ENTRIES
    form = shared.image_form() if own else None
    dataset = data.load(name, FLAGS.data_source or FLAGS.data_dir, split, form=form)
    if name == "mnist_28":
        from amnat.data.stacked_mnist import training_part

        return training_part(dataset)
    return dataset
