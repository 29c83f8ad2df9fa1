"""The flags of rmermin/msgan.pytorch (cfg.py), and their checks. Does not load TensorFlow.

Names, types, defaults and meaning are the original's.
"""

from __future__ import annotations

from amnat import data
from amnat.data.resizing import ImageForm
from amnat.evaluation import fid_statistics
from amnat.evaluation.classifiers import SMALL_CNN
from amnat.methods.dist_gan.settings import INIT_TYPES
from amnat.training import flag_paths
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    define_string,
)
from amnat.training.run_directory import RunFlags

from absl import flags

FLAGS = flags.FLAGS

RUN_FLAGS = RunFlags("result_dir", "exp_name", "resume", "train_batch_size", length="num_iter")
# The side of the images, and of the generator's first maps: the original's discriminator and
# encoder take no other.
IMAGE_SIZE, BOTTOM_WIDTH = 32, 4
# {shared flag: the original's that replaces it}.
OWN_INSTEAD = {
    "seed": "random_seed",
    "log_every": "print_freq",
    "score_every": "val_freq",
    "score_samples": "num_eval_imgs",
    "score_metrics": "fid_stat",
    "data_dir": "data_path",
    "image_size": "img_size",
    "image_channels": "channels",
}


def define() -> None:
    """Defines the flags."""
    _define_run()
    _define_training()
    _define_networks()
    _define_validation()


def _define_run() -> None:
    define_string(
        "exp_name",
        "msgan_pytorch",
        "Name of the experiment: a run's folder is named after it and the time of its start.",
        fixed=False,
    )
    define_string(
        "result_dir",
        "./logs/",
        "Folder that holds the runs.",
        fixed=False,
        paths=flag_paths.whole,
        writes=True,
    )
    define_string(
        "dataset",
        "cifar10",
        shared.data_help("Data set of images", True),
        fixed=True,
        paths=flag_paths.of_data,
    )
    define_string(
        "data_path",
        "./data",
        "Folder of the data set's files, to which missing ones are downloaded.",
        fixed=False,
        paths=flag_paths.whole,
    )
    define_integer(
        "num_workers",
        8,
        "Has no effect; kept for old command lines.",
        fixed=False,
        no_effect="batches are made in one process",
    )
    define_integer(
        "random_seed",
        12345,
        "Seed of the weights, the data order and all noise. The original does not use it.",
        fixed=True,
        at_least=0,
    )
    define_integer("print_freq", 10, "Iterations between log lines.", fixed=False, at_least=1)


def _define_training() -> None:
    define_integer(
        "max_epoch",
        200,
        "Epochs of training, if --num_iter is not given.",
        fixed=True,
        at_least=1,
        only_with="!num_iter",
        means="epochs",
    )
    define_integer(
        "num_iter",
        None,
        "Iterations of training, over which the learning rates fall; the last epoch is finished.",
        fixed=True,
        at_least=1,
    )
    define_boolean(
        "fix_num_iter",
        False,
        "Stop after exactly --num_iter iterations. The original finishes the epoch.",
        fixed=True,
        only_with="num_iter",
    )
    define_integer(
        "train_batch_size",
        64,
        "Samples per batch, over all devices.",
        fixed=True,
        at_least=2,
        short_name="train_bs",
    )
    for name, what in (("g", "generator"), ("d", "discriminator")):
        text = f"Adam's learning rate of the {what}."
        define_float(f"{name}_lr", 1e-4, text, fixed=False, more_than=0, means="rate")
    for name, what in (("recon", "reconstruction"), ("reg", "regularisation")):
        define_float(
            f"ae_{name}_lr",
            1e-4,
            f"Adam's learning rate of encoder and generator for the {what} loss; 0 leaves it out.",
            fixed=True,
            at_least=0,
        )
    for name, default, what in (("d", 0.5, "discriminator"), ("g", 0.1, "generator")):
        text = f"Weight of the self-supervised task for the {what}."
        define_float(f"lambda_{name}", default, text, fixed=True, at_least=0)
    define_float("beta1", 0.0, "Adam's beta 1.", fixed=False, at_least=0, below=1)
    define_float("beta2", 0.9, "Adam's beta 2.", fixed=False, at_least=0, below=1)


def _define_networks() -> None:
    define_integer("latent_dim", 128, "Entries of the latent.", fixed=True, at_least=1)
    define_integer(
        "img_size",
        IMAGE_SIZE,
        "Side of the images in pixels, to which they are resized; the networks are made for 32.",
        fixed=True,
    )
    define_integer("channels", 3, "Channels of the images, 1 or 3.", fixed=True)
    define_integer(
        "bottom_width",
        BOTTOM_WIDTH,
        "Side of the generator's first maps, an eighth of --img_size.",
        fixed=True,
    )
    for name, default, what in (("gf", 256, "generator"), ("ef", 256, "encoder")):
        text = f"Channels of the {what}'s maps, an even number."
        define_integer(f"{name}_dim", default, text, fixed=True, at_least=2, means="width")
    text = "Channels of the discriminator's maps."
    define_integer("df_dim", 128, text, fixed=True, at_least=1, means="width")
    define_enum(
        "init_type",
        "normal",
        INIT_TYPES,
        "Initial kernels of convolutions: N(0, 0.02), orthogonal, Glorot's uniform, or PyTorch's "
        "own (false, which the original refuses).",
        fixed=True,
    )


def _define_validation() -> None:
    define_integer(
        "val_freq",
        3,
        "Epochs between validations, which compute the FID and keep the best checkpoint. As in the "
        "original the first one is after the epoch with this number, counted from 0.",
        fixed=False,
        at_least=1,
    )
    define_string(
        "fid_stat",
        None,
        "File (.npz with mu and sigma) of the real images' statistics. Default: those of the data "
        "set's test split, by --score_classifier.",
        fixed=False,
        paths=flag_paths.whole,
    )
    define_integer(
        "num_eval_imgs",
        10000,
        "Generated images for the FID. The original generates as many as the test split has.",
        fixed=False,
        at_least=2,
    )
    define_integer(
        "eval_batch_size",
        200,
        "Generated images per batch in validations, on whose statistics they depend.",
        fixed=False,
        at_least=2,
    )
    define_boolean(
        "fix_eval_contrast",
        False,
        "FID of the images as they are generated. The original stretches each of them to the full "
        "range, as its function for saving images does by default.",
        fixed=False,
    )


def check() -> None:
    """Checks what the declarations do not say and needs no data; raises InputError."""
    # What the engine reads under other names.
    FLAGS["seed"].value = FLAGS.random_seed
    FLAGS["log_every"].value = FLAGS.print_freq
    FLAGS["data_dir"].value = FLAGS.data_path
    # The validations replace its scores.
    FLAGS["score_every"].value = 0
    if FLAGS.dataset.lower() in data.names():
        FLAGS["dataset"].value = FLAGS.dataset.lower()
    shared.check_data("dataset", only_images=True)
    shared.require(FLAGS.exp_name, "exp_name", "a name")
    shared.require(
        FLAGS.img_size == IMAGE_SIZE, "img_size", f"{IMAGE_SIZE}, for which the networks are made"
    )
    shared.require(
        FLAGS.bottom_width == BOTTOM_WIDTH, "bottom_width", f"{BOTTOM_WIDTH}, an eighth of 32"
    )
    shared.require(FLAGS.channels in (1, 3), "channels", "1 or 3")
    for name in ("gf_dim", "ef_dim"):
        shared.require(shared.value_of(name) % 2 == 0, name, "an even number")
    shared.require(
        FLAGS.strategy != "multi_worker",
        "strategy",
        "none, one_device or mirrored: one process keeps the best checkpoint",
    )
    if FLAGS.fid_stat is not None:
        fid_statistics.check_exists(FLAGS.fid_stat, "fid_stat")


def check_statistics() -> None:
    """Raises InputError unless --fid_stat has statistics that --score_classifier may compute."""
    if FLAGS.fid_stat is not None:
        fid_statistics.check(FLAGS.fid_stat, FLAGS.score_classifier, "fid_stat")


def can_validate(dataset: data.Dataset) -> bool:
    """Whether there is a classifier for the FID."""
    return FLAGS.score_classifier != SMALL_CNN or dataset.num_classes > 1


def load_data(split: str) -> data.Dataset:
    """A split of --dataset in the form that the networks take."""
    form = ImageForm(FLAGS.img_size, FLAGS.image_resize, FLAGS.channels)
    return data.load(FLAGS.dataset, FLAGS.data_path, split, form=form)


def epoch_length(dataset: data.Dataset) -> int:
    """The batches of an epoch, with the incomplete one that the original has at its end."""
    return -(-dataset.num_samples // FLAGS.train_batch_size)


def num_steps(dataset: data.Dataset) -> int:
    """The iterations over which rates and weights change: --num_iter, or those of --max_epoch."""
    return FLAGS.num_iter or FLAGS.max_epoch * epoch_length(dataset)


def num_iterations(dataset: data.Dataset) -> int:
    """The iterations of the whole run."""
    if FLAGS.fix_num_iter:
        return FLAGS.num_iter
    length = epoch_length(dataset)
    return -(-num_steps(dataset) // length) * length
