"""Precision, recall, density and coverage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.arrays import check_feature_pair

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import pairwise_distances_chunked

# MiB of distances in memory at a time; 50,000 samples against 50,000 would need 10 GiB at once.
WORKING_MEMORY = 256


class ManifoldScores(NamedTuple):
    """How two sets of samples cover each other; 1 is best (density: about 1), 0 worst.

    Attributes:
      precision: share of samples inside a ball around a reference sample, in [0, 1]. It measures
        fidelity.
      recall: share of reference samples inside a ball around a sample, in [0, 1]. It measures
        diversity.
      density: mean number of reference balls that contain a sample, divided by k. It measures
        fidelity, and a single outlier in the reference cannot raise it; >= 0, and above 1 if
        samples crowd in dense regions.
      coverage: share of reference balls that contain a sample, in [0, 1]. It measures diversity.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_scores(
    features: ArrayLike, reference_features: ArrayLike, k: int = 5
) -> ManifoldScores:
    """Precision, recall, density and coverage with balls up to the k-th nearest neighbour.

    Unit: none. Higher is better. The ball of a sample is open (a strict "<"), and its radius is the
    distance to its k-th nearest neighbour in its own set, without the sample itself.

    Biases: all four depend on k, N and M (publish all three; N = M = 10,000 and k = 5, or k = 3 for
    precision and recall, are usual) and on the classifier. Equal distributions do not give 1, but
    about .48, .47, 1.06 and .97 for 10,000 normal samples in 1,000 dimensions. Outliers inflate
    precision and recall.

    Distances are Euclidean, computed in the precision of the features (sums in float64) and in
    blocks of WORKING_MEMORY. The time grows with N * M * F.

    Args:
      features: [N, F] of the generated images.
      reference_features: [M, F] of the real images, from the same classifier.
      k: number of neighbours, 1 to min(N, M) - 1.

    Returns:
      ManifoldScores.

    Raises:
      InputError: if k is out of range, the numbers of features differ, or there is NaN.

    Source: Kynkaanniemi et al. 2019 (arXiv 1904.06991); Naeem et al. 2020 (arXiv 2002.09797),
    github clovaai/generative-evaluation-prdc.
    """
    features, reference_features = check_feature_pair(features, reference_features)
    most = min(len(features), len(reference_features)) - 1
    if not 1 <= k <= most:
        raise InputError(
            f"k: {k} neighbours, expected 1 to {most} (one less than the samples); lower k or "
            "raise --num_samples"
        )
    radii = nearest_neighbour_radii(features, k)
    reference_radii = nearest_neighbour_radii(reference_features, k)

    reference_balls = np.zeros(len(features), np.int64)
    recalled = covered = start = 0
    for distances in _distances(reference_features, features):
        stop = start + len(distances)
        in_reference_ball = distances < reference_radii[start:stop, np.newaxis]
        reference_balls += in_reference_ball.sum(axis=0)
        covered += in_reference_ball.any(axis=1).sum()
        recalled += (distances < radii).any(axis=1).sum()
        start = stop
    return ManifoldScores(
        precision=float(np.mean(reference_balls > 0)),
        recall=float(recalled / len(reference_features)),
        density=float(reference_balls.mean() / k),
        coverage=float(covered / len(reference_features)),
    )


def nearest_neighbour_radii(features: np.ndarray, k: int) -> np.ndarray:
    """The distance of each sample in [N, F] to its k-th nearest other sample, array [N]."""
    # Each sample is its own nearest neighbour, at position 0.
    return np.concatenate([np.partition(d, k, axis=1)[:, k] for d in _distances(features)])


def _distances(rows: np.ndarray, columns: np.ndarray | None = None) -> Iterator[np.ndarray]:
    return pairwise_distances_chunked(rows, columns, working_memory=WORKING_MEMORY)
