"""Sheets of translations: input, translated, and back."""

from __future__ import annotations

from typing import Any

from amnat.data.dataset import Dataset
from amnat.sheets import Sheet
from amnat.training import figures
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf

# The values of the code's entries in the sheet of codes.
CODES = (-1.0, 0.0, 1.0)


class TranslationSheets(Periodic):
    """Writes samples/translation_*.png and samples/codes_*.png.

    `translation` has, for each domain, a row of its images and for every other domain two rows:
    their translations, and these translated back; the code is 0. `codes` has a row of images and
    one row of their translations for each of the codes whose entries are all -1, all 0 or all 1.

    Args:
      interval, start, run: see `Periodic`.
      dataset: images whose labels are domains; the first images of each domain are shown.
      columns: images per row; domains with fewer images repeat them.
    """

    run: RunDirectory
    # As for the other sheets.
    slack = 1

    def __init__(
        self, interval: int, start: int, run: RunDirectory, dataset: Dataset, columns: int
    ):
        super().__init__(interval, start, run)
        self.columns = columns
        rows = [
            np.resize(np.flatnonzero(dataset.labels == domain)[:columns], columns)
            for domain in range(dataset.num_classes)
        ]
        # float32 [domains, columns, H, W, C].
        self.images = np.stack([dataset.subset(chosen).images for chosen in rows])
        self.names = dataset.class_names

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._translate = tf.function(
            lambda images, space, labels: self.model.sample(
                self.model.latent.join(images, space, labels)
            ),
            autograph=False,
        )
        if self.start == 0:
            self._act()

    def translate(self, images: np.ndarray, domain: int, code: float = 0.0) -> np.ndarray:
        """Translates float [n, H, W, C] into a domain; all entries of the code are `code`."""
        space = tf.fill([len(images), self.model.latent.space_dim], code)
        return self._translate(images, space, tf.fill([len(images)], domain)).numpy()

    def act(self, iteration: int) -> None:
        domains = range(len(self.images))
        pairs = [(here, there) for here in domains for there in domains if here != there]
        # (label, images) of each row.
        shown: list[tuple[str, np.ndarray]] = []
        codes: list[tuple[str, np.ndarray]] = []
        last = None
        for here, there in pairs:
            images, to = self.images[here], f"to {self.names[there]}"
            real = f"real {self.names[here]}", images
            translated = self.translate(images, there)
            if here != last:
                shown.append(real)
            last = here
            shown += [
                (to, translated),
                (f"back to {self.names[here]}", self.translate(translated, here)),
            ]
            codes.append(real)
            codes += [
                (f"{to}, code {code:.0f}", self.translate(images, there, code)) for code in CODES
            ]
        for kind, rows in (("translation", shown), ("codes", codes)):
            labels, images = zip(*rows, strict=True)
            sheet = Sheet(np.concatenate(images), self.columns, labels)
            figures.save_sheet(self.run, kind, iteration, sheet)
