"""Batches of the few labelled samples in semi-supervised learning."""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.rng import derive_seed, shuffled_rows

import tensorflow as tf


class LabelledBatches:
    """Endless batches of a small data set, each of which depends only on its number.

    The samples come in epochs, and each epoch is a permutation that depends on (seed, epoch).
    Batches may cross the end of an epoch, so a batch may be larger than the data set.

    Args:
      dataset: `amnat.data.Dataset` of at least two samples, all of them labelled.
      batch_size: the batch size over all replicas.
      seed: Python int.
    """

    def __init__(self, dataset: Dataset, batch_size: int, seed: int):
        self.count = dataset.num_samples
        self.num_classes = dataset.num_classes
        self.batch_size = batch_size
        self._seed = derive_seed(seed, "labelled_order")
        self._samples = dataset.images
        self._labels = dataset.labels

    def __call__(
        self,
        number: int | tf.Tensor,
        part: int | tf.Tensor = 0,
        parts: int | tf.Tensor = 1,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One of the equal parts of a batch.

        Args:
          number: int64 scalar, the number of the batch.
          part, parts: the number of the part and of all parts; ints or integer scalar tensors.

        Returns: (float32 [batch_size / parts, ...], int32 [batch_size / parts]).
        """
        size = self.batch_size // parts
        positions = tf.cast(number, tf.int64) * self.batch_size + tf.range(size, dtype=tf.int64)
        positions += tf.cast(part, tf.int64) * size
        rows = shuffled_rows(positions, self.count, self._seed)
        return tf.gather(self._samples, rows), tf.gather(self._labels, rows)
