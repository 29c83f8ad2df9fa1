"""Detection of images of no class: closed forms, scikit-learn, OpenOOD's conventions, bad input."""

from amnat.errors import InputError
from amnat.metrics import detection
from amnat.metrics.detection import (
    SCORE_NAMES,
    aupr_in,
    aupr_out,
    auroc,
    detection_measures,
    detection_scores,
    fpr95,
    fpr95_out,
    roc_curve_at,
)

import numpy as np
import pytest
import scipy.stats
from sklearn import metrics


def test_scores_of_known_logits():
    logits = np.log([[1.0, 2.0, 5.0], [4.0, 4.0, 4.0]])
    scores = detection_scores(logits)
    assert tuple(scores) == SCORE_NAMES
    np.testing.assert_allclose(scores["msp"], [5 / 8, 1 / 3])
    np.testing.assert_allclose(scores["max_logit"], np.log([5, 4]))
    np.testing.assert_allclose(scores["energy"], np.log([8, 12]))
    p = np.array([1, 2, 5]) / 8
    np.testing.assert_allclose(scores["entropy"], [(p * np.log(p)).sum(), -np.log(3)])


def test_all_scores_are_larger_for_a_surer_classifier():
    undecided, sure = detection_scores([[0.0, 0, 0, 0]]), detection_scores([[9.0, 0, 0, 0]])
    for name in SCORE_NAMES:
        assert sure[name] > undecided[name], name
    # Only two of them see how large all logits are.
    raised = detection_scores([[19.0, 10, 10, 10]])
    assert raised["energy"] > sure["energy"] and raised["max_logit"] > sure["max_logit"]
    np.testing.assert_allclose([raised["msp"], raised["entropy"]], [sure["msp"], sure["entropy"]])


def test_hopeless_logits_stay_finite():
    scores = detection_scores(np.float32([[1e4, 0, -1e4]]))
    found = [float(scores[name][0]) for name in SCORE_NAMES]
    assert found == [1.0, 1e4, 1e4, 0.0]


def test_hand_counted_measures():
    """Scores in descending order: + + - + - (test images are +)."""
    positives, negatives = [0.9, 0.8, 0.6], [0.7, 0.5]
    assert auroc(positives, negatives) == pytest.approx(5 / 6)
    # All three have to pass, and one negative does.
    assert fpr95(positives, negatives) == 1 / 2
    assert fpr95(positives, negatives, 2 / 3) == 0
    # Both negatives are found by a threshold of 0.7, and so is one of three test images.
    assert fpr95_out(positives, negatives) == pytest.approx(1 / 3)
    assert fpr95_out(positives, negatives, 0.5) == 0
    # Points (recall, precision): (0, 1), (1/3, 1), (2/3, 1), (2/3, 2/3), (1, 3/4).
    assert aupr_in(positives, negatives) == pytest.approx(2 / 3 + (2 / 3 + 3 / 4) / 2 / 3)
    # From below: - + -: (0, 1), (1/2, 1), (1/2, 1/2), (1, 2/3).
    assert aupr_out(positives, negatives) == pytest.approx(1 / 2 + (1 / 2 + 2 / 3) / 2 / 2)


@pytest.mark.parametrize("distance", [0.0, 1.0, 3.0])
def test_two_normal_distributions(distance):
    """Closed forms: AUROC = Phi(d / sqrt 2), FPR95 = Phi(1.645 - d), for many samples."""
    quantiles = scipy.stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    found = detection_measures(quantiles + distance, quantiles)
    normal = scipy.stats.norm
    assert found["auroc"] == pytest.approx(normal.cdf(distance / np.sqrt(2)), abs=1e-3)
    expected = normal.cdf(normal.ppf(0.95) - distance)
    assert found["fpr95"] == pytest.approx(expected, abs=1e-3)
    # The two distributions mirror one another.
    assert found["fpr95_out"] == pytest.approx(expected, abs=1e-3)
    assert found["aupr_in"] == pytest.approx(found["aupr_out"], abs=1e-3)
    grid = np.array([0.01, 0.1, 0.5, 0.9])
    curve = roc_curve_at(quantiles + distance, quantiles, grid)
    np.testing.assert_allclose(curve, normal.cdf(normal.ppf(grid) + distance), atol=2e-3)
    if not distance:
        assert found["aupr_in"] == pytest.approx(0.5, abs=1e-3)


def openood_measures(positives, negatives):
    """What OpenOOD's metrics say: negatives are the positive class, found by the negative score."""
    scores = np.concatenate([positives, negatives])
    is_out = np.repeat([0, 1], [len(positives), len(negatives)])
    false, true, _ = metrics.roc_curve(is_out, -scores)
    into = metrics.precision_recall_curve(1 - is_out, scores)
    out = metrics.precision_recall_curve(is_out, -scores)
    # Its function fpr_recall has it the other way round.
    plain_false, plain_true, _ = metrics.roc_curve(1 - is_out, scores)
    return {
        "auroc": metrics.auc(false, true),
        "aupr_in": metrics.auc(into[1], into[0]),
        "aupr_out": metrics.auc(out[1], out[0]),
        "fpr95": plain_false[np.argmax(plain_true >= 0.95)],
        "fpr95_out": false[np.argmax(true >= 0.95)],
    }


@pytest.mark.parametrize("seed", range(4))
def test_against_openood_and_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    positives, negatives = rng.normal(2, 2, 331), rng.normal(0, 1, 57 + 200 * seed)
    if seed == 3:  # With ties.
        positives, negatives = positives.round(), negatives.round()
    found = detection_measures(positives, negatives)
    assert tuple(found) == detection.MEASURES
    tolerance = {"abs": 1e-12} if seed < 3 else {"abs": 0.05}
    for name, expected in openood_measures(positives, negatives).items():
        # It drops points in the midst of a slope, which only ties make.
        exact = name not in ("fpr95", "fpr95_out")
        assert found[name] == pytest.approx(expected, **({"abs": 1e-12} if exact else tolerance))
        assert found[name] <= expected + 1e-12
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    scores = np.concatenate([positives, negatives])
    assert found["auroc"] == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-12)
    # The area under steps is another one, close to it.
    assert found["aupr_in"] == pytest.approx(
        metrics.average_precision_score(labels, scores), abs=0.1
    )


def test_measures_depend_on_the_order_alone():
    rng = np.random.default_rng(0)
    positives, negatives = rng.normal(1, 1, 50), rng.normal(0, 1, 40)
    assert detection_measures(positives, negatives) == detection_measures(
        np.exp(positives), np.exp(negatives)
    )


def test_complete_separation_and_none():
    apart = detection_measures([2.0, 3.0], [0.0, 1.0])
    assert apart == {"auroc": 1, "aupr_in": 1, "aupr_out": 1, "fpr95": 0, "fpr95_out": 0}
    same = detection_measures(np.ones(3), np.ones(4))
    assert (same["auroc"], same["fpr95"], same["fpr95_out"]) == (0.5, 1, 1)
    np.testing.assert_allclose(roc_curve_at(np.ones(3), np.ones(4), [0, 0.25, 1]), [0, 0.25, 1])
    np.testing.assert_allclose(roc_curve_at([2.0, 3.0], [0.0, 1.0], [0, 1]), [1, 1])


@pytest.mark.parametrize("bad", [[], [[0.5]], [0.5, np.nan], [np.inf]])
def test_bad_scores(bad):
    for name in detection.MEASURES:
        with pytest.raises(InputError, match="^scores of positives: "):
            getattr(detection, name)(bad, [0.5])
        with pytest.raises(InputError, match="^scores of negatives: "):
            getattr(detection, name)([0.5], bad)


@pytest.mark.parametrize("bad", [[1.0], np.zeros((0, 3)), [[1.0, np.nan]]])
def test_bad_logits(bad):
    with pytest.raises(
        InputError, match=r"^logits: shape \[.*\], expected finite numbers \[N, K\]"
    ):
        detection_scores(bad)
