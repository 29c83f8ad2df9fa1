"""What happens between iterations: logs, sample sheets, scores, checkpoints, progress."""

import datetime
import math
import signal
import sys
import time

from amnat.training import checkpoints, figures

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm


class NotFinite(Exception):
    """A logged quantity is NaN or infinite; the message says which and when."""


class Periodic(keras.callbacks.Callback):
    """Calls `act(iteration)` whenever a multiple of `interval` is reached or passed, and at the
    end unless that was within the last `slack` iterations.

    Args:
      interval: iterations.
      start: iterations done before this session.
    """

    slack = 0

    def __init__(self, interval, start):
        super().__init__()
        self.interval = interval
        self.start = start
        self.iteration = start
        self._acted_at = None

    def on_train_batch_end(self, batch, logs=None):
        before, self.iteration = self.iteration, self.start + batch + 1
        if self.iteration // self.interval > before // self.interval:
            self._act()

    def on_train_end(self, logs=None):
        if self._acted_at is None or self.iteration - self._acted_at > self.slack:
            self._act()

    def _act(self):
        self._acted_at = self.iteration
        self.act(self.iteration)

    def act(self, iteration):
        raise NotImplementedError


class StopOnNotFinite(keras.callbacks.Callback):
    """Raises NotFinite before anything is logged or saved of an iteration that diverged."""

    def __init__(self, start):
        super().__init__()
        self.start = start

    def on_train_batch_end(self, batch, logs=None):
        for name, value in logs.items():
            if not math.isfinite(value):
                raise NotFinite(f"{name} is {value} at iteration {self.start + batch + 1}")


class StopOnSignal(keras.callbacks.Callback):
    """Ends training after the current call when the process is told to stop.

    SIGINT (Ctrl-C) and SIGTERM; a second Ctrl-C interrupts at once. `received` is the signal.
    """

    def __init__(self):
        super().__init__()
        self.received = None
        self._previous = {}

    def on_train_begin(self, logs=None):
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._handle)

    def _handle(self, number, frame):
        self.received = signal.Signals(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_train_batch_end(self, batch, logs=None):
        if self.received:
            self.model.stop_training = True

    def restore(self):
        """Puts the former signal handlers back, also when training ended in an error."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)


class Log(Periodic):
    """Mean and standard deviation since the last line: metrics.csv, log.txt, TensorBoard."""

    def __init__(self, interval, start, run, writer, name):
        super().__init__(interval, start)
        self.run = run
        self.writer = writer
        self.name = name
        self._since = time.monotonic()
        self._since_iteration = start

    def act(self, iteration):
        sums, count = self.model.log_sums.numpy(), int(self.model.log_count.numpy())
        if count == 0:
            return
        means = sums[0] / count
        stddevs = np.sqrt(np.maximum(sums[1] / count - means**2, 0.0))
        self.model.log_sums.assign(tf.zeros_like(self.model.log_sums))
        self.model.log_count.assign(0)
        row, parts = {"iteration": iteration}, []
        for name, mean, stddev in zip(self.model.log_names, means, stddevs, strict=True):
            row[name], row[f"{name}_std"] = f"{mean:.9g}", f"{stddev:.9g}"
            parts.append(f"{name}: {mean:.4f}" + (f"±{stddev:.4f}" if stddev else ""))
        self.run.append_row(self.run.metrics_file, row)
        now = time.monotonic()
        seconds = (now - self._since) / max(iteration - self._since_iteration, 1)
        self._since, self._since_iteration = now, iteration
        stamp = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        parts.append(f"time: {seconds:.4f}")
        self.run.log(f"{stamp}  {self.name}  ITER: {iteration}, " + ", ".join(parts))
        with self.writer.as_default(step=iteration):
            for name, mean in zip(self.model.log_names, means, strict=True):
                tf.summary.scalar(name, mean)
            tf.summary.scalar("seconds_per_iteration", seconds)


class SampleSheets(Periodic):
    """Sheets of samples from fixed latents, their evolution as a GIF, and the curves."""

    # Runs take iMaxIter + 1 iterations: no second sheet for that one.
    slack = 1

    def __init__(self, interval, start, run, writer, sampler, dataset):
        super().__init__(interval, start)
        self.run = run
        self.writer = writer
        self.sampler = sampler
        self.dataset = dataset

    def on_train_begin(self, logs=None):
        if self.start == 0:
            self.act(0)

    def act(self, iteration):
        samples = self.sampler.sheet()
        if self.dataset.is_image:
            sheet = figures.image_sheet(samples)
        else:
            real = self.dataset.samples
            real = real[:: max(1, len(real) // 5000)]
            points = self.sampler.many(5000, 0)
            sheet = figures.scatter_sheet(points, real, f"iteration {iteration}")
        figures.save_image(self.run.samples / figures.sheet_name(iteration), sheet)
        with self.writer.as_default(step=iteration):
            tf.summary.image("samples", sheet[None])
        save_plots(self.run)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        figures.save_evolution(self.run.samples, self.run.plots / "evolution.gif")


# Logged quantities between 0 and 1: accuracy on real samples, agreement of fakes with their target.
SHARES = ("accuracy_real", "match_fake")


def save_plots(run):
    """Redraws the curves of a run from its CSV files."""
    metrics = run.read_rows(run.metrics_file)
    losses = sorted(name for name in metrics if "loss" in name and not name.endswith("_std"))
    # Without further terms a player's total is its adversarial loss: one curve says it.
    for player in ("dis", "gen"):
        if metrics.get(f"loss_{player}_gan") == metrics.get(f"loss_{player}_total"):
            losses = [name for name in losses if name != f"loss_{player}_gan"]
    logits = sorted(name for name in metrics if "logit" in name and not name.endswith("_std"))
    figures.save_curves(run.plots / "losses.png", metrics, losses, "loss (nats)")
    label = "logit" if any(name.endswith("r2") for name in logits) else "probability"
    figures.save_curves(run.plots / "logits.png", metrics, logits, label)
    shares = [name for name in metrics if name in SHARES]
    figures.save_curves(run.plots / "shares.png", metrics, shares, "share")
    scores = run.read_rows(run.scores_file)
    for name in scores:
        if name != "iteration":
            figures.save_curves(run.plots / f"score_{name}.png", scores, [name], name)


class Scores(Periodic):
    """Scores of fresh samples: scores.csv, log.txt, TensorBoard.

    A run that ends before the first interval is not scored.
    """

    slack = 1

    def __init__(self, interval, start, run, writer, sampler, scorer, num_samples):
        super().__init__(interval, start)
        self.run = run
        self.writer = writer
        self.sampler = sampler
        self.scorer = scorer
        self.num_samples = num_samples
        self.latest = None

    def on_train_end(self, logs=None):
        if self.iteration >= self.interval:
            super().on_train_end(logs)

    def act(self, iteration):
        scores = self.scorer(self.sampler.many(self.num_samples, iteration))
        self.latest = scores
        row = {"iteration": iteration} | {name: f"{value:.9g}" for name, value in scores.items()}
        self.run.append_row(self.run.scores_file, row)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in scores.items())
        self.run.log(f"SCORES  ITER: {iteration}, {self.num_samples} samples, {text}")
        with self.writer.as_default(step=iteration):
            for name, value in scores.items():
                tf.summary.scalar(f"score/{name}", value)


class Save(Periodic):
    """Checkpoints. A disk that is full is reported, and training goes on.

    Weights that are not finite are not saved: the losses, which are taken before the update, do
    not show yet what it did.
    """

    def __init__(self, interval, start, run, max_to_keep):
        super().__init__(interval, start)
        self.run = run
        self.max_to_keep = max_to_keep

    def act(self, iteration):
        for variable in self.model.trainable_variables:
            if not tf.reduce_all(tf.math.is_finite(variable)):
                raise NotFinite(f"{variable.name} is not finite after iteration {iteration}")
        try:
            checkpoints.save(self.model, self.run.checkpoints, iteration, self.max_to_keep)
        except (OSError, tf.errors.OpError) as error:
            message = f"checkpoint {iteration} was not written: {' '.join(str(error).split())}"
            print(f"\nwarning: {message}", file=sys.stderr)
            self.run.log(f"WARNING  {message}")


class Progress(keras.callbacks.Callback):
    """A bar with iteration, losses, iterations per second and the time left.

    Args:
      start: iterations done before this session.
      total: iterations of the whole run.
    """

    SHOWN = {"loss_dis_total": "D", "loss_gen_total": "G"}

    def __init__(self, start, total):
        super().__init__()
        self.start = start
        self.total = total

    def on_train_begin(self, logs=None):
        terminal = sys.stderr.isatty()
        self.bar = tqdm(
            initial=self.start,
            total=self.total,
            unit="it",
            desc="training",
            dynamic_ncols=terminal,
            # A log file gets a line now and then instead of a redrawn one.
            mininterval=0.2 if terminal else 10.0,
        )

    def on_train_batch_end(self, batch, logs=None):
        shown = {short: f"{logs[name]:.3f}" for name, short in self.SHOWN.items() if name in logs}
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(self.start + batch + 1 - self.bar.n)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Leaves the bar as it is, also when training ended in an error."""
        self.bar.close()
