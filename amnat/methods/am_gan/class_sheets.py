"""Sample sheets with one row per class, by the discriminator's own judgement."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from amnat import sheets
from amnat.rng import MAX_REPLICAS, RNG
from amnat.training import figures
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.sampling import Sampler

import numpy as np
import tensorflow as tf

# Samples that are sorted, per cell: with equal shares, a row of ten then lacks one in less than
# one sheet in a million.
SAMPLES_PER_CELL = 4


class ClassSheets(Periodic):
    """Writes samples/class_NN_NNNN.png: samples from fixed latents, in the row of their class.

    A sample's class is the arg-max over the discriminator's first K logits. Cells of classes that
    are found too rarely stay empty.

    Args:
      interval, start: see `Periodic`.
      run: `RunDirectory`.
      class_names: K strings.
      batch_size: the training batch size; samples and their classes depend on their batch.
      columns: samples per class.
    """

    # As for the other sheets.
    slack = 1
    run: RunDirectory

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        class_names: Sequence[str],
        batch_size: int,
        columns: int = 10,
    ):
        super().__init__(interval, start)
        self.run = run
        self.class_names = class_names
        self.batch_size = batch_size
        self.columns = columns
        self._classify = tf.function(self._classes, autograph=False)

    def _classes(self, samples: tf.Tensor, counter: tf.Tensor) -> tf.Tensor:
        rng = RNG(self.model.seed, counter, "class_sheet/")
        logits = self.model.discriminator(samples, rng=rng)
        return tf.argmax(logits[:, : len(self.class_names)], axis=1)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._sampler = Sampler(self.model, self.batch_size, sheet_size=1)
        if self.start == 0:
            self.act(0)

    def act(self, iteration: int) -> None:
        cells = len(self.class_names) * self.columns
        batches = -(-cells * SAMPLES_PER_CELL // self.batch_size)
        samples = self._sampler.many(batches * self.batch_size, 0)
        classes = [
            self._classify(batch, tf.constant(number * MAX_REPLICAS, tf.int64)).numpy()
            for number, batch in enumerate(np.split(samples, batches))
        ]
        sheet = sheets.class_sheet(samples, np.concatenate(classes), self.class_names, self.columns)
        sheet = dataclasses.replace(sheet, about="rows by the discriminator's class")
        figures.save_sheet(self.run, "class", iteration, sheet)
