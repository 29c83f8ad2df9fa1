"""Samples from a model, in batches of the training batch size."""

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
    """

    def __init__(self, model, batch_size, sheet_size=100):
        self.model = model
        self.batch_size = batch_size
        # The same latents on every sheet of a run, resumed or not.
        self.sheet_latents = _sheet_latents(model, sheet_size)
        self._generate = tf.function(model.sample, autograph=False)

    def sheet(self):
        """One batch from the fixed latents, float [sheet_size, ...]."""
        return self._generate(self.sheet_latents).numpy()

    def many(self, count, iteration):
        """`count` samples, float [count, ...].

        The latents depend only on the model's seed and on `iteration`.
        """
        rng = RNG(self.model.seed, iteration * MAX_REPLICAS, "scores/")
        batches = -(-count // self.batch_size)
        latents = self.model.latent(rng, batches * self.batch_size)
        parts = [self._generate(batch).numpy() for batch in tf.split(latents, batches)]
        return np.concatenate(parts)[:count]


def _sheet_latents(model, sheet_size):
    """The latents of a sheet; if they hold classes that fill the sheet, it has rows of classes."""
    rng = RNG(model.seed, 0, "sheet/")
    num_classes = getattr(model.latent, "num_classes", None)
    # A sheet is one batch. With few of many classes, its batch statistics would differ from those
    # of training.
    if num_classes and sheet_size % num_classes == 0:
        return model.latent.class_sheet(rng, sheet_size // num_classes)
    return model.latent(rng, sheet_size)
