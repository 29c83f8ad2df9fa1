"""Callbacks that run between iterations: logs, sample sheets, scores, checkpoints, progress."""

from __future__ import annotations

import contextlib
import datetime
import gc
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from amnat import json_text, sheets
from amnat.data.dataset import Dataset
from amnat.files import write_atomically
from amnat.training import checkpoints, figures
from amnat.training.periodic import Counted, Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.sampling import Sampler
from amnat.training.stopping import NotFinite

import numpy as np
import tensorflow as tf
from tqdm import tqdm


class Log(Periodic):
    """Logs means and standard deviations since the last line to metrics.csv, log.txt, TensorBoard.

    log.txt and TensorBoard also get the seconds per iteration and the memory of the process.

    Args:
      run: `RunDirectory`, or None to write nothing.
      depends_on: JSON values that the quantities depend on; see `CSVTable.append`.
    """

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory | None,
        writer: tf.summary.SummaryWriter,
        depends_on: Any = None,
    ):
        super().__init__(interval, start, run)
        self.writer = writer
        self.depends_on = depends_on

    def restart(self, start: int) -> None:
        super().restart(start)
        self._since = time.monotonic()
        self._since_iteration = start

    def act(self, iteration: int) -> None:
        # All workers have to read them, because reading averages over all replicas.
        sums, count = self.model.log_sums.numpy(), int(self.model.log_count.numpy())
        means = sums[0] / max(count, 1)
        stddevs = np.sqrt(np.maximum(sums[1] / max(count, 1) - means**2, 0.0))
        self.model.log_sums.assign(tf.zeros_like(self.model.log_sums))
        self.model.log_count.assign(0)
        if self.run is not None and count:
            self._write(self.run, iteration, means, stddevs)

    def _write(
        self, run: RunDirectory, iteration: int, means: np.ndarray, stddevs: np.ndarray
    ) -> None:
        row: dict[str, Any] = {"iteration": iteration}
        parts = []
        for name, mean, stddev in zip(self.model.log_names, means, stddevs, strict=True):
            row[name], row[f"{name}_std"] = f"{mean:.9g}", f"{stddev:.9g}"
            parts.append(f"{name}: {_shown(mean)}" + (f"±{_shown(stddev)}" if stddev else ""))
        with self.reporting():
            run.append_row(run.metrics_file, row, self.depends_on)
        now = time.monotonic()
        seconds = (now - self._since) / max(iteration - self._since_iteration, 1)
        self._since, self._since_iteration = now, iteration
        stamp = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        memory = resident_megabytes()
        parts += [f"time: {seconds:.4f}", f"memory: {memory:.1f} MB"]
        name = run.path.name
        run.log(f"{stamp}  {name}  ITER: {iteration}, " + ", ".join(parts))
        with self.summaries(iteration):
            for name, mean in zip(self.model.log_names, means, strict=True):
                tf.summary.scalar(name, mean)
            tf.summary.scalar("seconds_per_iteration", seconds)
            tf.summary.scalar("resident_megabytes", memory)


def _shown(value: float) -> str:
    """A logged quantity with four decimals, or two digits where these would say little."""
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.4f}"


def resident_megabytes() -> float:
    """The resident memory of this process in 10**6 bytes; NaN if the system does not report it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return math.nan


class SampleSheets(Periodic):
    """Writes sheets of samples from fixed latents, their evolution as a GIF, and the curves.

    Args:
      real_scores: {score: that of real data}, for the curves.
    """

    run: RunDirectory
    # Runs take one more iteration than a round number, which gets no second sheet.
    slack = 1

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        writer: tf.summary.SummaryWriter,
        sampler: Sampler,
        dataset: Dataset,
        real_scores: Mapping[str, float] | None = None,
    ):
        super().__init__(interval, start, run)
        self.writer = writer
        self.sampler = sampler
        self.dataset = dataset
        self.real_scores = real_scores

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.start == 0:
            self._act()

    def _sheet(self, samples: np.ndarray) -> sheets.Sheet:
        """The labelled sheet has a row for each class if the latents are in this order."""
        rows = self.sampler.class_rows
        if self.run.raw_sheets or not 0 < rows <= figures.MOST_CLASS_ROWS:
            return sheets.Sheet(samples)
        name = getattr(self.sampler.model.latent, "class_word", "class")
        names = self.dataset.class_names if name == "class" else tuple(map(str, range(rows)))
        return sheets.Sheet(samples, len(samples) // rows, names, name)

    def act(self, iteration: int) -> None:
        samples = self.sampler.sheet()
        if self.dataset.is_image:
            sheet = figures.save_sheet(self.run, "train", iteration, self._sheet(samples))
        else:
            real = self.dataset.samples
            real = real[:: max(1, len(real) // 5000)]
            points = self.sampler.many(5000, 0)
            sheet = figures.save_scatter(self.run, iteration, points, real)
        with self.summaries(iteration):
            tf.summary.image("samples", sheet[None])
        figures.save_plots(self.run, self.real_scores)
        # Figures contain reference cycles. With TensorFlow's millions of objects Python hardly ever
        # collects those by itself, and a long run would grow by a hundred megabytes.
        gc.collect()

    def finish(self) -> None:
        super().finish()
        with self.reporting():
            path = self.run.plots / "evolution.gif"
            figures.save_evolution(self.run.samples, path, self.run.title)


class Scores(Periodic):
    """Scores fresh samples and writes the scores to scores.csv, log.txt and TensorBoard.

    A run that ends before the first interval is not scored. If the scorer has `depends_on`, it is
    recorded beside scores.csv, and scores that depend on something else go to scores_2.csv.
    """

    run: RunDirectory
    slack = 1

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        writer: tf.summary.SummaryWriter,
        sampler: Sampler,
        scorer: Callable[..., dict[str, float]],
        num_samples: int,
    ):
        super().__init__(interval, start, run)
        self.writer = writer
        self.sampler = sampler
        self.scorer = scorer
        self.num_samples = num_samples
        self.depends_on = getattr(scorer, "depends_on", {}) | {"num_samples": num_samples}
        self.latest: dict[str, float] | None = None

    def finish(self) -> None:
        if self.iteration >= self.interval:
            super().finish()

    def act(self, iteration: int) -> None:
        inputs: tuple[Any, ...] = (self.sampler.many(self.num_samples, iteration),)
        if getattr(self.scorer, "takes_labels", False):
            inputs += (self.sampler.given_labels(self.num_samples, iteration),)
        scores = self.scorer(*inputs)
        self.latest = scores
        real = getattr(self.scorer, "of_reference", None)
        if real:
            text = json_text.dumps({name: float(value) for name, value in real.items()}, indent=1)
            write_atomically(self.run.real_scores_file, text + "\n")
        row: dict[str, Any] = {"iteration": iteration}
        row |= {name: f"{value:.9g}" for name, value in scores.items()}
        self.run.append_row(self.run.scores_file, row, self.depends_on)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in scores.items())
        self.run.log(f"SCORES  ITER: {iteration}, {self.num_samples} samples, {text}")
        for name, reason in getattr(self.scorer, "failures", {}).items():
            self.run.log(f"SCORES  ITER: {iteration}, {name}: not taken: {reason}")
        table = self.run.table(self.run.scores_file)
        part = table.part_of(row, self.depends_on) or table.path
        tag = f"score{table.suffix(part)}"
        with self.summaries(iteration):
            for name, value in scores.items():
                tf.summary.scalar(f"{tag}/{name}", value)


class Save(Periodic):
    """Writes checkpoints. A full disk is reported, and training goes on.

    Weights that are not finite are never saved. The losses do not show them in time, because they
    are computed before the update.
    """

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory | None,
        max_to_keep: int,
        writes: bool = True,
    ):
        super().__init__(interval, start, run)
        self.max_to_keep = max_to_keep
        self.writes = writes
        self._saved_at: int | None = None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        # A run that is stopped early is saved too, so that it can go on from there.
        if self.iteration != self._saved_at:
            self.finish()

    def act(self, iteration: int) -> None:
        self._saved_at = iteration
        for variable in self.model.trainable_variables:
            if not tf.reduce_all(tf.math.is_finite(variable)):
                raise NotFinite(f"{variable.name} is not finite after iteration {iteration}")
        with self.reporting(tf.errors.OpError):
            if not self.writes:
                checkpoints.take_part(self.model)
                return
            assert self.run is not None, "a process that writes has a run directory"
            # A run that resumes from this checkpoint does not write the earlier rows again.
            self.run.write_rows()
            checkpoints.save(self.model, self.run.checkpoints, iteration, self.max_to_keep)


class Progress(Counted):
    """A progress bar with the iteration, losses, iterations per second and the remaining time.

    Args:
      start: number of iterations completed before this session.
      total: number of iterations of the whole run.
      visible: whether to show the bar.
      preparation: what takes long before the first iterations are done; '' if nothing does.
    """

    SHOWN = {"loss_dis_total": "D", "loss_gen_total": "G"}

    def __init__(self, start: int, total: int, visible: bool = True, preparation: str = ""):
        super().__init__(start)
        self.total = total
        self.preparation = preparation
        self.visible = visible
        self.bar: tqdm | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.close()
        terminal = sys.stderr.isatty()
        self.bar = tqdm(
            initial=self.start,
            total=self.total,
            unit="it",
            desc=self.preparation or "training",
            dynamic_ncols=terminal,
            # A log file gets a new line now and then instead of a redrawn one.
            mininterval=0.2 if terminal else 10.0,
            disable=not self.visible,
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_train_batch_end(batch, logs)
        assert self.bar is not None, "on_train_begin makes it"
        if self.preparation:
            self.preparation = ""
            self.bar.set_description("training", refresh=False)
        logs = logs or {}
        shown = {short: f"{logs[name]:.3f}" for name, short in self.SHOWN.items() if name in logs}
        self.bar.set_postfix(shown, refresh=False)
        # Like a warning, it may go to a file on a full disk.
        with contextlib.suppress(OSError):
            self.bar.update(self.iteration - self.bar.n)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the bar and leaves it visible, also when training ended in an error."""
        if self.bar is not None:
            with contextlib.suppress(OSError):
                self.bar.close()
