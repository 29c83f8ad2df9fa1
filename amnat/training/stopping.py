"""Callbacks that end a training: on a diverged loss and on a signal to the process."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from amnat.training.periodic import Counted, is_last

import tf_keras as keras


class NotFinite(Exception):
    """A logged quantity or a weight is NaN or infinite; the message says which and when."""


class StopOnNotFinite(Counted):
    """Raises NotFinite before anything of a diverged iteration is logged or saved."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_train_batch_end(batch, logs)
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                raise NotFinite(f"{name} is {value} at iteration {self.iteration}")


class StopOnSignal(keras.callbacks.Callback):
    """Ends training after the current call when the process receives a signal to stop.

    The signals are SIGINT (Ctrl-C), SIGTERM and SIGUSR1, which schedulers send some time before
    they end a job; a second Ctrl-C interrupts at once. `received` is the signal.

    Args:
      agree: callable, bool -> bool: whether any of several processes has received a signal. All of
        them then stop after the same iteration.
    """

    def __init__(self, agree: Callable[[bool], bool] = lambda stop: stop):
        super().__init__()
        self.received: signal.Signals | None = None
        self.agree = agree
        self._previous: dict[
            signal.Signals, Callable[[int, FrameType | None], Any] | int | None
        ] = {}

    def install(self) -> None:
        """Installs the signal handlers, in Python's main thread; `restore` removes them."""
        if not self._previous:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
                self._previous[number] = signal.signal(number, self._handle)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.install()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        # A run that ends with this batch ends normally.
        if not is_last(self, batch) and self.agree(self.received is not None):
            self.received = self.received or signal.SIGTERM
            self.model.stop_training = True

    def restore(self) -> None:
        """Restores the previous signal handlers, also when training ended in an error."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
