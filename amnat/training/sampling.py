"""Samples from a model, in batches of the training batch size."""

from __future__ import annotations

from typing import Any

from amnat.evaluation.sources import GivenLabels
from amnat.models.base import GANModel
from amnat.rng import MAX_REPLICAS, RNG

import numpy as np
import tensorflow as tf


class Sampler:
    """Generates samples from a model.

    With batch statistics a sample depends on its batch, so the batch size affects the results:
    scores use batches of the training batch size, and a sheet is a single batch.

    Args:
      model: `amnat.models.GANModel`.
      batch_size: the training batch size.
      sheet_size: number of samples on a sheet.

    Attributes:
      class_rows: number of classes on a sheet whose samples are in the order of their classes,
        equally many of each; otherwise 0.
    """

    def __init__(self, model: GANModel, batch_size: int, sheet_size: int = 100):
        self.model = model
        self.batch_size = batch_size
        # The same latents on every sheet of a run, resumed or not.
        self.class_rows = _class_rows(model, sheet_size)
        self.sheet_latents = _sheet_latents(model, sheet_size, self.class_rows)
        self._generate = tf.function(model.sample, autograph=False)

    def sheet(self) -> np.ndarray:
        """One batch from the fixed latents, float [sheet_size, ...]."""
        return self._generate(self.sheet_latents).numpy()

    def many(self, count: int, iteration: int) -> np.ndarray:
        """`count` samples, float [count, ...].

        The latents depend only on the model's seed and on `iteration`.
        """
        latents = self._latents(count, iteration)
        batches = tf.split(latents, -(-count // self.batch_size))
        return np.concatenate([self._generate(batch).numpy() for batch in batches])[:count]

    def given_labels(self, count: int, iteration: int) -> GivenLabels | None:
        """The classes that the latents of `many` ask for; None for latents without classes."""
        latent: Any = self.model.latent
        if not hasattr(latent, "labels"):
            return None
        labels = latent.labels(self._latents(count, iteration)).numpy()
        return GivenLabels(labels[:count], latent.num_classes)

    def _latents(self, count: int, iteration: int) -> tf.Tensor:
        """Latents of whole batches, at least `count`."""
        rng = RNG(self.model.seed, iteration * MAX_REPLICAS, "scores/")
        return self.model.latent(rng, -(-count // self.batch_size) * self.batch_size)


def _class_rows(model: GANModel, sheet_size: int) -> int:
    """The number of classes in the latents if they fill the sheet, otherwise 0."""
    num_classes = getattr(model.latent, "num_classes", 0)
    # A sheet is one batch. With few of many classes, its batch statistics would differ from those
    # of training.
    return num_classes if num_classes and sheet_size % num_classes == 0 else 0


def _sheet_latents(model: GANModel, sheet_size: int, class_rows: int) -> tf.Tensor:
    rng = RNG(model.seed, 0, "sheet/")
    # Latents with classes also have a method `class_sheet`.
    latent: Any = model.latent
    if class_rows:
        return latent.class_sheet(rng, sheet_size // class_rows)
    return latent(rng, sheet_size)
