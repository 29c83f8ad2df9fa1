"""Trains a classifier that scores and negative-aware training can use.

    python tools/train_classifier.py --dataset=digits
    python tools/train_classifier.py --dataset=cifar10 --network=resnet18 --data_dir=FOLDER

The result, classifier.keras in --out_dir, goes to tools/evaluate.py --classifier.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.classifier_names import CLASSIFIER_NAMES  # noqa: E402
from amnat.classifiers import options as classifier_options  # noqa: E402
from amnat.classifiers import session as classifier_session  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

IMAGE_DATA = [name for name in data.names() if data.describe(name).is_image]

flags.DEFINE_enum("dataset", "digits", IMAGE_DATA, "Data set of images.")
flags.DEFINE_enum(
    "network",
    "small",
    CLASSIFIER_NAMES,
    "small trains in a minute and is enough for digits; the others are of the usual size for "
    "CIFAR-10 and want a GPU.",
)
flags.DEFINE_integer(
    "epochs",
    None,
    "Passes over the data. Default: 200 (densenet 300; small 8 to 30, by the size of the data).",
    lower_bound=1,
)
flags.DEFINE_integer(
    "batch_size", None, "Images per step. Default: 128 (densenet 64).", lower_bound=1
)
flags.DEFINE_float("learning_rate", None, "Rate at the start. Default: 0.1 (small 0.05).")
flags.DEFINE_enum(
    "schedule",
    None,
    classifier_options.SCHEDULES,
    "cosine to 0 (by steps, or constant within epochs), or a step to a tenth at 50 % and at 75 %. "
    "Default: cosine (densenet step).",
)
flags.DEFINE_enum(
    "augment",
    None,
    classifier_options.AUGMENTATIONS,
    "Random shifts (4 pixels of 32; characters and grey images 2), also with mirroring, also in a "
    "black margin (crop_mirror). Default: shift_mirror, for characters and grey images shift.",
)
flags.DEFINE_float("weight_decay", None, "L2 on all weights. Default: 5e-4 (densenet 1e-4).")
flags.DEFINE_string(
    "out_dir", None, "Folder of the run. Default: result/classifier_<dataset>_<network>/."
)
flags.DEFINE_boolean("resume", False, "Go on with the run in --out_dir after its last epoch.")
for name in classifier_session.SHARED:
    flags.declare_key_flag(name)

OPTIONS = (
    *("epochs", "batch_size", "learning_rate", "schedule", "augment", "weight_decay", "seed"),
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    flag_defs.refuse_shared_but(classifier_session.SHARED)
    flag_defs.check_strategy()
    if FLAGS.learning_rate is not None:
        flag_defs.require_finite("learning_rate", positive=True)
    if FLAGS.weight_decay is not None:
        flag_defs.require_finite("weight_decay")


def load_data(split):
    return data.load(FLAGS.dataset, FLAGS.data_dir, split)


def resolve(train):
    """The run, its options and settings, and the epochs done; raises InputError."""
    flag_defs.require(
        (FLAGS.batch_size or 1) <= train.num_samples,
        "batch_size",
        f"at most {train.num_samples}, the images of {FLAGS.dataset}",
    )
    given = {name: FLAGS[name].value for name in OPTIONS}
    options = classifier_options.default_options(FLAGS.network, train, **given)
    settings = classifier_options.run_settings(FLAGS.network, train, options)
    folder = FLAGS.out_dir or ROOT / "result" / f"classifier_{FLAGS.dataset}_{FLAGS.network}"
    run, start = classifier_session.open_run(pathlib.Path(folder).expanduser(), settings)
    return run, options, settings, start


def describe(run, start, train, settings):
    """The resolved options, as text."""
    shown = {name: settings[name] for name in settings if name not in ("dataset", "content_key")}
    return "\n".join(
        [
            f"run folder     {run.path}" + (f", resumed after epoch {start}" if start else ""),
            f"data           {train.name}, {train.num_samples:,} images of "
            f"{'x'.join(map(str, train.sample_shape))}, {train.num_classes} classes",
            *(f"{name:14} {value}" for name, value in shown.items()),
        ]
    )


def report(run, outcome):
    """Prints how the training ended and what to do with the result."""
    print(
        f"test accuracy  {outcome.test_accuracy:.2%}\n"
        f"log            {run.log_file}\n"
        f"curve          {run.curve_file}\n"
        f"classifier     {run.classifier_file}\n"
        f"next           python tools/evaluate.py --samples=RUN --classifier={run.classifier_file}"
    )


def main():
    check_flags()
    train = load_data("train")
    run, options, settings, start = resolve(train)
    print(describe(run, start, train, settings), flush=True)
    test = load_data("test")

    strategy = classifier_session.make_strategy()
    status, outcome = classifier_session.train(
        strategy, train, test, options, run, settings, start, "learning_rate"
    )
    if outcome is not None:
        report(run, outcome)
    return status


if __name__ == "__main__":
    flag_defs.run(main)
