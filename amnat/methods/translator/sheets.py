"""Sheets of translations: input, translated, and back."""

from amnat.training import figures
from amnat.training.callbacks import Periodic

import numpy as np
import tensorflow as tf

# The code's entries in the sheet of codes.
CODES = (-1.0, 0.0, 1.0)


class TranslationSheets(Periodic):
    """Writes samples/translation_*.png and samples/codes_*.png.

    `translation` has, for each domain, a row of its images and for every other domain two rows:
    their translations, and these back in the domain that they came from; the code is 0. `codes` has
    a row of images and one of their translations for each code of which all entries are -1, 0, 1.

    Args:
      interval, start, run: see `Periodic`.
      dataset: images, of which the first of each domain are shown; labels are domains.
      columns: images per row; domains with fewer repeat them.
    """

    # As the other sheets.
    slack = 1

    def __init__(self, interval, start, run, dataset, columns):
        super().__init__(interval, start, run)
        self.columns = columns
        rows = [
            np.resize(np.flatnonzero(dataset.labels == domain)[:columns], columns)
            for domain in range(dataset.num_classes)
        ]
        # float32 [domains, columns, H, W, C].
        self.images = np.stack([dataset.subset(chosen).images for chosen in rows])

    def on_train_begin(self, logs=None):
        self._translate = tf.function(
            lambda images, space, labels: self.model.sample(
                self.model.latent.join(images, space, labels)
            ),
            autograph=False,
        )
        if self.start == 0:
            self._act()

    def translate(self, images, domain, code=0.0):
        """float [n, H, W, C] in a domain, by a code whose entries are all the same."""
        space = tf.fill([len(images), self.model.latent.space_dim], code)
        return self._translate(images, space, tf.fill([len(images)], domain)).numpy()

    def act(self, iteration):
        domains = range(len(self.images))
        pairs = [(here, there) for here in domains for there in domains if here != there]
        shown, codes = [], []
        for here, there in pairs:
            images = self.images[here]
            translated = self.translate(images, there)
            if not shown or shown[-1][0] != here:
                shown.append((here, images))
            shown += [(here, translated), (here, self.translate(translated, here))]
            codes += [images, *(self.translate(images, there, code) for code in CODES)]
        for kind, rows in (("translation", [row for _, row in shown]), ("codes", codes)):
            sheet = figures.image_sheet(np.concatenate(rows), self.columns)
            figures.save_image(self.run.samples / figures.sheet_name(iteration, kind), sheet)
