"""One call of a script that trains a classifier: opening the run, training under a strategy.

This module does not load TensorFlow before `make_strategy`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import sys
from typing import TYPE_CHECKING, Any

from amnat import command_text
from amnat.classifiers.negatives import NegativeBatches
from amnat.classifiers.options import ClassifierOptions
from amnat.classifiers.run_directory import ClassifierRun
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.file_lock import may_be_owned, owned_folder
from amnat.training import flags as shared
from amnat.training import native_log, resumption
from amnat.training.main import load_tensorflow

from absl import flags

if TYPE_CHECKING:
    from amnat.classifiers.training import ClassifierOutcome

    import tensorflow as tf

FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class ClassifierCall:
    """One call of a script, with its flags checked and its run opened.

    Attributes:
      run: ClassifierRun.
      start: completed epochs, 0 for a new run.
      options: ClassifierOptions.
      settings: all that the classifier depends on, as JSON values.
      negatives: NegativeBatches; None for training without negatives.
      rate_flag: the flag of the learning rate, for the advice when the loss diverges.
    """

    run: ClassifierRun
    start: int
    options: ClassifierOptions
    settings: dict[str, Any]
    negatives: NegativeBatches | None = None
    rate_flag: str = "learning_rate"


def owned_run(folder: pathlib.Path) -> contextlib.AbstractContextManager[object]:
    """A context in which no other process writes the run in a folder.

    Workers that write nothing, and dry runs, own nothing.
    """
    if not _writes():
        return contextlib.nullcontext()
    run = ClassifierRun(folder)
    if not (_resumes(run) or run.died_early or may_be_owned(folder)):
        # What can be refused without the lock leaves the folder untouched.
        run.check_new()
    return owned_folder(folder, "out_dir")


def _resumes(run: ClassifierRun) -> bool:
    return resumption.is_requested() or (FLAGS.auto_resume and run.settings_file.exists())


def _writes() -> bool:
    worker = shared.worker()
    return not FLAGS.dry_run and (worker is None or worker.is_chief)


def open_run(path: str | os.PathLike[str], settings: dict[str, Any]) -> tuple[ClassifierRun, int]:
    """The run in a folder and its completed epochs, according to --resume and --auto_resume.

    Args:
      path: path of the folder.
      settings: all that the classifier depends on, as JSON values (`options.run_settings`).

    Returns: (ClassifierRun, epochs).
    Raises: InputError, see `ClassifierRun.open`.
    """
    run = ClassifierRun(path)
    resume = _resumes(run)
    if not resume and not _writes():
        # Workers that write nothing may find what the chief has begun.
        return run, 0
    start, warnings = run.open(settings, resume)
    for warning in warnings:
        print(f"warning: {warning}; falling back to epoch {start}", file=sys.stderr)
    return run, start


def go_on(folder: pathlib.Path) -> str:
    """A sentence with the command that goes on with the run in a folder."""
    return f"Go on with: {command_text.command(f'--resume={folder.absolute()}')}"


def make_strategy() -> tf.distribute.Strategy:
    """Loads TensorFlow; returns the flags' strategy. Raises InputError without a device."""
    load_tensorflow()
    from amnat.training import strategy

    return strategy.make_strategy(FLAGS.strategy, FLAGS.devices)


def train(
    call: ClassifierCall, strategy: tf.distribute.Strategy, train_set: Dataset, test_set: Dataset
) -> tuple[int, ClassifierOutcome | None]:
    """Trains --network from the run's epoch on, or prints what --dry_run asks for.

    Args:
      call: ClassifierCall.
      strategy: see `make_strategy`.
      train_set, test_set: `amnat.data.Dataset`s of images.

    Returns:
      (exit status, ClassifierOutcome); the outcome is None unless the training is complete and
      this process is the one that reports it.
    Raises: InputError.
    """
    from amnat.classifiers.training import check_data, check_replicas, train_classifier
    from amnat.training.stopping import NotFinite
    from amnat.training.strategy import is_chief, mean_over_workers

    run, start, options = call.run, call.start, call.options
    check_data(train_set, test_set, options)
    check_replicas(options, strategy.num_replicas_in_sync, call.negatives)
    if FLAGS.dry_run:
        _print_parameters(train_set)
        return 0, None
    if mean_over_workers(strategy, start) != start:
        raise InputError(
            f"--resume: the workers found different checkpoints, this one that of epoch {start}; "
            f"all have to read one folder ({run.path})"
        )
    if is_chief(strategy):
        for change in run.create(call.settings, start, shared.replay_flags()):
            print(f"changed        {change}")
        native_log.keep_in(run.path / "log.txt")
    if start >= options.epochs:
        print(
            f"note: the run in {run.path} has all of its {options.epochs} epochs; their number is "
            "fixed, because the learning rate follows it",
            file=sys.stderr,
        )
    try:
        outcome = train_classifier(
            *(FLAGS.network, train_set, test_set, options, run, start),
            negatives=call.negatives,
            strategy=strategy,
            sync_batch_norm=FLAGS.sync_batch_norm,
        )
    except NotFinite as error:
        print(f"error: {error}; try a lower --{call.rate_flag}", file=sys.stderr)
        return 1, None
    if not is_chief(strategy):
        return 0, None
    ended = f"after {outcome.epochs} of {options.epochs} epochs"
    lack = run.missing(outcome.epochs, ended=outcome.epochs == options.epochs)
    if lack:
        print(f"error: {ended}, it lacks {lack}. {go_on(run.path)}", file=sys.stderr)
        return 1, None
    if outcome.epochs < options.epochs:
        assert outcome.stopped_by is not None, "only a signal ends it early"
        print(f"stopped by {outcome.stopped_by.name} {ended}. {go_on(run.path)}")
        return 0, None
    return 0, outcome


def _print_parameters(train_set: Dataset) -> None:
    from amnat.networks import classifiers

    ones = [1.0] * train_set.sample_shape[-1]
    shape = train_set.sample_shape, train_set.num_classes
    model = classifiers.build(FLAGS.network, *shape, ones, ones, FLAGS.seed)
    print(f"parameters     {model.count_params():,}")
