"""Frechet (Inception) Distance."""

from __future__ import annotations

import warnings
from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.arrays import blocks, check_feature_pair, check_features

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

BLOCK_ROWS = 2048


class FeatureStatistics(NamedTuple):
    """The first two moments of N feature vectors.

    Attributes:
      mean: float64 [F].
      covariance: float64 [F, F], divided by N - 1.
      count: N.
    """

    mean: np.ndarray
    covariance: np.ndarray
    count: int  # type: ignore[assignment]  # Hides the method of tuples.


def feature_statistics(features: ArrayLike) -> FeatureStatistics:
    """Computes mean and covariance in float64, block by block.

    It needs memory for two [F, F] arrays in addition to `features`.

    Args:
      features: [N, F], N >= 2.

    Returns:
      FeatureStatistics.

    Raises:
      InputError: if there are fewer than two samples, another rank, or NaN.
    """
    features = check_features(features, min_samples=2)
    count = len(features)
    mean = features.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((features.shape[1], features.shape[1]))
    for block in blocks(features, BLOCK_ROWS):
        block = block - mean
        scatter += block.T @ block
    return FeatureStatistics(mean, scatter / (count - 1), count)


def frechet_distance(statistics: FeatureStatistics, reference: FeatureStatistics) -> float:
    """Frechet distance of two Gaussians: |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)).

    The trace of the root is computed as the sum of the singular values of A1^T A2, where S = A A^T
    and A comes from the eigenvectors. It is real for every pair of covariances, including singular
    ones, for which the matrix square root of S1 S2 becomes complex or fails. For singular
    covariances it is also more exact than roots of eigenvalues, which turn rounding errors of 1e-16
    into 1e-8 in each missing direction.

    Args:
      statistics, reference: FeatureStatistics with the same F.

    Returns:
      float, >= 0 up to rounding.

    Raises:
      InputError: if the numbers of features differ or values are not finite.

    Source: Dowson and Landau 1982; Heusel et al. 2017 (arXiv 1706.08500), equation 6.
    """
    if statistics.mean.shape != reference.mean.shape:
        raise InputError(
            f"features: {len(statistics.mean)} per sample, expected the {len(reference.mean)} of "
            "the reference; use one classifier for both"
        )
    difference = statistics.mean - reference.mean
    traces = np.trace(statistics.covariance) + np.trace(reference.covariance)
    roots = _factor(statistics.covariance).T @ _factor(reference.covariance)
    return float(difference @ difference + traces - 2 * linalg.svdvals(roots).sum())


def frechet_inception_distance(features: ArrayLike, reference_features: ArrayLike) -> float:
    """FID: the Frechet distance of Gaussians fitted to two sets of features, in float64.

    Unit: squared length of a feature vector. Lower is better, 0 means equal moments.

    Biases: it is too high for few samples (publish both counts; 50,000 generated against all
    training images is usual, 10,000 against 5,000 in older papers). It depends on the classifier,
    on how images are resized, and on the training or test split as reference. A warning is given if
    there are fewer samples than features, because the covariance is then singular and the bias is
    large.

    Args:
      features: [N, F] of the generated images, for instance Inception's pool_3 (F = 2,048).
      reference_features: [M, F] of the real images, from the same classifier.

    Returns:
      float.

    Raises:
      InputError: if there are fewer than two samples, NaN, or different numbers of features.

    Source: Heusel et al. 2017 (arXiv 1706.08500); bioinf-jku/TTUR, fid.py; the AM-GAN authors'
    code.
    """
    features, reference_features = check_feature_pair(features, reference_features, 2)
    for name, array in (("features", features), ("reference features", reference_features)):
        if len(array) < array.shape[1]:
            warnings.warn(
                f"{name}: {len(array)} samples of {array.shape[1]} features make a singular "
                "covariance; FID will be too high, raise --num_samples",
                stacklevel=2,
            )
    return frechet_distance(feature_statistics(features), feature_statistics(reference_features))


def _factor(covariance: np.ndarray) -> np.ndarray:
    """A matrix A [F, rank] with A A^T = covariance."""
    values, vectors = linalg.eigh(covariance)
    # An eigenvalue below this is a rounding error, of either sign.
    noise = values[-1] * len(values) * np.finfo(np.float64).eps
    kept = values > noise
    return vectors[:, kept] * np.sqrt(values[kept])
