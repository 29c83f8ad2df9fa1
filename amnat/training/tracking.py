"""Sends a run's rows and sheets to Weights & Biases or MLflow (--track).

What is sent is what metrics.csv, scores.csv and samples/ hold, so a service that cannot be reached
loses nothing. tracking.json in the run directory keeps the services' names for the run, and a
resumed run goes on under them.
"""

from __future__ import annotations

import json
import math
import pathlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from amnat import json_text
from amnat.files import write_atomically
from amnat.training.csv_table import read_table
from amnat.training.figures import sheets_in_order
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory, warn
from amnat.training.trackers import CLASSES, Tracker

# Rows are read again for each call, so calls are not closer together than this.
_SECONDS = 10.0


class Track(Periodic):
    """Sends new rows and sheets whenever log lines are due, and at the end.

    A service that fails is reported once, and training goes on without it.

    Args:
      interval, start, run: see `Periodic`.
      names: names in `trackers.TRACKERS`.
      settings: {flag: value} of the run.
    """

    run: RunDirectory

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        names: Sequence[str],
        settings: Mapping[str, Any],
    ):
        super().__init__(interval, start, run)
        self._file = run.path / "tracking.json"
        self._sent, self._sent_at = start, -math.inf
        keys = self._keys()
        self.trackers: dict[str, Tracker] = {}
        for name in names:
            self._try(name, lambda name=name: self._open(name, settings, keys.get(name)))
        keys |= {name: tracker.key for name, tracker in self.trackers.items()}
        write_atomically(self._file, json_text.dumps(keys) + "\n")

    def _keys(self) -> dict[str, str]:
        try:
            return json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def _open(self, name: str, settings: Mapping[str, Any], key: str | None) -> None:
        self.trackers[name] = CLASSES[name](self.run, settings, key)

    def _try(self, name: str, action: Any) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  (the services raise anything)
            self.trackers.pop(name, None)
            message = f"--track={name}: {' '.join(str(error).split())[:300]}; the run goes on"
            warn(f"\nwarning: {message}")
            self.run.log(f"WARNING  {message}")

    def restart(self, start: int) -> None:
        super().restart(start)
        self._sent = start

    def act(self, iteration: int) -> None:
        if time.monotonic() >= self._sent_at + _SECONDS:
            self._send_new(iteration)

    def _send_new(self, iteration: int) -> None:
        rows = self._new_rows()
        found = sheets_in_order(self.run.samples)
        sheets = [each for each in found if self._sent < each[0] <= iteration]
        for name, tracker in list(self.trackers.items()):
            self._try(name, lambda tracker=tracker: _send(tracker, rows, sheets[-1:]))
        self._sent, self._sent_at = iteration, time.monotonic()

    def _new_rows(self) -> dict[int, dict[str, float]]:
        """{iteration: {name: value}} of the rows that have not been sent."""
        rows: dict[int, dict[str, float]] = {}
        for file, prefix in ((self.run.metrics_file, ""), (self.run.scores_file, "score/")):
            parts = self.run.table(file).parts()
            for row in read_table(parts[-1]) if parts else []:
                iteration = int(row.pop("iteration"))
                if iteration > self._sent:
                    values = {prefix + name: float(text) for name, text in row.items() if text}
                    rows.setdefault(iteration, {}).update(values)
        return rows

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        # A run that is stopped early sends its rows, too.
        self._send_new(self.iteration)
        is_finished = not self.model.stop_training
        for name, tracker in list(self.trackers.items()):
            self._try(name, lambda tracker=tracker: tracker.close(is_finished))


def _send(
    tracker: Tracker,
    rows: Mapping[int, Mapping[str, float]],
    sheets: Sequence[tuple[int, pathlib.Path]],
) -> None:
    for iteration, values in sorted(rows.items()):
        tracker.log(iteration, values)
    for iteration, path in sheets:
        tracker.log_sheet(iteration, path)
