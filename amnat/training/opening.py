"""What a call of a training script opens before it trains: the run, the data, the weights.

TensorFlow is not loaded here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from amnat import file_lock
from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.errors import InputError
from amnat.training import declarations, initial_weights, resumption
from amnat.training import flags as shared
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_iterations,
    latest_checkpoint,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.method import Method

FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class TrainingCall:
    """One call of a method's script, with its flags checked and its data loaded.

    Attributes:
      method: `Method`.
      run: `RunDirectory`.
      start: number of completed iterations, 0 for a new run.
      dataset: the training split.
      batch_size: the batch size over all devices.
      num_iterations: number of iterations of the whole run.
      negatives: `NegativeSchedule`, None for methods and runs without negatives.
      initial: `InitialWeights` of another run; None for a run that has its own.
    """

    method: Method
    run: RunDirectory
    start: int
    dataset: Dataset
    batch_size: int
    num_iterations: int
    negatives: NegativeSchedule | None
    initial: initial_weights.InitialWeights | None = None

    def build(self, dataset: Dataset) -> GANModel:
        """The compiled model; for a new run, with data-dependent weights if the method has them."""
        model = self.method.build_model(dataset)
        if self.start == 0 and not FLAGS.dry_run:
            self.method.start_model(model, dataset)
            if self.initial is not None:
                self.initial.give_to(model)
        return model


def run_directory(method: Method) -> RunDirectory:
    """The run's directory as the flags say."""
    return RunDirectory(method.run_folder(), method.run_flags)


@contextlib.contextmanager
def owned_run(method: Method) -> Iterator[None]:
    """A context in which no other process writes the run; see `RunDirectory.owned`.

    Workers that write nothing, and dry runs, own nothing.
    """
    if not _writes():
        yield
        return
    run = run_directory(method)
    if not file_lock.may_be_owned(run.path):
        # What can be refused without the lock leaves the folder untouched.
        open_run(method)
    with run.owned():
        yield


def _writes() -> bool:
    worker = shared.worker()
    return not FLAGS.dry_run and (worker is None or worker.is_chief)


def open_call(method: Method) -> TrainingCall:
    """Opens the run and loads the data as the flags say. Writes nothing; raises InputError.

    The caller holds `owned_run`, so that no other process starts or resumes the run meanwhile.
    """
    run, start, warnings = open_run(method)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    initial = None
    if start == 0 and FLAGS.init_from is not None:
        initial = initial_weights.find(FLAGS.init_from)
    dataset = method.load_data("train")
    method.check_enough(dataset)
    images = ("image_size", "image_resize", "image_channels", "raw_sheets")
    for name in ("data_format", "score_metrics", "score_classifier", *images):
        if name in method.flag_names:
            declarations.refuse_idle(name, dataset.is_image, "images")
    method.check_data(dataset)
    call = TrainingCall(
        method,
        run,
        start,
        dataset,
        method.batch_size(),
        method.num_iterations(dataset),
        method.negatives(dataset),
        initial,
    )
    note = _at_its_end(call)
    if note:
        print(f"note: {note}", file=sys.stderr)
    return call


def _at_its_end(call: TrainingCall) -> str:
    """What to change if a resumed run has no iterations left, as text; '' if it has."""
    name = call.run.names.length
    if not 0 < call.num_iterations <= call.start:
        return ""
    ended = f"the run in {call.run.path} has {call.start} iterations and is at its end"
    if name is None:
        return f"{ended}; raise its length to go on"
    value = call.method.effective(name)
    found = declarations.declaration(name)
    if found is not None and found.fixed:
        other = f"--init_from={shlex.quote(str(call.run.path))}"
        return f"{ended}; a run fixes --{name}={value}: start another from its weights, {other}"
    return f"{ended}; to go on, raise --{name}, which is {value}"


def open_run(method: Method) -> tuple[RunDirectory, int, list[str]]:
    """Opens the run's directory and finds the iteration to start from; writes nothing.

    Returns: (RunDirectory, iteration, warnings).
    Raises: InputError, e.g. if a new run would overwrite an existing one, or if a resumed run has
      other flags.
    """
    run = run_directory(method)
    flag = FLAGS[run.names.resume].value or resumption.is_requested()
    resume = flag or (FLAGS.auto_resume and run.was_started)
    if not resume:
        # The other workers may find files that the chief has just written.
        if not _writes():
            return run, 0, []
        if not run.died_early:
            run.check_new()
            return run, 0, []
    start, warnings = _last_iteration(run)
    _check_fixed_flags(run, method.flag_names)
    return run, start, warnings


def _last_iteration(run: RunDirectory) -> tuple[int, list[str]]:
    """(iteration of the newest complete checkpoint, warnings); 0 if there is no checkpoint yet."""
    if run.was_started and not checkpoint_iterations(run.checkpoints):
        return 0, [f"no checkpoint yet in {run.path}; it starts again"]
    start, damaged = latest_checkpoint(
        run.checkpoints, run.names.resume, "; leave the flag out to start a new run"
    )
    return start, [f"{each}; falling back to checkpoint {start}" for each in damaged]


def _check_fixed_flags(run: RunDirectory, names: Iterable[str]) -> None:
    """Raises InputError if the value of a fixed flag differs from the run's record."""
    if not run.flags_file.is_file():
        raise InputError(
            f"--{run.names.resume}: {run.flags_file} is missing, the record of its flags"
        )
    recorded = run.recorded_flags()
    for name in names:
        found = declarations.declaration(name)
        assert found is not None, f"--{name} is defined without a declaration"
        if not found.fixed:
            continue
        _, equals, now = declarations.spelled_out(FLAGS[name]).partition("=")
        if not equals:
            now = str(FLAGS[name].value).lower()
        # The record omits flags that were not given and whose default is None.
        before = recorded.get(name, now if FLAGS[name].default is not None else "none")
        if not declarations.same_value(name, before, now):
            raise InputError(
                f"--{name}={now}: the run in {run.path} has {before} (its flags.txt); "
                f"resume it with its own flags, or start another run with --{run.names.tag}"
            )
