"""How sure a classifier is of images that belong to none of its classes."""

from amnat.errors import InputError
from amnat.metrics.arrays import check_probabilities

import numpy as np

# Of the NAT paper's tables.
THRESHOLDS = (0.4, 0.6, 0.8, 0.9)
# The literature on out-of-distribution images reports false positives at this recall.
RECALL = 0.95


def maximum_confidence(probabilities):
    """The largest class probability of each sample: MSP, the maximum softmax probability.

    Unit: probability, 1/K (undecided) to 1. Bias: modern networks are overconfident, so it is no
    probability of being right. Give probabilities in float64: in float32 everything above
    1 - 6e-8 is 1, which makes ties of what `auroc` should put in order.

    Args:
      probabilities: [N, K], rows sum to one.

    Returns:
      float array [N] of the type of `probabilities`.

    Raises:
      InputError: not distributions.

    Source: Hendrycks and Gimpel 2017, "A baseline for detecting misclassified and
    out-of-distribution examples in neural networks", section 2.
    """
    return check_probabilities(probabilities).max(axis=1)


def negative_confidence_rate(confidences, threshold):
    """NCR_t: the share of negatives that the classifier takes for a class with confidence > t.

    Unit: share, 0 to 1. Lower is better. A value of exactly t does not count. It does not look at
    positives: a classifier that is sure of nothing has 0, so accuracy belongs beside it.

    Args:
      confidences: [N], `maximum_confidence` of negatives.
      threshold: t, in [0, 1].

    Returns:
      float.

    Raises:
      InputError: no samples, or values outside [0, 1].

    Source: Li, Jia and Jing 2020, "Negative-Aware Training", equation 5.
    """
    return float(np.mean(_check(confidences, "confidences") > threshold))


def auroc(positives, negatives):
    """Area under the ROC curve of telling test images from negatives by their confidence.

    Unit: probability that a test image is more confident than a negative, ties counting half;
    0.5 for no difference, 1 for complete separation. Higher is better. It does not depend on the
    numbers of either, nor on a threshold.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], of negatives.

    Returns:
      float.

    Raises:
      InputError: no samples, or values outside [0, 1].

    Source: Hendrycks and Gimpel 2017; scikit-learn's roc_auc_score.
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*_labelled(positives, negatives)))


def false_positive_rate(positives, negatives, recall=RECALL):
    """FPR95: the share of negatives that pass where 95 % of the test images do.

    Unit: share, 0 to 1. Lower is better. The threshold is the highest of the confidences with
    which at least `recall` of the test images pass (>=), the usual reading; with few test images,
    or many of one confidence, more than that pass.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], of negatives.
      recall: true-positive rate to reach, in (0, 1].

    Returns:
      float.

    Raises:
      InputError: no samples, or values outside [0, 1].

    Source: Liang, Li and Srikant 2018, "Enhancing the reliability of out-of-distribution image
    detection in neural networks", section 4; scikit-learn's roc_curve.
    """
    from sklearn.metrics import roc_curve

    # Intermediate points are dropped by default, and one of them may be the one wanted.
    labels, scores = _labelled(positives, negatives)
    false_positives, true_positives, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(false_positives[np.argmax(true_positives >= recall)])


def negative_scores(positives, negatives):
    """All of the above, of one set of negatives.

    Args:
      positives: [N], confidences of test images.
      negatives: [M], of negatives.

    Returns:
      {"ncr_0.4": ..., "ncr_0.6", "ncr_0.8", "ncr_0.9", "auroc", "fpr95"}, floats.

    Raises:
      InputError: no samples, or values outside [0, 1].
    """
    rates = {f"ncr_{t:g}": negative_confidence_rate(negatives, t) for t in THRESHOLDS}
    return rates | {
        "auroc": auroc(positives, negatives),
        "fpr95": false_positive_rate(positives, negatives),
    }


def _labelled(positives, negatives):
    """(labels, confidences) of both, positives being 1."""
    positives = _check(positives, "confidences of positives")
    negatives = _check(negatives, "confidences of negatives")
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    return labels, np.concatenate([positives, negatives])


def _check(confidences, name):
    confidences = np.asarray(confidences)
    if confidences.ndim != 1 or len(confidences) == 0:
        raise InputError(
            f"{name}: array of shape {list(confidences.shape)}, expected one value per sample"
        )
    # Not "outside": NaN is neither below nor above.
    if not ((confidences >= 0) & (confidences <= 1)).all():
        raise InputError(
            f"{name}: values from {confidences.min():g} to {confidences.max():g}, expected "
            "probabilities in [0, 1]"
        )
    return confidences
