"""The training of a classifier as a `Script`: tools/train_classifier.py."""

from __future__ import annotations

import pathlib
import sys
from typing import TYPE_CHECKING

from amnat import command_text, data
from amnat.choices import CLASSIFIER_NAMES
from amnat.classifiers import training_call
from amnat.classifiers.options import AUGMENTATIONS, SCHEDULES, default_options, run_settings
from amnat.classifiers.run_directory import ClassifierRun
from amnat.classifiers.training_call import ClassifierCall
from amnat.data.dataset import Dataset
from amnat.training import flag_paths, run_page
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_enum,
    define_float,
    define_integer,
    define_string,
)
from amnat.training.main import Script
from amnat.training.run_directory import results_root

from absl import flags

if TYPE_CHECKING:
    from amnat.classifiers.training import ClassifierOutcome

FLAGS = flags.FLAGS

# Flags with the names of the options that they set.
_OPTIONS = (
    *("epochs", "batch_size", "learning_rate", "schedule", "augment", "weight_decay", "seed"),
)


class ClassifierScript(Script):
    """What the scripts that train classifiers share.

    `ClassifierRun` compares the settings of a resumed run, which follow from the flags that are
    declared as fixed. The learning rate is also among the settings, since classifier.keras records
    it.
    """

    shared_flags = (
        *("data_dir", "image_size", "image_resize", "image_channels"),
        *("seed", "dry_run", "auto_resume", "report"),
        *("strategy", "devices", "sync_batch_norm"),
    )

    def check_flags(self) -> None:
        shared.check_data("dataset", only_images=True)
        shared.check_strategy()

    def load_data(self, split: str) -> Dataset:
        """The 'train' or 'test' split of --dataset; raises InputError."""
        form = shared.image_form()
        return data.load(FLAGS.dataset, FLAGS.data_dir, split, form=form, holds_out=True)

    def check_data(self, train: Dataset) -> None:
        """Raises InputError if the training split has one class, or less than one batch."""
        shared.require_classes(train, "a classifier", "choose another data set")
        shared.require(
            (FLAGS.batch_size or 1) <= train.num_samples,
            "batch_size",
            f"at most {train.num_samples}, the images of {train.name}",
        )

    @property
    def kind(self) -> str:
        """The first part of the default name of the run's folder."""
        raise NotImplementedError

    def folder(self) -> pathlib.Path:
        """The folder of the run: --out_dir, or result/<kind>_<dataset>_<network>/."""
        label = data.describe(FLAGS.dataset).label
        default = results_root() / "result" / f"{self.kind}_{label}_{FLAGS.network}"
        return pathlib.Path(FLAGS.out_dir or default).expanduser()

    def place_flags(self) -> tuple[str, ...]:
        return ("out_dir",)

    def run_folder(self) -> pathlib.Path:
        return self.folder()

    def main(self) -> int:
        folder = self.folder()
        with training_call.owned_run(folder):
            try:
                return self.train()
            except OSError as error:
                # Failed checkpoints are reported by the training itself.
                where = f"{error.filename or folder}: {error.strerror}"
                print(f"error: {where}. {training_call.go_on(folder)}", file=sys.stderr)
                return 1

    def train(self) -> int:
        """Trains and reports, in a folder that is this process' own; returns the exit status."""
        raise NotImplementedError


class TrainClassifierScript(ClassifierScript):
    """A classifier for scores and for negative-aware training."""

    kind = "classifier"

    def define_flags(self) -> None:
        define_string(
            "dataset",
            "digits",
            shared.data_help("Data set of images", True),
            fixed=True,
            paths=flag_paths.of_data,
        )
        define_enum(
            "network",
            "small",
            CLASSIFIER_NAMES,
            "small trains in a minute and is enough for digits; the others are of the usual size "
            "for CIFAR-10 and need a GPU.",
            fixed=True,
        )
        define_integer(
            "epochs",
            None,
            "Passes over the data. Default: 200 (densenet 300; small 8 to 30, by the size of the "
            "data).",
            fixed=True,
            at_least=1,
            means="epochs",
        )
        define_integer(
            "batch_size",
            None,
            "Images per step. Default: 128 (densenet 64).",
            fixed=True,
            at_least=1,
        )
        define_float(
            "learning_rate",
            None,
            "Learning rate at the start. Default: 0.1 (small 0.05).",
            fixed=False,
            more_than=0,
            means="rate",
        )
        define_enum(
            "schedule",
            None,
            SCHEDULES,
            "cosine to 0 (by steps, or constant within epochs), or a step to a tenth at 50 % and "
            "at 75 %. Default: cosine (densenet step).",
            fixed=True,
        )
        define_enum(
            "augment",
            None,
            AUGMENTATIONS,
            "Random shifts (4 pixels of 32; characters and grey images 2), also with mirroring, "
            "also in a black margin (crop_mirror). Default: shift_mirror, for characters and grey "
            "images shift.",
            fixed=True,
        )
        define_float(
            "weight_decay",
            None,
            "L2 penalty on all weights. Default: 5e-4 (densenet 1e-4).",
            fixed=True,
            at_least=0,
        )
        define_string(
            "out_dir",
            None,
            "Folder of the run. Default: result/classifier_<dataset>_<network>/.",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )

    def resolve(self, train: Dataset) -> ClassifierCall:
        """The `ClassifierCall` for a training split; raises InputError."""
        self.check_data(train)
        given = {name: FLAGS[name].value for name in _OPTIONS}
        options = default_options(FLAGS.network, train, **given)
        settings = run_settings(FLAGS.network, train, options)
        run, start = training_call.open_run(self.folder(), settings)
        return ClassifierCall(run, start, options, settings)

    def train(self) -> int:
        train = self.load_data("train")
        call = self.resolve(train)
        print(_describe(call, train), flush=True)
        test = self.load_data("test")
        strategy = training_call.make_strategy()
        status, outcome = training_call.train(call, strategy, train, test)
        if outcome is not None:
            _report(call.run, outcome)
            run_page.write_page(call.run.path)
        return status


def _describe(call: ClassifierCall, train: Dataset) -> str:
    """The resolved options, as text."""
    hidden = ("dataset", "content_key")
    shown = {name: value for name, value in call.settings.items() if name not in hidden}
    resumed = f", resumed after epoch {call.start}" if call.start else ""
    return "\n".join(
        [
            f"run folder     {call.run.path}{resumed}",
            f"data           {train.name}, {train.num_samples:,} images of "
            f"{'x'.join(map(str, train.sample_shape))}, {train.num_classes} classes",
            *(f"{name:14} {value}" for name, value in shown.items()),
        ]
    )


def _report(run: ClassifierRun, outcome: ClassifierOutcome) -> None:
    """Prints how the training ended and how to use the result."""
    use = f"--classifier={run.classifier_file.absolute()}"
    print(
        f"test accuracy  {outcome.test_accuracy:.2%}\n"
        f"log            {run.log_file}\n"
        f"curve          {run.curve_file}\n"
        f"classifier     {run.classifier_file}\n"
        f"next           {command_text.command('--samples=RUN', use, script='evaluate.py')}"
    )
