"""The flags of tools/info_cycle_sim_gan.py and their checks. Loads no TensorFlow.

Names and defaults of the first ones are those of info-cycle-sim-gan (regan.py); what it fixes in
its sources has a flag, too.
"""

from amnat.errors import InputError
from amnat.methods.translator.domains import parse_domains
from amnat.patch_loss_names import PATCH_LOSS_NAMES
from amnat.training import flags as flag_defs
from amnat.training import session

from absl import flags

FLAGS = flags.FLAGS

# The flags belong to the script that calls `define`.
flags.disclaim_key_flags()

# It is the original's `sample_interval` here; its networks compute in NHWC, without batch norm.
_NOT_SHARED = ("sample_every", "data_format", "sync_batch_norm")
# The generator halves an image twice; the critic's patch head takes maps of at least 3x3.
SIDE_MULTIPLE, SMALLEST_MAP = 4, 3
# From this side on the original's three halvings are the default, below it two: at 28 pixels three
# leave one patch.
LARGE_SIDE = 64
MODES = ("redraw", "pair", "replay")

FIXED_BY_RUN = (
    *("dataset_name", "batch_size", "lrg", "lrc", "lri", "b1", "b2", "n_classes", "space_dim"),
    *("img_size", "channels", "seed", "ema_decay", "loss", "critic_loss", "g_batch_size"),
    *("c_batch_size", "n_steps", "c_train_n_step", "n_generators", "n_critics", "rollout_mode"),
    *("lambda_gp", "lambda_space", "lambda_label", "lambda_gt", "lambda_identity", "lambda_cycle"),
    *("n_blocks", "width", "critic_width", "n_strided", "generator_gradient", "augment"),
    *("double_softmax", "published_slips"),
)
WEIGHTS = (
    *("lambda_gp", "lambda_space", "lambda_label", "lambda_gt", "lambda_identity", "lambda_cycle"),
)


def define(root):
    """Defines the flags; results go to `root` / result."""
    _define_originals()
    _define_fixed_ones()
    flags.DEFINE_string("sResultTag", "info_cycle", "Tag of the run.")
    flags.DEFINE_boolean("bLoadCheckpoint", False, "Resume the run from its newest checkpoint.")
    flags.DEFINE_string("sResultDir", str(root / "result") + "/", "Folder that holds the runs.")
    for shared in FLAGS.flags_by_module_dict()[flag_defs.__name__]:
        if shared.name not in _NOT_SHARED:
            flags.declare_key_flag(shared.name)
    # Scores of all domains together are no part of the method.
    FLAGS.set_default("score_every", 0)
    FLAGS.set_default("score_metrics", ["fid"])
    FLAGS.set_default("clip_norm", 2.0)


def _define_originals():
    flags.DEFINE_integer("n_epochs", 200, "Epochs of training.", lower_bound=1)
    flags.DEFINE_string(
        "dataset_name",
        "apple2orange",
        "Domains: a folder (here or in --data_dir) with trainA/, trainB/, ... or train/A/, "
        "train/B/, ...; NAME[class+class] of a data set; NAME:inverted or NAME:coloured.",
    )
    flags.DEFINE_integer(
        "batch_size", 256, "Images of each domain in a rollout, over all devices.", lower_bound=1
    )
    flags.DEFINE_float("lrg", 0.0002, "Adam's rate, of the generators.")
    flags.DEFINE_float("lrc", 0.0002, "Adam's rate, of the critics.")
    flags.DEFINE_float("lri", 0.0002, "Adam's rate, of both together on the information loss.")
    flags.DEFINE_float("b1", 0.5, "Adam's beta 1.")
    flags.DEFINE_float("b2", 0.999, "Adam's beta 2.")
    flags.DEFINE_integer(
        "latent_dim",
        64,
        "Has no effect: the original has to be told the number of the critic's patches, which "
        "follows from --img_size here. Kept for old command lines.",
    )
    flags.DEFINE_integer("n_classes", 2, "Domains; has to be what --dataset_name has.")
    flags.DEFINE_integer("space_dim", 4, "Entries of the continuous code.", lower_bound=1)
    flags.DEFINE_integer("img_size", 64, "Side of the images in pixels, a multiple of 4.")
    flags.DEFINE_integer("channels", 3, "Channels of the images, 1 or 3.")
    flags.DEFINE_integer("sample_interval", 10, "Rollouts between sample sheets.", lower_bound=1)
    flags.DEFINE_string("postfix", "", "Ending of the run's folder.")
    flags.DEFINE_integer("n_samples", 12, "Columns of the sample sheets.", lower_bound=1)


def _define_fixed_ones():
    flags.DEFINE_enum(
        "loss",
        "sim",
        PATCH_LOSS_NAMES,
        "Adversarial losses. sim: cosine similarity within and over the domains; sim_whole: over "
        "the whole batch alone, for the generator.",
    )
    flags.DEFINE_enum(
        "critic_loss", None, PATCH_LOSS_NAMES, "The critic's, where it is not --loss."
    )
    flags.DEFINE_integer("g_batch_size", 8, "Images of a step, over all devices.", lower_bound=2)
    flags.DEFINE_integer(
        "c_batch_size", None, "Of these, images of a critic's step. Default: all.", lower_bound=1
    )
    flags.DEFINE_integer("n_steps", 7, "Iterations on one rollout.", lower_bound=1)
    flags.DEFINE_integer("c_train_n_step", 1, "Critic steps per iteration.", lower_bound=1)
    flags.DEFINE_enum(
        "rollout_mode",
        "redraw",
        MODES,
        "What iterations on one rollout take: redraw: sources and real images anew (originally); "
        "pair: both the same rows; replay: the same sources against other real images.",
    )
    flags.DEFINE_integer("n_generators", 1, "Generators, which share the images.", lower_bound=1)
    flags.DEFINE_integer("n_critics", 1, "Critics.", lower_bound=1)
    flags.DEFINE_float("lambda_gp", 1.0, "Of DRAGAN's gradient penalty; 0: none.")
    flags.DEFINE_float("lambda_space", 0.1, "Of the code that the critic reads from translations.")
    flags.DEFINE_float("lambda_label", 0.6, "Of the domain that the critic reads from them.")
    flags.DEFINE_float("lambda_gt", 0.4, "Of the domain that it reads from real images.")
    flags.DEFINE_float(
        "lambda_identity", 5.0, "Of the identity loss; 5 in the article, 0.5 in the repository."
    )
    flags.DEFINE_float(
        "lambda_cycle", 10.0, "Of the cycle loss; 10 in the article, 3 in the repository."
    )
    flags.DEFINE_integer("n_blocks", 5, "Residual blocks of the generator.", lower_bound=0)
    flags.DEFINE_integer("width", 64, "Maps of the generator's first layer.", lower_bound=1)
    flags.DEFINE_integer("critic_width", 64, "Maps of the critic's first layer.", lower_bound=1)
    flags.DEFINE_integer(
        "n_strided",
        None,
        "Halvings of the critic; the original's n_strided is one more. Default: 3, below 64 pixels "
        "2.",
        lower_bound=1,
    )
    flags.DEFINE_enum(
        "generator_gradient",
        "before",
        ["before", "after"],
        "Take the generator's gradient before the critic's step, or after it (larger).",
    )
    flags.DEFINE_enum(
        "augment",
        "auto",
        ["auto", "crop_mirror", "none"],
        "crop_mirror: random crops of images that are 12 % larger, half of them mirrored; auto: of "
        "folders, not of data sets.",
    )
    flags.DEFINE_boolean(
        "double_softmax", False, "Label losses of the softmax taken twice, as in the repository."
    )
    flags.DEFINE_boolean(
        "published_slips",
        False,
        "Draw rows and groups as the repository does, which leaves out the last of each.",
    )


def n_strided():
    return FLAGS.n_strided or (3 if FLAGS.img_size >= LARGE_SIDE else 2)


def critic_batch():
    return FLAGS.c_batch_size or FLAGS.g_batch_size


def critic_loss():
    return FLAGS.critic_loss or FLAGS.loss


def crops(source):
    """Whether training images are cropped and mirrored."""
    if FLAGS.augment == "auto":
        return source.kind == "folder"
    return FLAGS.augment == "crop_mirror"


def check():
    """Checks every flag that needs no data; raises InputError. Returns the `DomainSource`."""
    flag_defs.check_shared()
    for flag in FLAGS.flags_by_module_dict()[flag_defs.__name__]:
        if flag.present and flag.name in _NOT_SHARED:
            raise InputError(f"--{flag.name}: this script has no such flag (see --helpshort)")
    session.check_tag("sResultTag")
    flag_defs.require("/" not in FLAGS.postfix, "postfix", "a plain name")
    for name in ("lrg", "lrc", "lri"):
        flag_defs.require_finite(name, positive=True)
    for name in ("b1", "b2"):
        flag_defs.require_finite(name, below=1.0)
    for name in WEIGHTS:
        flag_defs.require_finite(name)
    flag_defs.require(FLAGS.channels in (1, 3), "channels", "1 or 3")
    flag_defs.require(FLAGS.n_classes >= 2, "n_classes", "at least 2 domains")
    _check_sizes()
    _check_batches()
    return parse_domains(FLAGS.dataset_name)


def _check_sizes():
    side, downs = FLAGS.img_size, n_strided()
    least = SMALLEST_MAP << downs
    flag_defs.require(
        side >= least and side % SIDE_MULTIPLE == 0,
        "img_size",
        f"a multiple of {SIDE_MULTIPLE}, at least {least} with {downs} halvings in the critic "
        "(--n_strided)",
    )
    patches = ((side >> downs) - SMALLEST_MAP + 1) ** 2
    sim = [name for name in (FLAGS.loss, critic_loss()) if name.startswith("sim")]
    flag_defs.require(
        patches > 1 or not sim,
        "img_size",
        f"at least {(SMALLEST_MAP + 1) << downs} with --loss=sim: a single patch has no direction",
    )
    wasserstein = "wasserstein" in (FLAGS.loss, critic_loss())
    flag_defs.require(
        not wasserstein or FLAGS.lambda_gp > 0,
        "lambda_gp",
        "more than 0 with wasserstein, whose critic is unbounded otherwise",
    )


def _check_batches():
    for name in ("batch_size", "g_batch_size", "c_batch_size"):
        if FLAGS[name].value is not None:
            session.check_batch_size(name)
    replicas = session.known_replicas()
    domains, size = FLAGS.n_classes, FLAGS.g_batch_size // replicas
    flag_defs.require(
        critic_batch() <= FLAGS.g_batch_size, "c_batch_size", "at most --g_batch_size"
    )
    flag_defs.require(size >= domains, "g_batch_size", f"at least {domains} on every device")
    # As `sub_batches.largest_block`.
    most = size - (domains - 1) * (size // (2 * domains))
    drawable = FLAGS.batch_size // replicas - FLAGS.published_slips
    flag_defs.require(
        most <= drawable,
        "batch_size",
        f"at least {(most + FLAGS.published_slips) * replicas}, of which a step may take {most} on "
        f"each of {replicas} devices",
    )
    count = FLAGS.n_generators
    flag_defs.require(
        size % count == 0 and FLAGS.batch_size // replicas * domains % count == 0,
        "n_generators",
        "a divisor of the images of a step and of a rollout on every device",
    )
    flag_defs.require(
        not FLAGS.published_slips or (domains == 2 and size >= 8),
        "published_slips",
        "it with two domains and --g_batch_size of at least 8 on every device, below which the "
        "repository's losses are not numbers",
    )


def check_domains(domains):
    """Raises InputError unless the loaded `Domains` are what the flags say."""
    names = domains.data.class_names
    flag_defs.require(
        len(names) == FLAGS.n_classes,
        "n_classes",
        f"{len(names)}, the domains of {FLAGS.dataset_name} ({', '.join(names)})",
    )
    largest = max(domains.sizes)
    flag_defs.require(
        FLAGS.batch_size <= largest,
        "batch_size",
        f"at most {largest}, the images of the largest domain of {FLAGS.dataset_name}",
    )


def num_iterations(domains):
    """Iterations of --n_epochs; an epoch has as many rollouts as the largest domain fills."""
    return FLAGS.n_epochs * (max(domains.sizes) // FLAGS.batch_size) * FLAGS.n_steps
