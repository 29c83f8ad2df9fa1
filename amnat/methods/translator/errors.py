"""Errors of translations: there and back, and against the true translation where it is known."""

from __future__ import annotations

from typing import Any

from amnat.methods.translator.domains import Domains
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.series import Series

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

LABELS = {
    "cycle_error": "there and back",
    "identity_error": "told to stay",
    "truth_error": "from the true translation",
    "unchanged_error": "the true translation from the image itself",
}
BATCH = 64


class TranslationErrors(Periodic):
    """Writes translation.csv and plots/translation.png.

    Errors are mean absolute differences of pixels in [-1, 1], over images of all domains, each
    translated into the next domain, with the code 0. `target_share` is the share of translations
    that the critic labels as their target. Where the true translation is known, `truth_error` is
    the translation's distance from it, and `unchanged_error` is the distance of the original image.

    Args:
      interval, start, run: see `Periodic`.
      domains: `amnat.methods.translator.domains.Domains`, preferably of images that the run is not
        trained on.
      most: the largest number of images to measure; they are spread evenly over all images.
    """

    run: RunDirectory
    slack = 1

    def __init__(
        self, interval: int, start: int, run: RunDirectory, domains: Domains, most: int = 512
    ):
        super().__init__(interval, start, run)
        data = domains.data
        count = min(most, data.num_samples)
        rows = np.linspace(0, data.num_samples - 1, count).round().astype(int)
        chosen = data.subset(rows)
        self.images, self.labels = chosen.images, chosen.labels
        self.num_domains = data.num_classes
        self.truth = None
        if domains.truth is not None:
            self.truth = (domains.truth[rows].astype(np.float32) - 127.5) / 128.0
        self.series = Series(
            run.path / "translation.csv", start, {"images": chosen.identity()}, run
        )

    def restart(self, start: int) -> None:
        super().restart(start)
        if hasattr(self, "series"):
            self.series.forget_after(start)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._measure = tf.function(self._of_batch, autograph=False)

    def _of_batch(
        self, images: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """(translations, these translated back, images told to stay, the translations' labels)."""
        latent = self.model.latent
        space = tf.zeros([tf.shape(images)[0], latent.space_dim])

        def translate(pixels: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
            return self.model.sample(latent.join(pixels, space, domains))

        targets = (labels + 1) % self.num_domains
        translated = translate(images, targets)
        found = tf.argmax(self.model.discriminator(translated).labels, axis=1)
        return translated, translate(translated, labels), translate(images, labels), found

    def errors(self) -> dict[str, float]:
        """{name: number} of the current model."""
        parts = [
            self._measure(self.images[i : i + BATCH], self.labels[i : i + BATCH])
            for i in range(0, len(self.images), BATCH)
        ]
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        translated, returned, unchanged, labels = columns

        def distance(first: np.ndarray, second: np.ndarray) -> float:
            return float(np.abs(first - second).mean(dtype=np.float64))

        targets = (self.labels + 1) % self.num_domains
        found = {
            "cycle_error": distance(returned, self.images),
            "identity_error": distance(unchanged, self.images),
            "target_share": float(np.mean(labels == targets)),
        }
        if self.truth is not None:
            found["truth_error"] = distance(translated, self.truth)
            found["unchanged_error"] = distance(self.images, self.truth)
        return found

    def act(self, iteration: int) -> None:
        found = self.errors()
        self.series.append(iteration, found)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in found.items())
        self.run.log(f"TRANSLATION  ITER: {iteration}, {len(self.images)} images, {text}")
        self._draw()

    def _draw(self) -> None:
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        axes = figure.add_subplot()
        for name, label in LABELS.items():
            if name in self.series.rows[0]:
                columns = self.series.column("iteration"), self.series.column(name)
                axes.plot(*columns, marker=".", label=label)
        axes.set(xlabel="iteration", ylabel="mean absolute difference of pixels in [-1, 1]")
        axes.set(title=self.run.title)
        axes.set_ylim(bottom=0)
        axes.grid(True, alpha=0.3)
        axes.legend()
        figure.savefig(self.run.plots / "translation.png")

    def summary(self) -> str:
        """The last numbers, as text of one line; empty before the first."""
        if not self.series.rows:
            return ""
        row = self.series.rows[-1]
        parts = [f"{name.replace('_', ' ')} {row[name]:.4f}" for name in row if name != "iteration"]
        return f"translation    {', '.join(parts)}"
