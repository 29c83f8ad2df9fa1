"""Confidence of negatives: values counted by hand, all pairs, bad input."""

from amnat.errors import InputError
from amnat.metrics.confidence import (
    auroc,
    false_positive_rate,
    maximum_confidence,
    negative_confidence_rate,
    negative_scores,
)

import numpy as np
import pytest
from score_cases import BAD_PROBABILITIES


def test_maximum_confidence():
    probabilities = np.array([[0.2, 0.5, 0.3], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])
    assert maximum_confidence(probabilities).tolist() == [0.5, 1, 1 / 3]


def test_rate_counts_what_is_above_the_threshold_only():
    confidences = np.array([0.1, 0.4, 0.4 + 1e-12, 0.6, 0.9, 0.95, 1.0, 0.3])
    rates = [negative_confidence_rate(confidences, t) for t in (0.4, 0.6, 0.8, 0.9)]
    assert rates == [5 / 8, 3 / 8, 3 / 8, 2 / 8]
    assert negative_confidence_rate(np.float32([0.9, 0.4]), 0.9) == 0


def test_hand_counted_scores():
    positives = np.array([0.99, 0.9, 0.7, 0.5])
    negatives = np.array([0.95, 0.7, 0.2, 0.1, 0.45])
    # Negatives below each positive, a tie counting half: 5, 4, 3.5, 3.
    assert auroc(positives, negatives) == pytest.approx(15.5 / 20)
    # All four have to pass for 95 %, three for 75 %, two for half.
    assert false_positive_rate(positives, negatives) == pytest.approx(2 / 5)
    assert false_positive_rate(positives, negatives, 0.75) == pytest.approx(2 / 5)
    assert false_positive_rate(positives, negatives, 0.5) == pytest.approx(1 / 5)
    assert negative_scores(positives, negatives) == pytest.approx(
        {
            "ncr_0.4": 3 / 5,
            "ncr_0.6": 2 / 5,
            "ncr_0.8": 1 / 5,
            "ncr_0.9": 1 / 5,
            "auroc": 15.5 / 20,
            "fpr95": 2 / 5,
        }
    )


def test_95_percent_of_20_are_19():
    positives = np.arange(1, 21) / 20
    assert false_positive_rate(positives, [0.05, 0.09, 0.1, 0.11]) == 2 / 4


def test_order_beyond_single_precision():
    near_one = 1 - np.array([1e-9, 2e-9, 3e-9])
    assert auroc(near_one[:1], near_one[1:]) == 1
    assert auroc(near_one[1:], near_one[:1]) == 0
    assert auroc(np.ones(3), np.ones(4)) == 0.5
    assert false_positive_rate(near_one[:2], near_one[2:]) == 0


@pytest.mark.parametrize("seed", range(3))
def test_all_pairs(seed):
    rng = np.random.default_rng(seed)
    positives, negatives = rng.beta(5, 1, 83).round(2), rng.beta(2, 2, 61).round(2)
    wins = np.sign(positives[:, None] - negatives).mean()
    assert auroc(positives, negatives) == pytest.approx((wins + 1) / 2, abs=1e-12)
    # The 79th largest of 83 is the first with 95 %.
    threshold = np.sort(positives)[::-1][78]
    expected = np.mean(negatives >= threshold)
    assert false_positive_rate(positives, negatives) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", BAD_PROBABILITIES)
def test_bad_probabilities(name):
    array, message = BAD_PROBABILITIES[name]
    with pytest.raises(InputError, match=message):
        maximum_confidence(array)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], r"shape \[0\], expected one value per sample"),
        ([[0.5]], r"shape \[1, 1\]"),
        ([0.5, 1.5], "values from 0.5 to 1.5, expected probabilities"),
        ([0.5, np.nan], "expected probabilities in"),
    ],
)
def test_bad_confidences(bad, message):
    with pytest.raises(InputError, match="^confidences: .*" + message):
        negative_confidence_rate(bad, 0.5)
    with pytest.raises(InputError, match="^confidences of negatives: .*" + message):
        auroc([0.5], bad)
    with pytest.raises(InputError, match="^confidences of positives: .*" + message):
        false_positive_rate(bad, [0.5])
