"""Callbacks that know the iteration of the run, and act at intervals."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from amnat.training.run_directory import RunDirectory, warn

import tensorflow as tf
import tf_keras as keras

# What TensorFlow's messages have around the reason.
_NODE = re.compile(r"\{\{.*?\}\} *| *\[Op:\w+\]")


class Counted(keras.callbacks.Callback):
    """A callback that tracks the iteration of the run.

    Args:
      start: number of iterations completed before this session.

    Attributes:
      iteration: number of completed iterations.
    """

    def __init__(self, start: int):
        super().__init__()
        self.restart(start)

    def restart(self, start: int) -> None:
        """Sets the iteration that the next call of `fit` starts from."""
        self.start = self.iteration = start

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.iteration = self.start + batch + 1


def is_last(callback: keras.callbacks.Callback, batch: int) -> bool:
    """Whether the run ends with this batch of `fit`."""
    return batch + 1 == callback.params["steps"]


class Periodic(Counted):
    """Calls `act(iteration)` whenever a multiple of `interval` is reached or passed, and at the
    end of the run unless a multiple was within the last `slack` iterations.

    Everything that is due at the end is done in `on_train_end`, one callback after the other, so
    the last checkpoint is written after all the files that belong to it.

    A run that is stopped early leaves this final work to the session that resumes it. If a file
    cannot be written, for instance because the disk is full, this is reported and training goes on.

    Args:
      interval: number of iterations between calls.
      start: number of iterations completed before this session.
      run: `RunDirectory`.
    """

    slack = 0
    run: RunDirectory | None
    writer: tf.summary.SummaryWriter

    def __init__(self, interval: int, start: int, run: RunDirectory | None = None):
        super().__init__(start)
        self.interval = interval
        self.run = run
        self._is_due = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        before = self.iteration
        super().on_train_batch_end(batch, logs)
        self._is_due = self.times_due(self.iteration) > self.times_due(before)
        if self._is_due and not is_last(self, batch):
            self._act()

    def times_due(self, iteration: int) -> int:
        """How many times it is due up to an iteration."""
        return iteration // self.interval

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self.model.stop_training:
            self.finish()

    def finish(self) -> None:
        """Does what remains to be done at the end of the run."""
        if self._is_due or self.iteration % self.interval > self.slack:
            self._act()

    def _act(self) -> None:
        self._is_due = False
        if self.run is not None:
            self.run.failures.pop(type(self).__name__, None)
        with self.reporting():
            self.act(self.iteration)

    def act(self, iteration: int) -> None:
        raise NotImplementedError

    @contextlib.contextmanager
    def reporting(self, *errors: type[Exception]) -> Iterator[None]:
        """A context that reports failed writes (OSError and `errors`) and goes on.

        They are noted in the run's `failures` until the callback acts again. Rows are not, because
        the run keeps them until there is room.
        """
        caught: tuple[type[Exception], ...] = (OSError, *errors)
        rows = self.run.num_unwritten if self.run is not None else 0
        try:
            yield
        except caught as error:
            what = f"{type(self).__name__} at iteration {self.iteration}"
            reason = _NODE.sub("", " ".join(str(error).split()))
            message = f"{what} could not be written: {reason}"
            warn(f"\nwarning: {message}")
            if self.run is not None:
                self.run.log(f"WARNING  {message}")
                if self.run.num_unwritten == rows:
                    self.run.failures[type(self).__name__] = message

    @contextlib.contextmanager
    def summaries(self, iteration: int) -> Iterator[None]:
        """A context in which tf.summary writes for TensorBoard."""
        with self.reporting(tf.errors.OpError), self.writer.as_default(step=iteration):
            yield
