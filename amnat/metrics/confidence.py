"""The confidence of a classifier on images that belong to none of its classes."""

from __future__ import annotations

from amnat.errors import InputError
from amnat.metrics.arrays import check_probabilities

import numpy as np
from numpy.typing import ArrayLike

# The thresholds in the NAT paper's tables.
THRESHOLDS = (0.4, 0.6, 0.8, 0.9)
# The literature on out-of-distribution images reports false positives at this recall.
RECALL = 0.95


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
    """Area under the ROC curve for separating test images from negatives by their confidence.

    Unit: probability that a test image has a higher confidence than a negative, where ties count
    half; 0.5 means no difference, 1 complete separation. Higher is better. It depends neither on
    the numbers of images nor on a threshold.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], confidences of negatives.

    Returns:
      float.

    Raises:
      InputError: if there are no samples or values outside [0, 1].

    Source: Hendrycks and Gimpel 2017; scikit-learn's roc_auc_score.
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*_labelled(positives, negatives)))


def false_positive_rate(
    positives: ArrayLike, negatives: ArrayLike, recall: float = RECALL
) -> float:
    """FPR95: the share of negatives above the threshold that 95 % of the test images reach.

    Unit: share, 0 to 1. Lower is better. The threshold is the highest confidence that at least
    `recall` of the test images reach (>=), which is the usual definition; with few test images, or
    many with equal confidence, a larger share reaches it.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], confidences of negatives.
      recall: true-positive rate to reach, in (0, 1].

    Returns:
      float.

    Raises:
      InputError: if there are no samples or values outside [0, 1].

    Source: Liang, Li and Srikant 2018, "Enhancing the reliability of out-of-distribution image
    detection in neural networks", section 4; scikit-learn's roc_curve.
    """
    from sklearn.metrics import roc_curve

    # Intermediate points are dropped by default, but one of them may be the threshold.
    labels, scores = _labelled(positives, negatives)
    false_positives, true_positives, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(false_positives[np.argmax(true_positives >= recall)])


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


def _labelled(positives: ArrayLike, negatives: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """(labels, confidences) of all samples, where positives have the label 1."""
    positives = _check(positives, "confidences of positives")
    negatives = _check(negatives, "confidences of negatives")
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    return labels, np.concatenate([positives, negatives])


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
