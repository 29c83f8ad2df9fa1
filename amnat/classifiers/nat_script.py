"""Negative-aware training of a classifier as a `Script`: tools/nat_classifier.py."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from amnat.choices import CLASSIFIER_NAMES
from amnat.classifiers import training_call
from amnat.classifiers.negatives import NegativeBatches, nat_options, parse_counts
from amnat.classifiers.options import AUGMENTATIONS, LOSSES, run_settings
from amnat.classifiers.run_directory import ClassifierRun
from amnat.classifiers.script import ClassifierScript
from amnat.classifiers.training_call import ClassifierCall
from amnat.data.dataset import Dataset
from amnat.data.negatives import Negatives, load_negatives, parse_source
from amnat.errors import InputError
from amnat.training import flag_paths, run_page
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    define_list,
    define_string,
)
from amnat.training.flags import check_batch_size

from absl import flags

if TYPE_CHECKING:
    from amnat.classifiers.training import ClassifierOutcome
    from amnat.metrics.keras_classifier import KerasClassifier

FLAGS = flags.FLAGS

# The lists of negatives to report on. The scores of the last two are also averaged.
TEST_LISTS = ("test_negatives", "near_negatives", "far_negatives")
SPECS = "NAME (a data set), NAME[0:10], NAME[class+class], folder=PATH, noise or noise=COUNT"


class NATClassifierScript(ClassifierScript):
    """A classifier with or without negatives, and its confidence on images of no class."""

    resume_short_name = "r"

    @property
    def kind(self) -> str:
        return "nat_classifier" if FLAGS.negatives else "baseline_classifier"

    def define_flags(self) -> None:
        self._define_training()
        self._define_negatives()
        define_string(
            "compare_to",
            None,
            "Folder of an earlier run, usually the baseline, whose classifier is reported beside "
            "this one.",
            fixed=False,
            paths=flag_paths.whole,
        )
        define_string(
            "out_dir",
            None,
            "Folder of the run. Default: result/nat_classifier_<dataset>_<network>/, without "
            "negatives result/baseline_classifier_<dataset>_<network>/.",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )

    def _define_training(self) -> None:
        define_string(
            "dataset",
            "cifar10",
            shared.data_help("Data set of the positives", True),
            fixed=True,
            paths=flag_paths.of_data,
        )
        define_enum(
            "network",
            "resnet18",
            CLASSIFIER_NAMES,
            "resnet18 is the paper's; small is for CPUs and for digits.",
            fixed=True,
        )
        define_float(
            "lr",
            None,
            "Learning rate at the start. Default: 0.1 (small 0.05).",
            fixed=False,
            more_than=0,
            means="rate",
        )
        define_integer(
            "epochs",
            None,
            "Passes over the positives. Default: 200 (small 8 to 30, by the size of the data).",
            fixed=True,
            at_least=1,
            means="epochs",
        )
        define_integer("batch_size", 128, "Positives per step.", fixed=True, at_least=1)
        define_enum(
            "augment",
            None,
            AUGMENTATIONS,
            "Random changes to images, positive and negative. Default: crop_mirror, for "
            "characters and grey images shift.",
            fixed=True,
        )
        define_float("weight_decay", 5e-4, "L2 penalty on all weights.", fixed=True, at_least=0)
        define_enum(
            "classification_loss",
            "cross_entropy",
            LOSSES,
            "binary_cross_entropy is that of a sigmoid for each class, whose targets for negatives "
            "are 1 / K; the authors' page calls such a loss slightly weaker.",
            fixed=True,
            means="method",
        )

    def _define_negatives(self) -> None:
        define_list(
            "negatives",
            [],
            f"Negatives to train with: {SPECS}. Default: none.",
            fixed=True,
            paths=flag_paths.of_classes,
            means="method",
        )
        define_string(
            "negatives_per_batch",
            "5:25",
            "Number of negatives that a batch has beside its positives: A:B (random) or A.",
            fixed=True,
            only_with="negatives",
        )
        define_integer(
            "negative_every",
            1,
            "Batches between those with negatives. The paper has them in all.",
            fixed=True,
            at_least=1,
            only_with="negatives",
        )
        define_float(
            "negative_weight",
            None,
            "Weight of the mean loss of negatives beside that of positives: 0.5 is outlier "
            "exposure's. Default: all samples of a batch have the same weight, as in the paper.",
            fixed=True,
            more_than=0,
            only_with="negatives",
            means="method",
        )
        define_boolean(
            "negatives_apart",
            False,
            "Negatives pass the network in a batch of their own, with statistics of its own.",
            fixed=True,
            only_with="negatives",
            means="method",
        )
        self._define_reports()

    def _define_reports(self) -> None:
        define_list(
            "test_negatives",
            ["noise"],
            "Further negatives to report on, as in --negatives; of data sets the test images.",
            fixed=False,
            paths=flag_paths.of_classes,
        )
        for group, what in (("near", "resemble"), ("far", "do not resemble")):
            define_list(
                f"{group}_negatives",
                [],
                f"Negatives to report on that {what} the positives; also the means of their scores "
                f"are reported, as '{group}'.",
                fixed=False,
                paths=flag_paths.of_classes,
            )

    def check_flags(self) -> None:
        """Checks what the declarations do not say; the only files it reads are lists of classes."""
        super().check_flags()
        check_batch_size("batch_size")
        parse_counts(FLAGS.negatives_per_batch)
        for name in ("negatives", *TEST_LISTS):
            specs = getattr(FLAGS, name)
            shared.require(len(set(specs)) == len(specs), name, "no source twice")
            for spec in specs:
                parse_source(spec)
        both = sorted(set(FLAGS.near_negatives) & set(FLAGS.far_negatives))
        shared.require(not both, "far_negatives", "no source of --near_negatives")
        if not (FLAGS.negatives or specs_to_report()):
            raise InputError(
                "--test_negatives: none, and no --negatives; expected some to report on"
            )

    def resolve(self, train: Dataset) -> ClassifierCall:
        """The `ClassifierCall` for a training split; raises InputError."""
        self.check_data(train)
        given = {name: FLAGS[name].value for name in ("epochs", "batch_size", "augment", "seed")}
        given |= {"learning_rate": FLAGS.lr, "loss": FLAGS.classification_loss}
        options = nat_options(FLAGS.network, train, weight_decay=FLAGS.weight_decay, **given)
        settings = run_settings(FLAGS.network, train, options)
        negatives = None
        if FLAGS.negatives:
            negatives = NegativeBatches(
                _load_sources(FLAGS.negatives, train, "train"),
                *parse_counts(FLAGS.negatives_per_batch),
                FLAGS.negative_every,
                FLAGS.negative_weight,
                FLAGS.negatives_apart,
            )
        settings |= negatives.settings if negatives else {"negatives": []}
        run, start = training_call.open_run(self.folder(), settings)
        return ClassifierCall(run, start, options, settings, negatives, rate_flag="lr")

    def train(self) -> int:
        train = self.load_data("train")
        call = self.resolve(train)
        print(_describe(call, train), flush=True)
        test = self.load_data("test")
        sets = load_test_sets(test, call.negatives)
        strategy = training_call.make_strategy()
        comparison = load_comparison(test)
        status, outcome = training_call.train(call, strategy, train, test)
        if outcome is not None:
            _report(call, outcome, test, sets, comparison)
            run_page.write_page(call.run.path)
        return status


def _load_sources(names: Sequence[str], like: Dataset, split: str) -> list[Negatives]:
    return [load_negatives(spec, like, FLAGS.data_dir, split, seed=FLAGS.seed) for spec in names]


class NegativeSets(NamedTuple):
    """The negatives to report on.

    Attributes:
      sets: {name: `Negatives`}.
      groups: {"near" or "far": the names of its sets}, without groups that have none.
    """

    sets: dict[str, Negatives]
    groups: dict[str, list[str]]


def specs_to_report() -> list[str]:
    """The specifications of the flags' negatives to report on, each of them once."""
    return list(dict.fromkeys(spec for name in TEST_LISTS for spec in getattr(FLAGS, name)))


def load_test_sets(test: Dataset, negatives: NegativeBatches | None) -> NegativeSets:
    """The negatives to report on: the test images of data sets, all images of a folder.

    Args:
      test: the test split of the positives.
      negatives: NegativeBatches that the classifier is trained with, or None.

    Raises: InputError.
    """
    sets, names = {}, {}
    for source in negatives.sources if negatives else ():
        sets[f"{_short(source.name)} (trained with)"] = source
    specs = specs_to_report()
    for spec, source in zip(specs, _load_sources(specs, test, "test"), strict=True):
        short = _short(source.name)
        names[spec] = source.name if short in sets else short
        sets[names[spec]] = source
    groups = {"near": FLAGS.near_negatives, "far": FLAGS.far_negatives}
    return NegativeSets(sets, {k: [names[spec] for spec in v] for k, v in groups.items() if v})


def _short(spec: str) -> str:
    """The name of a source, without the folders of a path, which would make tables too wide."""
    kind, separator, path = spec.partition("folder=")
    return pathlib.Path(path).name if separator and not kind else spec


def load_comparison(test: Dataset) -> tuple[str, KerasClassifier] | None:
    """(name, classifier) of --compare_to, or None; raises InputError."""
    if FLAGS.compare_to is None:
        return None
    from amnat.classifiers.confidence_report import check_classifier
    from amnat.metrics.keras_classifier import KerasClassifier

    run = ClassifierRun(pathlib.Path(FLAGS.compare_to).expanduser())
    if not run.classifier_file.is_file():
        raise InputError(
            f"--compare_to: no classifier.keras in {run.path}, expected the folder of a run that "
            "has ended"
        )
    classifier = KerasClassifier.load(run.classifier_file)
    check_classifier(f"--compare_to={FLAGS.compare_to}", classifier, test)
    return run.path.name, classifier


def _describe(call: ClassifierCall, train: Dataset) -> str:
    """The resolved options, as text."""
    resumed = f", resumed after epoch {call.start}" if call.start else ""
    return "\n".join(
        [
            f"run folder     {call.run.path}{resumed}",
            f"positives      {train.name}, {train.num_samples:,} images of "
            f"{'x'.join(map(str, train.sample_shape))}, {train.num_classes} classes",
            f"negatives      {call.negatives or 'none'}",
            f"network        {FLAGS.network}",
            *(f"{name:14} {value}" for name, value in vars(call.options).items()),
        ]
    )


def _report(
    call: ClassifierCall,
    outcome: ClassifierOutcome,
    test: Dataset,
    sets: NegativeSets,
    comparison: tuple[str, KerasClassifier] | None,
) -> None:
    """Computes the confidences of a trained classifier; writes, draws and prints them."""
    from amnat.classifiers.confidence_figure import save_confidence_figure
    from amnat.classifiers.confidence_report import confidence_report, write_reports
    from amnat.classifiers.confidence_text import table

    run = call.run
    classifiers = [(run.path.name, outcome.classifier)]
    if comparison:
        classifiers.append(comparison)
    reports = [confidence_report(*classifier, test, *sets) for classifier in classifiers]
    files = [run.path / f"confidence.{ending}" for ending in ("json", "csv", "png")]
    curves = run.path / "roc.csv"
    write_reports(reports, call.settings, files[0], files[1], curves)
    # The baseline is on the left, as in the paper.
    save_confidence_figure(files[2], reports[::-1])
    for found in reports:
        print(table(found))
    print(
        f"scores         {files[0]}, {files[1].name}, {curves.name}\n"
        f"figure         {files[2]}\n"
        f"log            {run.log_file}\n"
        f"classifier     {run.classifier_file}"
    )
