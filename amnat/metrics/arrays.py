"""Checks of the arrays that scores take, and functions that cut the arrays into pieces."""

from __future__ import annotations

from collections.abc import Iterator

from amnat.errors import InputError

import numpy as np
from numpy.typing import ArrayLike

# The sum of a softmax over 1,008 classes is off by 1e-6 in float32, and by 1e-3 in half precision.
ROW_SUM_TOLERANCE = 5e-3


def check_probabilities(probabilities: ArrayLike, name: str = "probabilities") -> np.ndarray:
    """Returns the array [N, K], N >= 1, K >= 1, whose rows are distributions.

    Raises:
      InputError: if the array has another rank, is empty, has NaN or negative values, or has rows
        that do not sum to one (logits).
    """
    probabilities = _check_matrix(probabilities, name, "[N, K]")
    if probabilities.min() < 0:
        raise InputError(
            f"{name}: found {probabilities.min():g}, expected probabilities in [0, 1]; apply the "
            "softmax to logits first"
        )
    sums = probabilities.sum(axis=1, dtype=np.float64)
    worst = sums[np.argmax(np.abs(sums - 1))]
    if abs(worst - 1) > ROW_SUM_TOLERANCE:
        raise InputError(f"{name}: a row sums to {worst:g}, expected 1")
    return probabilities


def check_features(features: ArrayLike, name: str = "features", min_samples: int = 1) -> np.ndarray:
    """Returns the array [N, F] of finite values, N >= min_samples.

    Raises:
      InputError: if the array has another rank, too few samples, or NaN or infinite values.
    """
    features = _check_matrix(features, name, "[N, F]")
    if len(features) < min_samples:
        raise InputError(
            f"{name}: {len(features)} samples, expected at least {min_samples}; raise --num_samples"
        )
    return features


def check_feature_pair(
    features: ArrayLike, reference: ArrayLike, min_samples: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Calls `check_features` for both arrays, which must have the same number of features."""
    features = check_features(features, "features", min_samples)
    reference = check_features(reference, "reference features", min_samples)
    if features.shape[1] != reference.shape[1]:
        raise InputError(
            f"features: {features.shape[1]} per sample, expected the {reference.shape[1]} of the "
            "reference; use one classifier for both"
        )
    return features, reference


def _check_matrix(array: ArrayLike, name: str, shape: str) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.size == 0:
        raise InputError(
            f"{name}: {array.dtype} array of shape {list(array.shape)}, expected numbers {shape}"
        )
    # NaN and infinite values carry over to these two, which need no second array of this size.
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise InputError(f"{name}: NaN or infinite values, expected finite ones")
    return array


def blocks(array: np.ndarray, rows: int) -> Iterator[np.ndarray]:
    """Yields `array` as float64 pieces of at most `rows` rows, which bounds the memory of sums."""
    for start in range(0, len(array), rows):
        yield np.asarray(array[start : start + rows], np.float64)


def contiguous_splits(array: np.ndarray, splits: int) -> list[np.ndarray]:
    """Cuts the array into `splits` pieces in order, whose sizes differ by at most one.

    Piece i is array[i * N // splits : (i + 1) * N // splits], as in the code of Salimans et al.
    2016 (Inception Score) and of the AM-GAN authors.

    Raises:
      InputError: if splits < 1, or there are fewer samples than splits.
    """
    total = len(array)
    if splits < 1:
        raise InputError(f"splits: {splits}, expected at least 1")
    if total < splits:
        raise InputError(
            f"splits: {splits}, but there are {total} samples; lower --splits or raise "
            "--num_samples"
        )
    return [array[i * total // splits : (i + 1) * total // splits] for i in range(splits)]
