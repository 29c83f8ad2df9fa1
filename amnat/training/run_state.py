"""Whether a run has finished, and which of its checkpoints to read.

A run is finished when everything that it was to leave is there and its last checkpoint has been
read again from the disk. This module does not load TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from amnat.errors import InputError
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_damage,
    checkpoint_iterations,
    latest_checkpoint,
    write_atomically,
)

_Read = TypeVar("_Read")


class CheckpointGone(InputError):
    """A checkpoint was removed while it was read, by a training that goes on."""


def missing(run: RunDirectory, iteration: int) -> str | None:
    """What a run lacks to be finished after `iteration` iterations, as text; None if nothing."""
    if run.num_unwritten:
        return f"{run.num_unwritten} rows of its CSV files"
    for path in (run.flags_file, run.record_file):
        if not path.is_file():
            return str(path)
    if iteration not in checkpoint_iterations(run.checkpoints):
        return f"the checkpoint of iteration {iteration}"
    damage = checkpoint_damage(run.checkpoints, iteration)
    return damage and f"a whole checkpoint of iteration {iteration} ({damage})"


def mark_finished(run: RunDirectory, iteration: int) -> str | None:
    """Writes the file `finished` if nothing is missing; returns what is, as text.

    Args:
      run: `RunDirectory`, owned.
      iteration: the number of iterations of the whole run.
    """
    lack = missing(run, iteration)
    if lack is None:
        try:
            write_atomically(run.finished_file, f"{iteration}\n")
        except OSError as error:
            return f"{run.finished_file} ({error.strerror})"
    return lack


def finished_at(run: RunDirectory) -> int | None:
    """The last iteration of a run that is finished, with its last checkpoint there and whole.

    Returns: the iteration; None if the run is not finished, or no longer whole.
    """
    if not run.finished_file.is_file():
        return None
    text = run.finished_file.read_text(encoding="utf-8", errors="replace").strip()
    iteration = int(text) if text.isdecimal() else _last_written(run)
    if iteration is None or iteration not in checkpoint_iterations(run.checkpoints):
        return None
    return None if checkpoint_damage(run.checkpoints, iteration) else iteration


def _last_written(run: RunDirectory) -> int | None:
    """The last iteration of a run of amnat 0.2 or earlier, whose file `finished` is empty."""
    try:
        rows = run.read_rows(run.metrics_file).get("iteration", [])
        return int(rows[-1]) if rows else max(checkpoint_iterations(run.checkpoints), default=None)
    except (OSError, ValueError, TypeError):
        return None


def say_unfinished(run: RunDirectory, iteration: int) -> None:
    """Prints a note if a run's newest checkpoint, of `iteration`, is not that of its end."""
    if finished_at(run) != iteration:
        print(
            f"note: the run in {run.path} has not finished; its newest checkpoint is that of "
            f"iteration {iteration}",
            file=sys.stderr,
        )


def choose_iteration(
    run: RunDirectory,
    text: str,
    flag: str,
    others: str = "latest",
    chosen_by: str = "checkpoint",
) -> int:
    """The iteration of a whole checkpoint that a flag chooses.

    Args:
      run: `RunDirectory`.
      text: 'latest' or an iteration. 'latest' prints warnings about damaged checkpoints, and a note
        if the run is not finished.
      flag: the flag for the run, for errors.
      others: what the choosing flag takes beside an iteration, for errors.
      chosen_by: that flag, for errors.

    Raises: InputError.
    """
    folder = run.checkpoints
    if text == "latest":
        iteration, warnings = latest_checkpoint(folder, flag)
        for warning in warnings:
            print(f"warning: {warning}; using checkpoint {iteration}", file=sys.stderr)
        say_unfinished(run, iteration)
        return iteration
    kept = checkpoint_iterations(folder)
    if text not in map(str, kept):
        raise InputError(
            f"--{chosen_by}={text}: {folder} has {', '.join(map(str, kept)) or 'none'}; expected "
            f"one of them or {others}"
        )
    damage = checkpoint_damage(folder, int(text))
    if damage:
        raise InputError(f"--{chosen_by}={text}: {damage}")
    return int(text)


def read_checkpoint(
    run: RunDirectory, iteration: int, read: Callable[[int], _Read], newest: bool
) -> tuple[int, _Read]:
    """Reads a checkpoint of a run that may be training, which removes old checkpoints.

    Args:
      run: `RunDirectory`.
      iteration: of the checkpoint to read first.
      read: callable, iteration -> anything; it raises `CheckpointGone`.
      newest: whether to take the newest checkpoint instead if this one is removed.

    Returns: (iteration, what `read` returned).
    Raises: InputError.
    """
    while True:
        try:
            return iteration, read(iteration)
        except CheckpointGone:
            if not newest:
                raise
            iteration, _ = latest_checkpoint(run.checkpoints)
            print(f"note: read again, at iteration {iteration}", file=sys.stderr)
