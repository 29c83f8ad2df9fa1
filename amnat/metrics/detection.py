"""Telling test images from images of no class: scores of a classifier's logits, and how well they
separate.

Conventions are those of OpenOOD 1.5 (Yang et al. 2022, Zhang et al. 2023; openood/postprocessors
and openood/evaluators/metrics.py): every score is larger for images of the classes. OpenOOD counts
negatives as the positive class of the ROC curve (`fpr95_out`); most papers, and OpenOOD's function
`fpr_recall`, count test images (`fpr95`). The area under the ROC curve is the same for both.
"""

from __future__ import annotations

from amnat.errors import InputError

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

# The literature on out-of-distribution images reports false positives at this recall.
RECALL = 0.95
SCORE_NAMES = ("msp", "max_logit", "energy", "entropy")
MEASURES = ("auroc", "aupr_in", "aupr_out", "fpr95", "fpr95_out")
# False-positive rates at which `roc_curve_at` is drawn and recorded.
GRID = np.linspace(0, 1, 201)


def detection_scores(logits: ArrayLike) -> dict[str, np.ndarray]:
    """Four scores of each sample, all larger for images that the classifier takes for its own.

    - msp: the largest class probability (Hendrycks and Gimpel 2017).
    - max_logit: the largest logit (Hendrycks et al. 2022).
    - energy: log sum exp of the logits, the negative free energy of Liu et al. 2020 at
      temperature 1.
    - entropy: the negative entropy of the class probabilities, in nats, -log K to 0.

    Args:
      logits: [N, K].

    Returns: {name in SCORE_NAMES: float64 [N]}.
    Raises: InputError: if there are no samples, or a logit is not finite.
    """
    logits = np.asarray(logits, np.float64)
    if logits.ndim != 2 or not logits.size or not np.isfinite(logits).all():
        raise InputError(f"logits: shape {list(logits.shape)}, expected finite numbers [N, K]")
    probabilities = scipy.special.softmax(logits, axis=1)
    return {
        "msp": probabilities.max(axis=1),
        "max_logit": logits.max(axis=1),
        "energy": scipy.special.logsumexp(logits, axis=1),
        "entropy": -scipy.special.entr(probabilities).sum(axis=1),
    }


def auroc(positives: ArrayLike, negatives: ArrayLike) -> float:
    """Area under the ROC curve.

    Unit: probability that a test image has a higher score than a negative, where ties count half;
    0.5 means no difference, 1 complete separation. Higher is better. It depends neither on the
    numbers of images nor on a threshold.

    Args:
      positives: [N], scores of test images.
      negatives: [M], scores of negatives.

    Raises: InputError: if there are no samples or a score is not finite.
    Source: Hendrycks and Gimpel 2017; scikit-learn's roc_auc_score.
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*_labelled(positives, negatives)))


def aupr_in(positives: ArrayLike, negatives: ArrayLike) -> float:
    """Area under the precision-recall curve in which test images are the positive class.

    Unit: 0 to 1, higher is better. Scores without information give the share of test images among
    all, so it depends on the numbers of images. The curve is joined by straight lines, as in
    OpenOOD; scikit-learn's average_precision_score has steps instead and is usually lower.

    Args, Raises: as for `auroc`.
    Source: OpenOOD, openood/evaluators/metrics.py; scikit-learn's precision_recall_curve and auc.
    """
    return _area_under_precision(*_labelled(positives, negatives))


def aupr_out(positives: ArrayLike, negatives: ArrayLike) -> float:
    """`aupr_in` with the negatives as the positive class, found by their low scores."""
    labels, scores = _labelled(positives, negatives)
    return _area_under_precision(1 - labels, -scores)


def fpr95(positives: ArrayLike, negatives: ArrayLike, recall: float = RECALL) -> float:
    """The share of negatives above the threshold that 95 % of the test images reach.

    Unit: share, 0 to 1. Lower is better. The threshold is the highest score that at least `recall`
    of the test images reach (>=); with few test images, or many with equal scores, a larger share
    reaches it.

    Args:
      positives: [N], scores of test images.
      negatives: [M], scores of negatives.
      recall: true-positive rate to reach, in (0, 1].

    Raises: InputError: if there are no samples or a score is not finite.
    Source: Liang, Li and Srikant 2018, "Enhancing the reliability of out-of-distribution image
    detection in neural networks", section 4; scikit-learn's roc_curve.
    """
    return _false_positives(*_labelled(positives, negatives), recall)


def fpr95_out(positives: ArrayLike, negatives: ArrayLike, recall: float = RECALL) -> float:
    """The share of test images at or below the threshold that 95 % of the negatives do not exceed.

    It is OpenOOD's FPR@95, which counts negatives as the positive class. Where scores tie, OpenOOD
    can give a larger number: scikit-learn by default drops points on a straight line of the curve,
    and the threshold may be one of them. Args, Raises: as for `fpr95`.

    Source: OpenOOD, openood/evaluators/metrics.py, auc_and_fpr_recall.
    """
    labels, scores = _labelled(positives, negatives)
    return _false_positives(1 - labels, -scores, recall)


def detection_measures(positives: ArrayLike, negatives: ArrayLike) -> dict[str, float]:
    """All measures of this module for one score: {name in MEASURES: float}.

    Args:
      positives: [N], scores of test images.
      negatives: [M], scores of negatives.

    Raises: InputError: if there are no samples or a score is not finite.
    """
    computed = auroc, aupr_in, aupr_out, fpr95, fpr95_out
    return {each.__name__: each(positives, negatives) for each in computed}


def roc_curve_at(
    positives: ArrayLike, negatives: ArrayLike, false_positives: ArrayLike = GRID
) -> np.ndarray:
    """The share of test images above the threshold with a given share of negatives above it.

    Args:
      positives: [N], scores of test images.
      negatives: [M], scores of negatives.
      false_positives: shares of negatives, in [0, 1].

    Returns: float64, shaped as `false_positives`; between the points of the curve on the line that
      joins them, and the highest point where several have the same share of negatives.
    Raises: InputError: if there are no samples or a score is not finite.
    """
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(*_labelled(positives, negatives), drop_intermediate=False)
    last = np.append(np.diff(false) > 0, True)
    return np.interp(np.asarray(false_positives, np.float64), false[last], true[last])


def _area_under_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import auc, precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, scores)
    return float(auc(recall, precision))


def _false_positives(labels: np.ndarray, scores: np.ndarray, recall: float) -> float:
    from sklearn.metrics import roc_curve

    # Intermediate points are dropped by default, but one of them may be the threshold.
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(false[np.argmax(true >= recall)])


def _labelled(positives: ArrayLike, negatives: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """(labels, scores) of all samples, where test images have the label 1."""
    pieces = []
    for scores, name in ((positives, "scores of positives"), (negatives, "scores of negatives")):
        scores = np.asarray(scores)
        if scores.ndim != 1 or len(scores) == 0:
            raise InputError(
                f"{name}: array of shape {list(scores.shape)}, expected one value per sample"
            )
        if not np.isfinite(scores).all():
            raise InputError(f"{name}: expected finite numbers")
        pieces.append(scores)
    labels = np.repeat([1, 0], [len(piece) for piece in pieces])
    return labels, np.concatenate(pieces)
