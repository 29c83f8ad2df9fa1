"""Trains NAT-GAN, and CatGAN and AM-GAN beside it, with or without external negatives.

    python tools/nat_gan.py --flagfile=flags/nat_gan_digits.flags

The authors never released their code, which changed AM-GAN's (natpaper.github.io): the flags with
capital letters are those of AM-GAN2's code/AM-GAN.py, with its defaults, and four of the same
style for the negatives; the others are shared by all scripts.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.data.class_subset import class_subset  # noqa: E402
from amnat.data.negative_schedule import NegativeSchedule  # noqa: E402
from amnat.data.negatives import load_negatives, parse_classes, parse_source  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.methods.am_gan import flags as am_gan_flags  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

METHODS = ("nat_gan", "cat_gan", "cat_gan_unsupervised", "am_gan")

am_gan_flags.define(ROOT)
flags.DEFINE_enum(
    "method",
    "nat_gan",
    METHODS,
    "cat_gan is the NAT paper's, which has labels; cat_gan_unsupervised Springenberg's.",
)
flags.DEFINE_string(
    "positive_classes",
    "",
    "Train on some classes of sDataSet: a:b, counted as in Python, name+name, or @FILE with one "
    "per line. Default: all.",
)
flags.DEFINE_string(
    "negatives",
    "",
    "Where external negatives come from: NAME (a data set), folder=PATH, both also with classes "
    "as NAME[-20:] or folder=PATH[@nat], noise, or noise=COUNT. Default: none.",
)
flags.DEFINE_integer(
    "iNegPerBatch", 0, "Negatives per batch, over all devices: the X of NAT-GAN X and CatGAN X."
)
flags.DEFINE_integer(
    "iNegEvery",
    1,
    "Take negatives every so many iterations only. The paper's X is one per batch; its authors' "
    "page advises every 10.",
)
flags.DEFINE_boolean(
    "bNegConcat",
    True,
    "Generated samples and negatives pass the discriminator in one batch, as on the authors' "
    "page. Without it both have batch statistics of their own, which is another model, and the "
    "better one for negatives that are far from the data, such as noise.",
)

FIXED_BY_RUN = (
    *("method", "positive_classes", "negatives", "iNegPerBatch", "iNegEvery", "bNegConcat"),
    *am_gan_flags.FIXED_BY_RUN,
)


def check_flags():
    """Checks every flag that needs no file but lists of classes; raises InputError."""
    am_gan_flags.check()
    if FLAGS.positive_classes:
        parse_classes(FLAGS.positive_classes, _positive_flag())
    flag_defs.require(
        FLAGS.real_target == 1.0 or not FLAGS.method.startswith("cat_gan"),
        "real_target",
        f"1 with --method={FLAGS.method}, whose real samples have no single target",
    )
    flag_defs.require(FLAGS.iNegEvery >= 1, "iNegEvery", "at least 1")
    flag_defs.require(FLAGS.iNegPerBatch >= 0, "iNegPerBatch", "at least 0")
    if not FLAGS.negatives:
        expected = "0, or --negatives that says where they come from"
        flag_defs.require(FLAGS.iNegPerBatch == 0, "iNegPerBatch", expected)
        return
    parse_source(FLAGS.negatives)
    flag_defs.require(FLAGS.iNegPerBatch >= 1, "iNegPerBatch", "at least 1 with --negatives")
    flag_defs.require(
        FLAGS.bNegConcat or not FLAGS.sync_batch_norm,
        "sync_batch_norm",
        "--bNegConcat with it: batches of negatives alone, which may be empty, are not shared",
    )
    replicas = session.known_replicas()
    flag_defs.require(
        FLAGS.iNegPerBatch % replicas == 0, "iNegPerBatch", f"a multiple of the {replicas} devices"
    )


def _positive_flag():
    return f"--positive_classes={FLAGS.positive_classes}"


def load_data(split):
    """Loads a split of --sDataSet, or of its --positive_classes."""
    dataset = am_gan_flags.load_data(split)
    if FLAGS.positive_classes:
        dataset = class_subset(dataset, parse_classes(FLAGS.positive_classes, _positive_flag()))
    if split == "train":
        session.check_enough(dataset, FLAGS.iBatchSize)
    if dataset.num_classes == 1 and FLAGS.method != "am_gan":
        # Over one class every distribution is uniform: nothing would be learnt.
        raise InputError(
            f"--method={FLAGS.method}: one class, expected at least 2 (see "
            "--positive_classes), or --method=am_gan"
        )
    return dataset


def load_schedule(dataset):
    """The negatives for the training split and when to take them; None without."""
    if not FLAGS.negatives:
        return None
    negatives = load_negatives(
        FLAGS.negatives,
        dataset,
        FLAGS.data_dir,
        seed=FLAGS.seed,
        per_batch=FLAGS.iNegPerBatch,
    )
    return NegativeSchedule(negatives, FLAGS.iNegPerBatch, FLAGS.iNegEvery)


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.am_gan import build as am_gan_networks
    from amnat.methods.am_gan.model import NegativesAMGAN
    from amnat.methods.nat_gan.cat_gan import CatGAN, UnsupervisedCatGAN
    from amnat.methods.nat_gan.model import NATGAN
    from amnat.training import technique_flags

    print(technique_flags.describe(FLAGS.bUseWN), flush=True)
    method = {
        "nat_gan": NATGAN,
        "cat_gan": CatGAN,
        "cat_gan_unsupervised": UnsupervisedCatGAN,
        "am_gan": NegativesAMGAN,
    }[FLAGS.method]
    num_logits = dataset.num_classes + (FLAGS.method == "am_gan")
    return am_gan_networks.build_model(
        method, num_logits, dataset, concat_negatives=FLAGS.bNegConcat
    )


def extra_callbacks(run, start, dataset, options):
    """The callback that sorts images by the discriminator's class; that of --log_layer_states."""
    from amnat.methods.am_gan.class_sheets import ClassSheets

    callbacks = am_gan_flags.layer_states(run, start, dataset, options)
    if dataset.is_image:
        sizes = dataset.num_classes, options.batch_size
        callbacks.append(ClassSheets(options.sample_every, start, run, *sizes))
    return callbacks


def main():
    check_flags()
    run, start = session.open_run(
        FLAGS.sResultDir, FLAGS.sResultTag, FLAGS.sDataSet, FLAGS.bLoadCheckpoint, FIXED_BY_RUN
    )
    dataset = load_data("train")
    return session.train(
        session.Session(
            run=run,
            start=start,
            dataset=dataset,
            load_test=lambda: load_data("test"),
            batch_size=FLAGS.iBatchSize,
            num_iterations=FLAGS.iMaxIter + 1,
            build_model=build_model,
            gpu=FLAGS.GPU,
            extra_callbacks=extra_callbacks,
            negatives=load_schedule(dataset),
        )
    )


if __name__ == "__main__":
    flag_defs.run(main)
