"""How far translations are from coming back, and from the truth where it is known."""

from amnat.training.callbacks import Periodic
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
    that the critic labels as the domain they are to be of. With the truth known, `truth_error` is
    the distance from it and `unchanged_error` what no change at all would have.

    Args:
      interval, start, run: see `Periodic`.
      domains: `amnat.methods.translator.domains.Domains`, best of images that are not trained on.
      most: images that are looked at, at most, evenly over all.
    """

    slack = 1

    def __init__(self, interval, start, run, domains, most=512):
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
        self.series = Series(run.path / "translation.csv", start)

    def restart(self, start):
        super().restart(start)
        if hasattr(self, "series"):
            self.series.forget_after(start)

    def on_train_begin(self, logs=None):
        self._measure = tf.function(self._of_batch, autograph=False)

    def _of_batch(self, images, labels):
        """(translations, the same back, images told to stay, labels of the translations)."""
        latent = self.model.latent
        space = tf.zeros([tf.shape(images)[0], latent.space_dim])

        def translate(pixels, domains):
            return self.model.sample(latent.join(pixels, space, domains))

        targets = (labels + 1) % self.num_domains
        translated = translate(images, targets)
        found = tf.argmax(self.model.discriminator(translated).labels, axis=1)
        return translated, translate(translated, labels), translate(images, labels), found

    def errors(self):
        """{name: number} of the present model."""
        parts = [
            self._measure(self.images[i : i + BATCH], self.labels[i : i + BATCH])
            for i in range(0, len(self.images), BATCH)
        ]
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        translated, returned, unchanged, labels = columns

        def distance(first, second):
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

    def act(self, iteration):
        found = self.errors()
        self.series.append(iteration, found)
        text = ", ".join(f"{name}: {value:.4f}" for name, value in found.items())
        self.run.log(f"TRANSLATION  ITER: {iteration}, {len(self.images)} images, {text}")
        self._draw()

    def _draw(self):
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        axes = figure.add_subplot()
        for name, label in LABELS.items():
            if name in self.series.rows[0]:
                columns = self.series.column("iteration"), self.series.column(name)
                axes.plot(*columns, marker=".", label=label)
        axes.set(xlabel="iteration", ylabel="mean absolute difference")
        axes.set_ylim(bottom=0)
        axes.grid(True, alpha=0.3)
        axes.legend()
        figure.savefig(self.run.plots / "translation.png")

    def summary(self):
        """The last numbers, as text of one line."""
        row = self.series.rows[-1]
        parts = [f"{name.replace('_', ' ')} {row[name]:.4f}" for name in row if name != "iteration"]
        return f"translation    {', '.join(parts)}"
