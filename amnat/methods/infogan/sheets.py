"""Sheets of label against code, as PyTorch-GAN's infogan draws them."""

from __future__ import annotations

from typing import Any

from amnat.rng import RNG
from amnat.sheets import Sheet
from amnat.training import figures
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf

ROWS = 10
_ROW_LABELS: dict[str, Any] = {"about": "noise varies, code 0"}


def _code_labels(kind: str) -> dict[str, Any]:
    """The labels of the sheet of an entry of the code, from -1 to 1."""
    rows = tuple(f"{value:+.1f}" for value in np.linspace(-1, 1, ROWS))
    return {"rows": rows, "row_name": kind.replace("code", "code "), "about": "noise 0"}


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
        columns = self.model.latent.num_classes
        labels = tuple(map(str, range(columns)))
        for kind, latents in self._latents().items():
            sheet = Sheet(
                self._generate(latents).numpy(),
                columns,
                **_ROW_LABELS if kind == "static" else _code_labels(kind),
                column_labels=labels,
                column_name="label",
            )
            figures.save_sheet(self.run, kind, iteration, sheet)

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
