"""The flags that tools/gan.py, tools/dcgan.py and tools/ssl_gan.py share, and their checks.

Names, types and meaning of the first ones are those of PyTorch-GAN (implementations/gan/gan.py).
Loads no TensorFlow.
"""

from amnat import data
from amnat.adversarial_names import LOSS_NAMES, PENALTY_NAMES, UPDATE_ORDERS
from amnat.data.resized import resized
from amnat.errors import InputError
from amnat.training import flags as flag_defs
from amnat.training import session, technique_flags

from absl import flags

FLAGS = flags.FLAGS

# The flags belong to the script that calls `define`.
flags.disclaim_key_flags()

# It is the original's `sample_interval` here.
_NOT_SHARED = ("sample_every",)

# A resumed run has to keep what its weights, order of data and noise depend on.
FIXED_BY_DATA = (
    *("dataset", "batch_size", "lr", "b1", "b2", "latent_dim", "img_size", "seed", "ema_decay"),
)
FIXED_BY_RUN = (
    *FIXED_BY_DATA,
    *technique_flags.FIXED_BY_RUN,
    *technique_flags.FIXED_BY_NETWORK,
    "weight_norm",
)
FIXED_BY_LOSS = (
    *("loss", "update_order", "d_steps", "g_steps", "gradient_penalty"),
    *("gradient_penalty_weight", "clip_weights", "half_discriminator_loss"),
)


def define(root, img_size, batch_size=64, techniques=True):
    """Defines the flags of every script of the family, whose results go to `root` / result.

    Args:
      img_size, batch_size: their defaults.
      techniques: whether to define the flags of `technique_flags` and `weight_norm`.
    """
    flags.DEFINE_integer("n_epochs", 200, "Epochs of training.", lower_bound=1)
    flags.DEFINE_integer(
        "batch_size", batch_size, "Samples per batch, over all devices.", lower_bound=2
    )
    flags.DEFINE_float("lr", 0.0002, "Adam's learning rate.")
    flags.DEFINE_float("b1", 0.5, "Adam's beta 1.")
    flags.DEFINE_float("b2", 0.999, "Adam's beta 2.")
    flags.DEFINE_integer("n_cpu", 8, "Has no effect; kept for old command lines.")
    flags.DEFINE_integer("latent_dim", 100, "Entries of the latent.", lower_bound=1)
    flags.DEFINE_integer("img_size", img_size, "Side of the images in pixels.", lower_bound=1)
    flags.DEFINE_integer(
        "channels", None, "Channels of the images. The data set decides; kept for old commands."
    )
    flags.DEFINE_integer("sample_interval", 400, "Iterations between sample sheets.", lower_bound=1)
    images = [name for name in data.names() if data.describe(name).is_image]
    flags.DEFINE_enum("dataset", "mnist", images, "Data set of images.")
    flags.DEFINE_string("sResultTag", "", "Tag of the run. Default: the name of the script.")
    flags.DEFINE_boolean("bLoadCheckpoint", False, "Resume the run from its newest checkpoint.")
    flags.DEFINE_string("sResultDir", str(root / "result") + "/", "Folder that holds the runs.")
    if techniques:
        technique_flags.define()
        technique_flags.define_minibatch()
        flags.DEFINE_boolean("weight_norm", False, "Weight normalisation of every layer.")
    for shared in FLAGS.flags_by_module_dict()[flag_defs.__name__]:
        if shared.name not in _NOT_SHARED:
            flags.declare_key_flag(shared.name)


def define_losses(update_order, discriminator_half):
    """Defines the flags of `AdversarialGAN`.

    Args:
      update_order: default.
      discriminator_half: default of that flag.
    """
    flags.DEFINE_enum("loss", "non_saturating", LOSS_NAMES, "Losses of the two players.")
    flags.DEFINE_enum(
        "update_order",
        update_order,
        UPDATE_ORDERS,
        "generator_first as in PyTorch-GAN, whose discriminator is then shown the same samples; "
        "discriminator_first as in the paper.",
    )
    flags.DEFINE_integer(
        "d_steps", 1, "Discriminator updates per iteration, the paper's k.", lower_bound=1
    )
    flags.DEFINE_integer("g_steps", 1, "Generator updates per iteration.", lower_bound=1)
    flags.DEFINE_enum(
        "gradient_penalty", "none", PENALTY_NAMES, "Penalty on the discriminator's slopes."
    )
    flags.DEFINE_float("gradient_penalty_weight", 10.0, "Of that penalty.")
    flags.DEFINE_float(
        "clip_weights", 0.0, "Cut the discriminator's weights to this magnitude, as WGAN; 0: no."
    )
    flags.DEFINE_boolean(
        "half_discriminator_loss",
        discriminator_half,
        "The discriminator's loss is half the sum of its parts, as in PyTorch-GAN.",
    )


def check(techniques=True):
    """Checks every flag of `define` that needs no file; raises InputError."""
    flag_defs.check_shared()
    for flag in FLAGS.flags_by_module_dict()[flag_defs.__name__]:
        if flag.present and flag.name in _NOT_SHARED:
            raise InputError(f"--{flag.name}: this script has --sample_interval instead")
    if techniques:
        technique_flags.check()
    session.check_tag("sResultTag")
    session.check_batch_size("batch_size")
    flag_defs.require_finite("lr", positive=True)
    for name in ("b1", "b2"):
        flag_defs.require_finite(name, below=1.0)


def check_losses():
    """Checks the flags of `define_losses`; raises InputError."""
    for name in ("gradient_penalty_weight", "clip_weights"):
        flag_defs.require_finite(name)
    bounded = FLAGS.clip_weights > 0 or FLAGS.gradient_penalty != "none"
    flag_defs.require(
        FLAGS.loss != "wasserstein" or bounded,
        "loss",
        "--clip_weights=0.01 or --gradient_penalty=wgan_gp with wasserstein, whose critic is "
        "unbounded otherwise",
    )
    flag_defs.require(
        FLAGS.real_target == 1.0 or FLAGS.loss not in ("wasserstein", "hinge"),
        "real_target",
        f"1 with --loss={FLAGS.loss}, which has no probabilities to smooth",
    )


def open_run(tag, fixed_flags):
    """The run's directory and the iteration to start from (`session.open_run`)."""
    # What the shared code reads.
    FLAGS.sample_every = FLAGS.sample_interval
    tag = FLAGS.sResultTag or tag
    return session.open_run(
        FLAGS.sResultDir, tag, FLAGS.dataset, FLAGS.bLoadCheckpoint, fixed_flags
    )


def load_data(split):
    """A split of --dataset at --img_size."""
    dataset = resized(data.load(FLAGS.dataset, FLAGS.data_dir, split), FLAGS.img_size)
    channels = dataset.sample_shape[-1]
    flag_defs.require(
        FLAGS.channels in (None, channels), "channels", f"{channels}, those of {FLAGS.dataset}"
    )
    if split == "train":
        session.check_enough(dataset, FLAGS.batch_size, "batch_size")
    return dataset


def num_iterations(dataset, batches_per_iteration=1):
    """Iterations of --n_epochs; the incomplete batch at the end of an epoch is left out."""
    batches = FLAGS.n_epochs * (dataset.num_samples // FLAGS.batch_size)
    return max(1, batches // batches_per_iteration)


def class_histograms(run, start, dataset, options):
    """The callback that counts the classes of samples, with every score."""
    from amnat.methods.pytorch_gan.class_histograms import ClassHistograms

    if not options.score_every:
        return []
    return [
        ClassHistograms(
            options.score_every,
            start,
            run,
            dataset,
            lambda: load_data("test"),
            FLAGS.score_classifier,
            FLAGS.batch_size,
            FLAGS.score_samples,
        )
    ]
