"""How well labels that nobody named agree with classes: purity and mutual information."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def contingency(labels, classes, num_labels, num_classes):
    """How many samples have each pair: int64 [num_labels, num_classes].

    Args:
      labels: int [N] in [0, num_labels).
      classes: int [N] in [0, num_classes).
    """
    pairs = np.asarray(labels, np.int64) * num_classes + np.asarray(classes, np.int64)
    counts = np.bincount(pairs, minlength=num_labels * num_classes)
    return counts.reshape(num_labels, num_classes)


def purity(table):
    """The share of samples that are of their label's most frequent class, in [0, 1].

    Several labels may stand for one class (many-to-one); more labels make it easier.
    """
    return float(table.max(axis=1).sum() / table.sum())


def one_to_one_accuracy(table):
    """The share of samples whose label is that of their class, under the best assignment of one
    label to each class; in [0, 1]."""
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def entropy(counts):
    """Of the distribution that counts give, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def mutual_information(table):
    """Between label and class, in nats; at most the smaller of their entropies."""
    return max(0.0, entropy(table.sum(1)) + entropy(table.sum(0)) - entropy(table.ravel()))


def normalized_mutual_information(table):
    """`mutual_information` over the mean of the two entropies, in [0, 1]; 0 where both are 0."""
    mean = (entropy(table.sum(1)) + entropy(table.sum(0))) / 2
    return mutual_information(table) / mean if mean > 0 else 0.0
