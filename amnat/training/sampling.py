"""Samples from a model, in batches of the training size."""

from amnat.rng import MAX_REPLICAS, RNG

import numpy as np
import tensorflow as tf


class Sampler:
    """Generates from a model.

    With batch statistics a sample depends on its batch, so the batch size is part of what is
    measured: scores take batches of the training size, sheets one batch of all they show.

    Args:
      model: `amnat.models.GANModel`.
      batch_size: of training.
      sheet_size: samples on a sheet.
    """

    def __init__(self, model, batch_size, sheet_size=100):
        self.model = model
        self.batch_size = batch_size
        # The same latents on every sheet of a run, resumed or not.
        self.sheet_latents = _sheet_latents(model, sheet_size)
        self._generate = tf.function(model.sample, autograph=False)

    def sheet(self):
        """float [sheet_size, ...]: one batch from the fixed latents."""
        return self._generate(self.sheet_latents).numpy()

    def many(self, count, iteration):
        """float [count, ...]; the latents depend on the model's seed and `iteration` alone."""
        rng = RNG(self.model.seed, iteration * MAX_REPLICAS, "scores/")
        batches = -(-count // self.batch_size)
        latents = self.model.latent(rng, batches * self.batch_size)
        parts = [self._generate(batch).numpy() for batch in tf.split(latents, batches)]
        return np.concatenate(parts)[:count]


def _sheet_latents(model, sheet_size):
    """Latents of a sheet; where they hold classes and all fit, a row (or two) for each class."""
    rng = RNG(model.seed, 0, "sheet/")
    num_classes = getattr(model.latent, "num_classes", None)
    # A sheet is one batch: with few of many classes its statistics would be no batch's of training.
    if num_classes and sheet_size % num_classes == 0:
        return model.latent.class_sheet(rng, sheet_size // num_classes)
    return model.latent(rng, sheet_size)
