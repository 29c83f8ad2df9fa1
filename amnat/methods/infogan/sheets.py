"""Sheets of label against code, as PyTorch-GAN's infogan draws them."""

from __future__ import annotations

from typing import Any

from amnat.rng import RNG
from amnat.training import figures
from amnat.training.callbacks import Periodic
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf

ROWS = 10


class InfoSheets(Periodic):
    """Writes samples/static_*.png and samples/code<i>_*.png, a column for each label.

    In `static` every image has its own noise and the code 0; in `code<i>` the noise is 0 and entry
    i of the code goes from -1 to 1 down the rows. The original's grid always has ten columns and
    rows; here there is a column for each label.

    Args:
      interval, start, run: see `Periodic`.
    """

    run: RunDirectory
    # As for the other sheets.
    slack = 1

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._generate = tf.function(self.model.sample, autograph=False)
        if self.start == 0:
            self._act()

    def act(self, iteration: int) -> None:
        for kind, latents in self._latents().items():
            sheet = figures.image_sheet(
                self._generate(latents).numpy(), self.model.latent.num_classes
            )
            figures.save_image(self.run.samples / figures.sheet_name(iteration, kind), sheet)

    def _latents(self) -> dict[str, tf.Tensor]:
        """{kind of sheet: latents, row after row}."""
        latent = self.model.latent
        count = ROWS * latent.num_classes
        labels = tf.tile(tf.range(latent.num_classes), [ROWS])
        noise = RNG(self.model.seed, 0, "info_sheet/").normal("latent", [count, latent.dim])
        code = np.zeros([count, latent.code_dim], np.float32)
        found = {"static": latent.compose(noise, labels, code)}
        for entry in range(latent.code_dim):
            varied = code.copy()
            varied[:, entry] = np.linspace(-1, 1, ROWS).repeat(latent.num_classes)
            found[f"code{entry + 1}"] = latent.compose(tf.zeros_like(noise), labels, varied)
        return found
