"""What the scores ask of the arrays that they are given, and how they walk through them."""

from amnat.errors import InputError

import numpy as np

# Softmax in float32 over 1,008 classes misses one by 1e-6; half precision by 1e-3.
ROW_SUM_TOLERANCE = 5e-3


def check_probabilities(probabilities, name="probabilities"):
    """Returns the array [N, K], N >= 1, K >= 1, whose rows are distributions.

    Raises:
      InputError: another rank, empty, NaN, negative, or rows that do not sum to one (logits).
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


def check_features(features, name="features", min_samples=1):
    """Returns the array [N, F] of finite values, N >= min_samples.

    Raises:
      InputError: another rank, too few samples, NaN or infinite values.
    """
    features = _check_matrix(features, name, "[N, F]")
    if len(features) < min_samples:
        raise InputError(
            f"{name}: {len(features)} samples, expected at least {min_samples}; raise --num_samples"
        )
    return features


def check_feature_pair(features, reference, min_samples=1):
    """`check_features` of both, which must have the same number of features."""
    features = check_features(features, "features", min_samples)
    reference = check_features(reference, "reference features", min_samples)
    if features.shape[1] != reference.shape[1]:
        raise InputError(
            f"features: {features.shape[1]} per sample, expected the {reference.shape[1]} of the "
            "reference; use one classifier for both"
        )
    return features, reference


def _check_matrix(array, name, shape):
    array = np.asarray(array)
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.size == 0:
        raise InputError(
            f"{name}: {array.dtype} array of shape {list(array.shape)}, expected numbers {shape}"
        )
    # NaN and infinities carry over to these two, without an array of the same size.
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise InputError(f"{name}: NaN or infinite values, expected finite ones")
    return array


def blocks(array, rows):
    """Yields `array` as float64 pieces of at most `rows` rows, which bounds the memory of sums."""
    for start in range(0, len(array), rows):
        yield np.asarray(array[start : start + rows], np.float64)


def contiguous_splits(array, splits):
    """The array cut into `splits` pieces in order, their sizes differing by one at most.

    Piece i is array[i * N // splits : (i + 1) * N // splits], as in improved-gan's
    inception_score/model.py and AM-GAN2's common/score.py.

    Raises:
      InputError: splits < 1, or fewer samples than splits.
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
