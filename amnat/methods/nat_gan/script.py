"""NAT-GAN, and CatGAN and AM-GAN beside it, as a `Method`: tools/nat_gan.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat.data.class_subset import class_subset
from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.data.negatives import load_negatives, parse_classes, parse_source
from amnat.errors import InputError
from amnat.methods.am_gan.script import AMGAN2Method
from amnat.training import flag_paths
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_integer,
    define_string,
)
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS

# {value of --method: its name in pictures}.
METHODS = {
    "nat_gan": "NAT-GAN",
    "cat_gan": "CatGAN",
    "cat_gan_unsupervised": "unsupervised CatGAN",
    "am_gan": "AM-GAN",
}


class NATGANScript(AMGAN2Method):
    """NAT-GAN, CatGAN or AM-GAN, with or without external negatives."""

    def define_flags(self) -> None:
        super().define_flags()
        define_enum(
            "method",
            "nat_gan",
            tuple(METHODS),
            "cat_gan is the NAT paper's, which has labels; cat_gan_unsupervised Springenberg's.",
            fixed=True,
            means="method",
        )
        define_string(
            "positive_classes",
            "",
            "Train on some classes of sDataSet: a:b, counted as in Python, name+name, or @FILE "
            "with one per line. Default: all.",
            fixed=True,
            paths=flag_paths.of_classes,
        )
        define_string(
            "negatives",
            "",
            "Where external negatives come from: NAME (a data set), folder=PATH, both also with "
            "classes as NAME[-20:] or folder=PATH[@nat], noise, or noise=COUNT. Default: none.",
            fixed=True,
            paths=flag_paths.of_classes,
            means="method",
        )
        define_integer(
            "iNegPerBatch",
            0,
            "Negatives per batch, over all devices: the X of NAT-GAN X and CatGAN X.",
            fixed=True,
            at_least=0,
            means="method",
        )
        define_integer(
            "iNegEvery",
            1,
            "Take negatives every so many iterations only. The paper's X is one per batch; its "
            "authors' page advises every 10.",
            fixed=True,
            at_least=1,
            only_with="negatives",
        )
        define_boolean(
            "bNegConcat",
            True,
            "Generated samples and negatives pass the discriminator in one batch, as on the "
            "authors' page. Without it both have batch statistics of their own, which is another "
            "model, and the better one for negatives that are far from the data, such as noise.",
            fixed=True,
            only_with="negatives",
            means="method",
        )

    def check_flags(self) -> None:
        """Does not read lists of classes, because they are files."""
        super().check_flags()
        if FLAGS.positive_classes:
            parse_classes(FLAGS.positive_classes, _positive_flag())
        shared.require(
            FLAGS.real_target == 1.0 or not FLAGS.method.startswith("cat_gan"),
            "real_target",
            f"1 with --method={FLAGS.method}, whose real samples have no single target",
        )
        _check_negatives()

    def load_data(self, split: str) -> Dataset:
        """A split of --sDataSet, or of its --positive_classes."""
        dataset = super().load_data(split)
        if FLAGS.positive_classes:
            dataset = class_subset(dataset, parse_classes(FLAGS.positive_classes, _positive_flag()))
        if dataset.is_own and not FLAGS.positive_classes:
            remedy = "train a GAN without labels: tools/am_gan.py --nobAMGAN"
            shared.require_classes(dataset, f"--method={FLAGS.method}", remedy)
        if dataset.num_classes == 1 and FLAGS.method != "am_gan":
            # Over one class every distribution is uniform: nothing would be learnt.
            raise InputError(
                f"--method={FLAGS.method}: one class, expected at least 2 (see "
                "--positive_classes), or --method=am_gan"
            )
        return dataset

    def negatives(self, dataset: Dataset) -> NegativeSchedule | None:
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

    def title(self) -> str:
        return METHODS[FLAGS.method] + (" with negatives" if FLAGS.negatives else "")

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.am_gan import build
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
        concat = FLAGS.bNegConcat
        return build.build_model(method, num_logits, dataset, concat_negatives=concat)

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """The callback of --log_layer_states, and sheets of images sorted by class."""
        from amnat.methods.am_gan.class_sheets import ClassSheets

        callbacks = super().callbacks(run, start, dataset, options)
        if dataset.is_image:
            classes = dataset.class_names, options.batch_size
            callbacks.append(ClassSheets(options.sample_every, start, run, *classes))
        return callbacks


def _positive_flag() -> str:
    return f"--positive_classes={FLAGS.positive_classes}"


def _check_negatives() -> None:
    if not FLAGS.negatives:
        expected = "0, or --negatives that says where they come from"
        shared.require(FLAGS.iNegPerBatch == 0, "iNegPerBatch", expected)
        return
    shared.refuse_repeated(
        "negatives", "expected one source (of a folder, all images or some classes)"
    )
    parse_source(FLAGS.negatives)
    shared.require(FLAGS.iNegPerBatch >= 1, "iNegPerBatch", "at least 1 with --negatives")
    shared.require(
        FLAGS.bNegConcat or not FLAGS.sync_batch_norm,
        "sync_batch_norm",
        "--bNegConcat with it: batches of negatives alone, which may be empty, are not shared",
    )
    replicas = shared.known_replicas()
    shared.require(
        FLAGS.iNegPerBatch % replicas == 0, "iNegPerBatch", f"a multiple of the {replicas} devices"
    )
