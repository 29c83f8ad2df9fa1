"""Test accuracy of a semi-supervised classifier over training, beside its supervised twin's."""

from __future__ import annotations

from collections.abc import Callable

from amnat.data.dataset import Dataset
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.series import Series

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

LABELS = {
    "semi_supervised_accuracy": "semi-supervised",
    "supervised_accuracy": "the same, on the labelled samples alone",
}


def accuracy(network: Callable[[tf.Tensor], tf.Tensor], dataset: Dataset, batch_size: int) -> float:
    """Share of the samples whose largest class logit is that of their label, in [0, 1].

    All batches have one size, on which logits may depend; the last one is filled with samples of
    the one before.

    Args:
      network: images -> logits [batch, K or K + 1]; it is given no rng.
      dataset: `amnat.data.Dataset`.
      batch_size: samples at a time; at most the whole data set.
    """
    images, count = dataset.images, dataset.num_samples
    batch_size = min(batch_size, count)
    classify = tf.function(
        lambda batch: tf.argmax(network(batch)[:, : dataset.num_classes], axis=1), autograph=False
    )
    classes = np.empty(count, np.int64)
    for start in range(0, count, batch_size):
        start = min(start, count - batch_size)
        rows = slice(start, start + batch_size)
        classes[rows] = classify(tf.constant(images[rows])).numpy()
    return float(np.mean(classes == dataset.labels))


class AccuracyCurve(Periodic):
    """Writes accuracy.csv and plots/accuracy.png.

    Args:
      interval, start: see `Periodic`.
      run: `RunDirectory`.
      test: the test split.
      batch_size: the training batch size.
    """

    run: RunDirectory

    def __init__(
        self, interval: int, start: int, run: RunDirectory, test: Dataset, batch_size: int
    ):
        super().__init__(interval, start, run)
        self.test = test
        self.batch_size = batch_size
        self.series = Series(run.path / "accuracy.csv", start, {"test": test.identity()}, run)

    def restart(self, start: int) -> None:
        super().restart(start)
        if hasattr(self, "series"):
            self.series.forget_after(start)

    def act(self, iteration: int) -> None:
        networks = {"semi_supervised_accuracy": self.model.discriminator}
        if self.model.baseline is not None:
            networks["supervised_accuracy"] = self.model.baseline
        found = {
            name: accuracy(network, self.test, self.batch_size)
            for name, network in networks.items()
        }
        self.series.append(iteration, found)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in found.items())
        self.run.log(f"ACCURACY  ITER: {iteration}, {self.test.num_samples} samples, {text}")
        self._draw()

    def _draw(self) -> None:
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        axes = figure.add_subplot()
        for name, label in LABELS.items():
            if name in self.series.rows[0]:
                values = [100 * value for value in self.series.column(name)]
                axes.plot(self.series.column("iteration"), values, marker=".", label=label)
        axes.set(xlabel="iteration", ylabel="test accuracy (%)", title=self.run.title)
        axes.grid(True, alpha=0.3)
        axes.legend()
        figure.savefig(self.run.plots / "accuracy.png")

    def summary(self) -> str:
        """The last accuracies, as text of one line; empty before the first measurement."""
        if not self.series.rows:
            return ""
        row = self.series.rows[-1]
        parts = [f"{LABELS[name]} {row[name]:.2%}" for name in LABELS if name in row]
        return f"test accuracy  {', '.join(parts)}"
