"""The flags that the scripts on PyTorch-GAN's flags share, and their checks.

Names, types and meaning of the first ones are those of PyTorch-GAN (implementations/gan/gan.py).
Does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses

from amnat import data
from amnat.choices import LOSS_NAMES, PENALTY_NAMES, UPDATE_ORDERS
from amnat.data.dataset import Dataset
from amnat.data.resized import formed
from amnat.data.resizing import MAX_SIZE, MIN_SIZE, ImageForm
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
from amnat.training.run_directory import RunFlags

from absl import flags

FLAGS = flags.FLAGS

RUN_FLAGS = RunFlags("sResultDir", "sResultTag", "bLoadCheckpoint", "batch_size", length="n_epochs")

# Losses without probabilities.
CRITIC_LOSSES = ("wasserstein", "hinge")


def define() -> None:
    """Defines the flags of every script of the family."""
    define_integer("n_epochs", 200, "Epochs of training.", fixed=False, at_least=1, means="epochs")
    define_integer("batch_size", 64, "Samples per batch, over all devices.", fixed=True, at_least=2)
    define_float("lr", 0.0002, "Adam's learning rate.", fixed=False, more_than=0, means="rate")
    define_float("b1", 0.5, "Adam's beta 1.", fixed=False, at_least=0, below=1)
    define_float("b2", 0.999, "Adam's beta 2.", fixed=False, at_least=0, below=1)
    define_integer(
        "n_cpu",
        8,
        "Has no effect; kept for old command lines.",
        fixed=False,
        no_effect="images are loaded in one process",
    )
    define_integer("latent_dim", 100, "Entries of the latent.", fixed=True, at_least=1)
    define_integer(
        "img_size",
        28,
        "Side of the images in pixels.",
        fixed=True,
        at_least=MIN_SIZE,
        at_most=MAX_SIZE,
    )
    define_integer(
        "channels",
        None,
        "Channels of the images, 1 or 3. Default: those of the data set; of your own images, 1 if "
        "all are grey. A published data set has to have as many.",
        fixed=False,
    )
    define_integer(
        "sample_interval", 400, "Iterations between sample sheets.", fixed=False, at_least=1
    )
    define_string(
        "dataset",
        "mnist",
        shared.data_help("Data set of images", True),
        fixed=True,
        paths=flag_paths.of_data,
    )
    define_run_flags(RUN_FLAGS, "", "Tag of the run. Default: the name of the script.")


def define_techniques() -> None:
    """Defines the flags of the techniques, and of weight normalisation."""
    technique_flags.define()
    technique_flags.define_minibatch()
    define_boolean("weight_norm", False, "Weight normalisation of every layer.", fixed=True)


def define_losses(update_order: str, discriminator_half: bool) -> None:
    """Defines the flags of `AdversarialGAN`.

    Args:
      update_order: default.
      discriminator_half: default of that flag.
    """
    define_enum(
        "loss",
        "non_saturating",
        LOSS_NAMES,
        "Losses of the two players.",
        fixed=True,
        means="method",
    )
    define_enum(
        "update_order",
        update_order,
        UPDATE_ORDERS,
        "generator_first as in PyTorch-GAN, whose discriminator then sees the same samples; "
        "discriminator_first as in the paper.",
        fixed=True,
        means="method",
    )
    define_integer(
        "d_steps",
        1,
        "Discriminator updates per iteration, the paper's k.",
        fixed=True,
        at_least=1,
    )
    define_integer("g_steps", 1, "Generator updates per iteration.", fixed=True, at_least=1)
    define_enum(
        "gradient_penalty",
        "none",
        PENALTY_NAMES,
        "Penalty on the discriminator's slopes.",
        fixed=True,
        only_with="gradient_penalty_weight>0",
    )
    define_float(
        "gradient_penalty_weight",
        10.0,
        "Weight of that penalty.",
        fixed=True,
        at_least=0,
        only_with="gradient_penalty!=none",
    )
    define_float(
        "clip_weights",
        0.0,
        "Clip the discriminator's weights to this magnitude, as WGAN does; 0: no clipping.",
        fixed=True,
        at_least=0,
    )
    define_boolean(
        "half_discriminator_loss",
        discriminator_half,
        "The discriminator's loss is half the sum of its parts, as in PyTorch-GAN.",
        fixed=True,
    )


def check_losses() -> None:
    """Checks the flags of `define_losses`; raises InputError."""
    bounded = FLAGS.clip_weights > 0 or FLAGS.gradient_penalty != "none"
    shared.require(
        FLAGS.loss != "wasserstein" or bounded,
        "loss",
        "--clip_weights=0.01 or --gradient_penalty=wgan_gp with wasserstein, whose critic is "
        "unbounded otherwise",
    )
    shared.require(
        FLAGS.real_target == 1.0 or FLAGS.loss not in CRITIC_LOSSES,
        "real_target",
        f"1 with --loss={FLAGS.loss}, which has no probabilities to smooth",
    )
    if FLAGS.loss == "minimax":
        # The discriminator's is that of the default.
        refuse_where_matching_replaces("loss")


def refuse_where_matching_replaces(name: str) -> None:
    """Raises InputError if a flag of the generator's own loss is given and that has no weight."""
    own = FLAGS.feature_matching == "none" or FLAGS.adversarial_weight > 0
    refuse_idle(name, own, "--feature_matching=none, or --adversarial_weight above 0 beside it")


def check_data() -> None:
    """Checks --dataset, and makes a path in it absolute; raises InputError."""
    shared.check_data("dataset", only_images=True)
    shared.require(FLAGS.channels in (None, 1, 3), "channels", "1 or 3")


def load_data(split: str, holds_out: bool = False) -> Dataset:
    """A split of --dataset at --img_size; for `holds_out` see `amnat.data.load`."""
    form = ImageForm(FLAGS.img_size, FLAGS.image_resize)
    if data.describe(FLAGS.dataset).own is None:
        dataset = formed(data.load(FLAGS.dataset, FLAGS.data_dir, split), form)
    else:
        form = dataclasses.replace(form, channels=FLAGS.channels)
        dataset = data.load(FLAGS.dataset, FLAGS.data_dir, split, form=form, holds_out=holds_out)
    channels = dataset.sample_shape[-1]
    shared.require(
        FLAGS.channels in (None, channels), "channels", f"{channels}, those of {FLAGS.dataset}"
    )
    return dataset
