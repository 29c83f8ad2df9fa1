"""Trains a classifier negative-aware and reports how sure it is of what belongs to no class.

    python tools/nat_classifier.py --flagfile=flags/nat_classifier_cifar10.flags --data_dir=FOLDER

After kuangliu/pytorch-cifar (main.py), which the authors of "Negative-Aware Training" changed:
--lr and --resume are its flags, and its optimizer, schedule, augmentation and standardisation are
kept. Unlike it, --resume goes on exactly where the run was, and the classifier is that of the last
epoch, not the one with the best accuracy on the test images; images that fill no batch are left
out. Without --negatives the training is the plain one, the baseline.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.classifier_names import CLASSIFIER_NAMES  # noqa: E402
from amnat.classifiers import negatives as nat_training  # noqa: E402
from amnat.classifiers import options as classifier_options  # noqa: E402
from amnat.classifiers import session as classifier_session  # noqa: E402
from amnat.classifiers.run_directory import ClassifierRun  # noqa: E402
from amnat.data.negatives import load_negatives, parse_source  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

IMAGE_DATA = [name for name in data.names() if data.describe(name).is_image]
SPECS = "NAME (a data set), NAME[0:10], NAME[class+class], folder=PATH, noise or noise=COUNT"

flags.DEFINE_enum("dataset", "cifar10", IMAGE_DATA, "Data set of the positives.")
flags.DEFINE_enum(
    "network",
    "resnet18",
    CLASSIFIER_NAMES,
    "resnet18 is the paper's; small is for CPUs and for digits.",
)
flags.DEFINE_float("lr", None, "Learning rate at the start. Default: 0.1 (small 0.05).")
flags.DEFINE_boolean(
    "resume", False, "Go on with the run in --out_dir after its last epoch.", short_name="r"
)
flags.DEFINE_integer(
    "epochs",
    None,
    "Passes over the positives. Default: 200 (small 8 to 30, by the size of the data).",
    lower_bound=1,
)
flags.DEFINE_integer("batch_size", 128, "Positives per step.", lower_bound=1)
flags.DEFINE_enum(
    "augment",
    None,
    classifier_options.AUGMENTATIONS,
    "Random changes to images, positive and negative. Default: crop_mirror, for characters and "
    "grey images shift.",
)
flags.DEFINE_float("weight_decay", 5e-4, "L2 on all weights.")
flags.DEFINE_list("negatives", [], f"Negatives to train with: {SPECS}. Default: none.")
flags.DEFINE_string(
    "negatives_per_batch", "5:25", "How many a batch has beside its positives: A:B (random) or A."
)
flags.DEFINE_integer(
    "negative_every", 1, "Batches between those with negatives. The paper has them in all."
)
flags.DEFINE_list(
    "test_negatives",
    ["noise"],
    "Further negatives to report on, as in --negatives; of data sets the test images.",
)
flags.DEFINE_string(
    "compare_to",
    None,
    "Folder of an earlier run, usually the baseline, whose classifier is reported beside this one.",
)
flags.DEFINE_string(
    "out_dir",
    None,
    "Folder of the run. Default: result/nat_classifier_<dataset>_<network>/, without negatives "
    "result/baseline_classifier_<dataset>_<network>/.",
)
for name in classifier_session.SHARED:
    flags.declare_key_flag(name)


def check_flags():
    """Checks every flag that needs no file but lists of classes; raises InputError."""
    flag_defs.refuse_shared_but(classifier_session.SHARED)
    flag_defs.check_strategy()
    session.check_batch_size("batch_size")
    if FLAGS.lr is not None:
        flag_defs.require_finite("lr", positive=True)
    flag_defs.require_finite("weight_decay")
    nat_training.parse_counts(FLAGS.negatives_per_batch)
    flag_defs.require(FLAGS.negative_every >= 1, "negative_every", "at least 1")
    for name in ("negatives", "test_negatives"):
        specs = FLAGS[name].value
        flag_defs.require(len(set(specs)) == len(specs), name, "no source twice")
        for spec in specs:
            parse_source(spec)
    if not (FLAGS.negatives or FLAGS.test_negatives):
        raise InputError("--test_negatives: none, and no --negatives; expected some to report on")


def load_sources(names, like, split):
    return [load_negatives(spec, like, FLAGS.data_dir, split, seed=FLAGS.seed) for spec in names]


def resolve(train):
    """The run, its options, negatives, settings and the epochs done; raises InputError."""
    flag_defs.require(
        FLAGS.batch_size <= train.num_samples,
        "batch_size",
        f"at most {train.num_samples}, the images of {FLAGS.dataset}",
    )
    given = {name: FLAGS[name].value for name in ("epochs", "batch_size", "augment", "seed")}
    options = nat_training.nat_options(
        FLAGS.network, train, learning_rate=FLAGS.lr, weight_decay=FLAGS.weight_decay, **given
    )
    settings = classifier_options.run_settings(FLAGS.network, train, options)
    negatives = None
    if FLAGS.negatives:
        negatives = nat_training.NegativeBatches(
            load_sources(FLAGS.negatives, train, "train"),
            *nat_training.parse_counts(FLAGS.negatives_per_batch),
            FLAGS.negative_every,
        )
    settings |= negatives.settings if negatives else {"negatives": []}
    kind = "nat" if negatives else "baseline"
    folder = f"{kind}_classifier_{FLAGS.dataset}_{FLAGS.network}"
    out_dir = pathlib.Path(FLAGS.out_dir or ROOT / "result" / folder).expanduser()
    run, start = classifier_session.open_run(out_dir, settings)
    return run, options, negatives, settings, start


def load_test_sets(test, negatives):
    """{name: `Negatives`} to report on; the test set of data sets, all of a folder."""
    sets = {}
    for source in negatives.sources if negatives else ():
        sets[f"{_short(source.name)} (trained with)"] = source
    for source in load_sources(FLAGS.test_negatives, test, "test"):
        short = _short(source.name)
        sets[source.name if short in sets else short] = source
    return sets


def _short(spec):
    """Paths make tables too wide."""
    kind, separator, path = spec.partition("folder=")
    return pathlib.Path(path).name if separator and not kind else spec


def load_comparison(test):
    """(name, classifier) of --compare_to; None without."""
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


def describe(run, start, train, options, negatives):
    """The resolved options, as text."""
    return "\n".join(
        [
            f"run folder     {run.path}" + (f", resumed after epoch {start}" if start else ""),
            f"positives      {train.name}, {train.num_samples:,} images of "
            f"{'x'.join(map(str, train.sample_shape))}, {train.num_classes} classes",
            f"negatives      {negatives or 'none'}",
            f"network        {FLAGS.network}",
            *(f"{name:14} {value}" for name, value in vars(options).items()),
        ]
    )


def report(run, outcome, settings, test, sets, comparison):
    """Takes the confidences of a classifier that is trained; writes, draws and prints them."""
    from amnat.classifiers.confidence_figure import save_confidence_figure
    from amnat.classifiers.confidence_report import confidence_report, table, write_reports

    classifiers = [(run.path.name, outcome.classifier), *([comparison] if comparison else [])]
    reports = [confidence_report(*classifier, test, sets) for classifier in classifiers]
    files = [run.path / f"confidence.{ending}" for ending in ("json", "csv", "png")]
    write_reports(reports, settings, *files[:2])
    # The baseline on the left, as in the paper.
    save_confidence_figure(files[2], reports[::-1])
    for found in reports:
        print(table(found))
    print(
        f"scores         {files[0]}, {files[1].name}\n"
        f"histograms     {files[2]}\n"
        f"log            {run.log_file}\n"
        f"classifier     {run.classifier_file}"
    )


def main():
    check_flags()
    train = data.load(FLAGS.dataset, FLAGS.data_dir, "train")
    run, options, negatives, settings, start = resolve(train)
    print(describe(run, start, train, options, negatives), flush=True)
    test = data.load(FLAGS.dataset, FLAGS.data_dir, "test")
    sets = load_test_sets(test, negatives)

    strategy = classifier_session.make_strategy()
    comparison = load_comparison(test)
    status, outcome = classifier_session.train(
        strategy, train, test, options, run, settings, start, "lr", negatives
    )
    if outcome is not None:
        report(run, outcome, settings, test, sets, comparison)
    return status


if __name__ == "__main__":
    flag_defs.run(main)
