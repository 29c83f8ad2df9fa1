"""Kernel (Inception) Distance."""

from __future__ import annotations

from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.arrays import blocks, check_feature_pair

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics.pairwise import polynomial_kernel

BLOCK_ROWS = 1024


class KernelDistance(NamedTuple):
    """KID over random subsets.

    Attributes:
      mean: the KID. Papers often multiply it by 1,000.
      stddev: population standard deviation over the subsets. It describes one subset; the error of
        the mean is smaller by about the square root of the number of subsets.
    """

    mean: float
    stddev: float


def kernel_inception_distance(
    features: ArrayLike,
    reference_features: ArrayLike,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> KernelDistance:
    """KID: the unbiased squared maximum mean discrepancy under the kernel (x.y / F + 1)^3.

    Unit: none. Lower is better; 0 is expected for equal distributions, so single values may be
    negative. It is the mean over random subsets drawn without replacement, in float64.

    Biases: the number of samples causes no bias, so KID is suitable for few samples. Like FID it
    depends on the classifier and on how images are resized. TF-GAN cuts the arrays into consecutive
    blocks instead, which requires samples in random order.

    Args:
      features: [N, F] of the generated images.
      reference_features: [M, F] of the real images, from the same classifier.
      subsets: number of subsets.
      subset_size: number of samples in each subset, 2 to min(N, M).
      seed: int, the seed of the choice of subsets.

    Returns:
      KernelDistance.

    Raises:
      InputError: if a subset is larger than the set (it is never reduced silently, because the
        stddev depends on it), the numbers of features differ, or there is NaN.

    Source: Binkowski et al. 2018, "Demystifying MMD GANs" (arXiv 1801.01401), section 4.
    """
    features, reference_features = check_feature_pair(features, reference_features, 2)
    fewest = min(len(features), len(reference_features))
    if subsets < 1 or not 2 <= subset_size <= fewest:
        raise InputError(
            f"KID: {subsets} subsets of {subset_size} samples, expected at least 1 subset of 2 to "
            f"{fewest}; lower the subset size or raise --num_samples"
        )
    rng = np.random.default_rng(seed)
    estimates = []
    for _ in range(subsets):
        rows, reference_rows = (
            rng.choice(len(array), subset_size, replace=False)
            for array in (features, reference_features)
        )
        estimates.append(unbiased_mmd(features[rows], reference_features[reference_rows]))
    return KernelDistance(float(np.mean(estimates)), float(np.std(estimates)))


def unbiased_mmd(features: ArrayLike, reference_features: ArrayLike) -> float:
    """Unbiased squared MMD of two whole sets under the kernel (x.y / F + 1)^3, in blocks.

    Args:
      features, reference_features: [N, F] and [M, F], N and M >= 2.

    Returns:
      float, which may be negative.

    Raises:
      InputError: if there are fewer than two samples, different numbers of features, or NaN.

    Source: Gretton et al. 2012, "A kernel two-sample test", lemma 6.
    """
    features, reference_features = check_feature_pair(features, reference_features, 2)
    cross = _kernel_sum(features, reference_features)
    cross /= len(features) * len(reference_features)
    return float(_mean_of_others(features) + _mean_of_others(reference_features) - 2 * cross)


def _kernel_sum(rows: np.ndarray, columns: np.ndarray) -> float:
    columns = np.asarray(columns, np.float64)
    return sum(
        polynomial_kernel(block, columns, degree=3, coef0=1).sum()
        for block in blocks(rows, BLOCK_ROWS)
    )


def _mean_of_others(features: np.ndarray) -> float:
    """The mean kernel over all pairs of different samples."""
    count, width = features.shape
    diagonal = sum(
        ((np.square(block).sum(axis=1) / width + 1) ** 3).sum()
        for block in blocks(features, BLOCK_ROWS)
    )
    return (_kernel_sum(features, features) - diagonal) / (count * (count - 1))
