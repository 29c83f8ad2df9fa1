"""The data that a user passes to `fit`: arrays, with labels or without, or batches.

Training steps take (samples, labels). Samples are floats, images in [-1, 1].
"""

from __future__ import annotations

import inspect
import itertools
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.networks.network import Network
from amnat.rng import derive_seed

import numpy as np
import tensorflow as tf
import tf_keras as keras

# Floats may pass the ends of the range by a rounding.
_LARGEST = 1.0 + 1e-3
_SCALE = "amnat.data.scale(bytes) or x / 127.5 - 1 maps bytes to it"
_DEFAULT_BATCH = 32


class FitData:
    """Makes what Keras' `fit` takes of what the user passed.

    Args:
      name: the name of the method's class, for errors.
      discriminator: the network whose samples the data has to be like.
      label_classes: K if the method learns from labels, integers in [0, K), otherwise None.
      other_logits: the number of logits that are of no class.
      batches_per_iteration: see `GANModel`.
      seed: of the order of arrays.
    """

    def __init__(
        self,
        name: str,
        discriminator: Network,
        label_classes: int | None,
        other_logits: int,
        batches_per_iteration: int,
        seed: int,
    ):
        self.name = name
        self.label_classes = label_classes
        self.other_logits = other_logits
        self.batches_per_iteration = batches_per_iteration
        self.seed = seed
        self.sample_shape = discriminator.form.sample_shape if discriminator.form else None
        self.dtype = tf.as_dtype(discriminator.variable_dtype)

    def batches(
        self, x: Any, y: Any, batch_size: int | None, shuffle: bool, repeat: bool
    ) -> tf.data.Dataset | Any:
        """The batches (samples, labels) of one epoch.

        Args:
          x, y: arrays [N, ...] and [N], or in `x` alone a `Dataset`, or batches: a tf.data.Dataset,
            a generator or a keras.utils.Sequence.
          batch_size: samples of one batch of arrays, 32 by default; an iteration takes
            `batches_per_iteration` of them.
          shuffle: whether to draw arrays in another order in each epoch.
          repeat: whether arrays begin anew without end.

        Raises: InputError.
        """
        if isinstance(x, Dataset):
            x, y = x.images, x.labels if y is None else y
        if isinstance(x, (np.ndarray, tf.Tensor, list)):
            samples, labels = self._arrays(x, y)
            return self._sliced(samples, labels, batch_size, shuffle, repeat)
        if y is not None or batch_size is not None:
            extra = "y" if y is not None else "batch_size"
            raise InputError(
                f"{self.name}.fit: {extra} beside {type(x).__name__}, expected it in its batches"
            )
        if hasattr(x, "element_spec"):
            return self._checked_batches(x, x.element_spec)
        if inspect.isgenerator(x):
            first = next(x, None)
            return self._generated(first, lambda: itertools.chain([first], x))
        if isinstance(x, keras.utils.Sequence):
            first = x[0] if len(x) else None
            data = self._generated(first, lambda: (x[i] for i in range(len(x))))
            # With a known length no step begins that finds no batch.
            return data.apply(tf.data.experimental.assert_cardinality(len(x)))
        raise InputError(
            f"{self.name}.fit: {type(x).__name__}, expected arrays, fit(x, y), an amnat or tf.data "
            "Dataset, or a generator of batches"
        )

    def check_dataset(self, dataset: Dataset) -> None:
        """Raises InputError unless a data set has samples and classes that the networks fit."""
        self._check_kind("float32", dataset.sample_shape)
        if self.label_classes is not None and dataset.num_classes > self.label_classes:
            raise InputError(
                f"data set '{dataset.name}' has {dataset.num_classes} classes, but the "
                f"discriminator has {self._logits()}"
            )

    def _logits(self) -> str:
        """The number of logits, as text."""
        count = (self.label_classes or 0) + self.other_logits
        if not self.other_logits:
            return f"{count} logits"
        return f"{count} logits, {self.other_logits} of them for what is no class of the data"

    def _arrays(self, x: Any, y: Any, whole: bool = True) -> tuple[np.ndarray, np.ndarray]:
        samples = np.asarray(x)
        if samples.ndim < 2 or len(samples) == 0:
            raise InputError(
                f"{self.name}.fit: samples of shape {list(samples.shape)}, expected [N, ...] with "
                "N at least 1"
            )
        self._check_kind(samples.dtype.name, samples.shape[1:])
        self._check_range(samples)
        if y is None:
            self._refuse_missing_labels()
            return samples, np.zeros(len(samples), np.int32)
        labels = np.asarray(y)
        if len(np.atleast_1d(labels)) != len(samples):
            raise InputError(
                f"{self.name}.fit: {len(np.atleast_1d(labels))} labels of {len(samples)} samples"
            )
        return samples, self._labels(labels, whole)

    def _sliced(
        self,
        samples: np.ndarray,
        labels: np.ndarray,
        batch_size: int | None,
        shuffle: bool,
        repeat: bool,
    ) -> tf.data.Dataset:
        count = self.batches_per_iteration
        size = min(batch_size or _DEFAULT_BATCH, len(samples) // count)
        if size < 1 or (batch_size is not None and batch_size < 1):
            raise InputError(
                f"{self.name}.fit: {len(samples)} samples and batch_size={batch_size}, expected at "
                f"least {count} samples, one for each batch of an iteration, and a batch_size of 1"
            )
        samples = samples.astype(self.dtype.as_numpy_dtype)
        data = tf.data.Dataset.from_tensor_slices((samples, labels))
        if shuffle:
            seed = derive_seed(self.seed, "fit")
            data = data.shuffle(len(samples), seed=seed, reshuffle_each_iteration=True)
        data = data.repeat() if repeat else data
        return data.batch(size * count, drop_remainder=True).prefetch(1)

    def _checked_batches(self, data: Any, spec: Any) -> Any:
        """Batches whose kinds, and whose values in the first batch, are checked."""
        parts = spec if isinstance(spec, tuple) else (spec,)
        if not all(isinstance(part, tf.TensorSpec) for part in parts):
            # Such as those of several replicas.
            return data
        if parts[0].shape.rank is not None:
            self._check_kind(parts[0].dtype.name, tuple(parts[0].shape[1:]))
        if len(parts) == 1:
            self._refuse_missing_labels()
        if not isinstance(data, tf.data.Dataset):
            # The engine's, which has checked its data.
            return data
        for first in data.take(1):
            values = first if isinstance(first, tuple) else (first,)
            self._check_range(values[0].numpy())
            if len(values) > 1:
                self._labels(values[1].numpy(), whole=False)
        kinds = [part.dtype for part in parts]
        # The data of every run is float32, and a step draws its latents in the type of the data.
        usual = kinds[0] in (self.dtype, tf.float32)
        if len(parts) > 1 and usual and kinds[1] in (tf.int32, tf.int64):
            return data
        return data.map(self._converted, tf.data.AUTOTUNE)

    def _converted(self, samples: tf.Tensor, *others: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """A batch in the types that the training step takes."""
        samples = tf.cast(samples, self.dtype)
        if not others:
            return samples, tf.zeros([tf.shape(samples)[0]], tf.int32)
        labels = others[0]
        if self.label_classes is not None:
            labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        return samples, labels, *others[1:]

    def _generated(self, first: Any, batches: Callable[[], Iterable[Any]]) -> tf.data.Dataset:
        """The batches of a generator, each of which is checked.

        Args:
          first: the first batch, None for no batch.
          batches: callable, () -> all batches of an epoch.
        """
        if first is None:
            raise InputError(f"{self.name}.fit: a generator without batches, expected at least one")

        def checked(batch: Any) -> tuple[np.ndarray, ...]:
            parts = batch if isinstance(batch, (tuple, list)) else (batch,)
            samples, labels = self._arrays(parts[0], parts[1] if len(parts) > 1 else None, False)
            return samples.astype(self.dtype.as_numpy_dtype), labels, *map(np.asarray, parts[2:])

        kinds = tuple(tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in checked(first))
        return tf.data.Dataset.from_generator(
            lambda: map(checked, batches()), output_signature=kinds
        )

    def _check_kind(self, dtype: str, shape: tuple[int | None, ...]) -> None:
        if self.sample_shape is not None and (
            len(shape) != len(self.sample_shape)
            or any(
                None not in pair and pair[0] != pair[1]
                for pair in zip(shape, self.sample_shape, strict=True)
            )
        ):
            raise InputError(
                f"{self.name}.fit: samples of shape {list(shape)}, but generator and discriminator "
                f"are of {list(self.sample_shape)}"
            )
        if not dtype.startswith(("float", "bfloat")):
            expected = f"floats in [-1, 1]; {_SCALE}" if len(shape) == 3 else "floats"
            raise InputError(f"{self.name}.fit: samples are {dtype}, expected {expected}")

    def _check_range(self, samples: np.ndarray) -> None:
        low, high = float(samples.min()), float(samples.max())
        if not np.isfinite([low, high]).all():
            raise InputError(f"{self.name}.fit: samples are not finite everywhere")
        if samples.ndim == 4 and max(-low, high) > _LARGEST:
            raise InputError(
                f"{self.name}.fit: images in [{low:g}, {high:g}], expected [-1, 1]; {_SCALE}"
            )

    def _refuse_missing_labels(self) -> None:
        if self.label_classes is not None:
            raise InputError(
                f"{self.name}.fit: no labels, expected an integer in [0, "
                f"{self.label_classes - 1}] for each sample: fit(x, y)"
            )

    def _labels(self, labels: np.ndarray, whole: bool = True) -> np.ndarray:
        """The labels as the training step takes them; `whole` if these are those of all samples."""
        if self.label_classes is None:
            return labels
        where = f"{self.name}.fit: labels"
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1:
            advice = "; labels.argmax(axis=1) makes them of one-hot labels"
            advice = advice if labels.ndim == 2 else ""
            raise InputError(f"{where} of shape {list(labels.shape)}, expected [N]{advice}")
        if labels.dtype.kind not in "iu":
            raise InputError(f"{where} are {labels.dtype}, expected integers")
        classes = self.label_classes
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= classes:
            raise InputError(
                f"{where} reach {low if low < 0 else high}, expected 0 to {classes - 1}: the "
                f"discriminator has {self._logits()}"
            )
        if whole and high + 1 < self.label_classes:
            warnings.warn(
                f"{where} end at {high}, but the discriminator has logits for {classes} classes",
                stacklevel=5,
            )
        return labels.astype(np.int32)
