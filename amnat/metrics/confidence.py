"""The confidence of a classifier on images that belong to none of its classes."""

from __future__ import annotations

from amnat.errors import InputError
from amnat.metrics import detection
from amnat.metrics.arrays import check_probabilities

import numpy as np
from numpy.typing import ArrayLike

# The thresholds in the NAT paper's tables.
THRESHOLDS = (0.4, 0.6, 0.8, 0.9)
RECALL = detection.RECALL


def maximum_confidence(probabilities: ArrayLike) -> np.ndarray:
    """The largest class probability of each sample (maximum softmax probability, MSP).

    Unit: probability, 1/K (undecided) to 1. Bias: modern networks are overconfident, so it is not
    the probability that the class is correct. Use float64 probabilities: in float32 everything
    above 1 - 6e-8 is 1, which makes ties where `auroc` needs an order.

    Args:
      probabilities: [N, K]; rows sum to one.

    Returns:
      float array [N] with the dtype of `probabilities`.

    Raises:
      InputError: if the rows are not distributions.

    Source: Hendrycks and Gimpel 2017, "A baseline for detecting misclassified and
    out-of-distribution examples in neural networks", section 2.
    """
    return check_probabilities(probabilities).max(axis=1)


def negative_confidence_rate(confidences: ArrayLike, threshold: float) -> float:
    """NCR_t: the share of negatives that the classifier assigns to a class with confidence > t.

    Unit: share, 0 to 1. Lower is better. A value of exactly t does not count. It ignores positives:
    a classifier that is never confident has 0, so the accuracy should be reported with it.

    Args:
      confidences: [N], `maximum_confidence` of negatives.
      threshold: t, in [0, 1].

    Returns:
      float.

    Raises:
      InputError: if there are no samples or values outside [0, 1].

    Source: Li, Jia and Jing 2020, "Negative-Aware Training", equation 5.
    """
    return float(np.mean(_check(confidences, "confidences") > threshold))


def auroc(positives: ArrayLike, negatives: ArrayLike) -> float:
    """`detection.auroc` of confidences.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], confidences of negatives.

    Returns:
      float.

    Raises:
      InputError: if there are no samples or values outside [0, 1].
    """
    return detection.auroc(*_checked(positives, negatives))


def false_positive_rate(
    positives: ArrayLike, negatives: ArrayLike, recall: float = RECALL
) -> float:
    """`detection.fpr95` of confidences.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], confidences of negatives.
      recall: true-positive rate to reach, in (0, 1].

    Returns:
      float.

    Raises:
      InputError: if there are no samples or values outside [0, 1].
    """
    return detection.fpr95(*_checked(positives, negatives), recall)


def negative_scores(positives: ArrayLike, negatives: ArrayLike) -> dict[str, float]:
    """Computes all scores of this module for one set of negatives.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], confidences of negatives.

    Returns:
      {"ncr_0.4": ..., "ncr_0.6", "ncr_0.8", "ncr_0.9", "auroc", "fpr95"}, floats.

    Raises:
      InputError: if there are no samples or values outside [0, 1].
    """
    rates = {f"ncr_{t:g}": negative_confidence_rate(negatives, t) for t in THRESHOLDS}
    return rates | {
        "auroc": auroc(positives, negatives),
        "fpr95": false_positive_rate(positives, negatives),
    }


def _checked(positives: ArrayLike, negatives: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return (
        _check(positives, "confidences of positives"),
        _check(negatives, "confidences of negatives"),
    )


def _check(confidences: ArrayLike, name: str) -> np.ndarray:
    confidences = np.asarray(confidences)
    if confidences.ndim != 1 or len(confidences) == 0:
        raise InputError(
            f"{name}: array of shape {list(confidences.shape)}, expected one value per sample"
        )
    # The condition is not written as "outside", because NaN is neither below nor above.
    if not ((confidences >= 0) & (confidences <= 1)).all():
        raise InputError(
            f"{name}: values from {confidences.min():g} to {confidences.max():g}, expected "
            "probabilities in [0, 1]"
        )
    return confidences
