"""Measures how well labels without names agree with classes: purity and mutual information."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment


def contingency(
    labels: ArrayLike, classes: ArrayLike, num_labels: int, num_classes: int
) -> np.ndarray:
    """Counts the samples with each pair of label and class: int64 [num_labels, num_classes].

    Args:
      labels: int [N] in [0, num_labels).
      classes: int [N] in [0, num_classes).
    """
    pairs = np.asarray(labels, np.int64) * num_classes + np.asarray(classes, np.int64)
    counts = np.bincount(pairs, minlength=num_labels * num_classes)
    return counts.reshape(num_labels, num_classes)


def purity(table: np.ndarray) -> float:
    """The share of samples in the most frequent class of their label, in [0, 1].

    Several labels may stand for one class (many-to-one), so more labels raise the purity.
    """
    return float(table.max(axis=1).sum() / table.sum())


def one_to_one_accuracy(table: np.ndarray) -> float:
    """The share of samples whose label is that of their class, for the best assignment of one
    label to each class; in [0, 1]."""
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def entropy(counts: np.ndarray) -> float:
    """The entropy of the distribution with these counts, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def mutual_information(table: np.ndarray) -> float:
    """The mutual information of label and class in nats; at most the smaller of their entropies."""
    return max(0.0, entropy(table.sum(1)) + entropy(table.sum(0)) - entropy(table.ravel()))


def normalized_mutual_information(table: np.ndarray) -> float:
    """`mutual_information` divided by the mean of both entropies, in [0, 1]; 0 if both are 0."""
    mean = (entropy(table.sum(1)) + entropy(table.sum(0))) / 2
    return mutual_information(table) / mean if mean > 0 else 0.0
