"""How InfoGAN's labels agree with the true classes, over training."""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.export.copies import copy_network, leave_noise_out
from amnat.files import write_atomically
from amnat.metrics import clustering
from amnat.networks.network import Network
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.series import Series

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure


class LabelAgreement(Periodic):
    """Writes labels.csv, label_classes.csv (the last table) and plots/labels.png.

    The critic labels test images, in batches of the training batch size and without dropout.
    `purity` and `one_to_one` are shares, `mutual_information` is in nats; with more or fewer labels
    than classes, a share does not describe the agreement completely.

    Args:
      interval, start, run: see `Periodic`.
      test: the test split.
      batch_size: the training batch size.
      guided: whether labels are meant to be the classes; adds `accuracy`.
    """

    run: RunDirectory
    slack = 1

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        test: Dataset,
        batch_size: int,
        guided: bool = False,
    ):
        super().__init__(interval, start, run)
        self.test = test
        self.batch_size = min(batch_size, test.num_samples)
        self.guided = guided
        self.series = Series(run.path / "labels.csv", start, {"test": test.identity()}, run)
        self._copy: Network | None = None

    def restart(self, start: int) -> None:
        super().restart(start)
        if hasattr(self, "series"):
            self.series.forget_after(start)

    def act(self, iteration: int) -> None:
        labels = self._labels()
        num_labels = self.model.latent.num_classes
        table = clustering.contingency(labels, self.test.labels, num_labels, self.test.num_classes)
        found = {
            "purity": clustering.purity(table),
            "one_to_one": clustering.one_to_one_accuracy(table),
            "mutual_information": clustering.mutual_information(table),
            "normalized_mutual_information": clustering.normalized_mutual_information(table),
        }
        if self.guided:
            found["accuracy"] = float(np.mean(labels == self.test.labels))
        self.series.append(iteration, found)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in found.items())
        self.run.log(f"LABELS  ITER: {iteration}, {self.test.num_samples} samples, {text}")
        self._write_table(table)
        self._draw()

    def _labels(self) -> np.ndarray:
        """int [N], the critic's labels of the test images."""
        critic = self.model.discriminator
        copy = self._copy
        if copy is None:
            # A copy, since the critic itself keeps its dropout.
            copy = self._copy = copy_network(critic, self.test.sample_shape)
            leave_noise_out(copy)
            self._label = tf.function(
                lambda images: tf.argmax(copy(images).labels, axis=1), autograph=False
            )
        copy.set_weights(critic.get_weights())
        images, size = self.test.images, self.batch_size
        labels = np.empty(len(images), np.int64)
        for first in range(0, len(images), size):
            # The last batch repeats images of the one before it, so that it is full.
            rows = slice(min(first, len(images) - size), min(first + size, len(images)))
            labels[rows] = self._label(tf.constant(images[rows])).numpy()
        return labels

    def _write_table(self, table: np.ndarray) -> None:
        names = [name.replace(",", ";") for name in self.test.class_names]
        lines = [",".join(["label", *names])]
        lines += [",".join(map(str, [label, *row])) for label, row in enumerate(table.tolist())]
        write_atomically(self.run.path / "label_classes.csv", "\n".join(lines) + "\n")

    def _draw(self) -> None:
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        axes = figure.add_subplot()
        for name in self.series.rows[0]:
            if name not in ("iteration", "mutual_information"):
                columns = self.series.column("iteration"), self.series.column(name)
                axes.plot(*columns, marker=".", label=name.replace("_", " "))
        axes.set(xlabel="iteration", ylabel="agreement with the classes", ylim=(0, 1))
        axes.set(title=self.run.title)
        axes.grid(True, alpha=0.3)
        axes.legend()
        figure.savefig(self.run.plots / "labels.png")

    def summary(self) -> str:
        """The last numbers, as text of one line; empty before the first."""
        if not self.series.rows:
            return ""
        row = self.series.rows[-1]
        shares = [
            f"{name.replace('_', ' ')} {row[name]:.4f}" for name in row if name != "iteration"
        ]
        return f"labels         {', '.join(shares)} (nats for mutual information)"
