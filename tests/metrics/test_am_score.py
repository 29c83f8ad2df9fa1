"""AM Score against the original, SciPy's entropies, closed forms; bad input."""

import math

from amnat.errors import InputError
from amnat.metrics.am_score import am_score, am_score_splits

import numpy as np
import pytest
import scipy.stats
import score_inputs
from score_cases import BAD_PROBABILITIES, GOLDEN

CASES = score_inputs.probabilities()


@pytest.mark.parametrize("name", CASES)
def test_equals_the_original(name):
    golden = GOLDEN["am"][name]
    assert am_score(*CASES[name]) == pytest.approx(golden["unsplit"], rel=1e-6, abs=1e-12)
    splits = am_score_splits(*CASES[name], score_inputs.SPLITS)
    assert [splits.mean, splits.stddev] == pytest.approx(golden["split"][:2], rel=1e-6)
    assert list(splits.scores) == pytest.approx(golden["split"][2], rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_equals_scipy(seed):
    rng = np.random.RandomState(seed)
    samples, reference = rng.dirichlet(np.ones(12) / 4, 500), rng.dirichlet(np.ones(12), 700)
    samples = np.where(samples < 1e-12, 1e-12, samples)
    samples /= samples.sum(axis=1, keepdims=True)
    score = am_score(samples, reference)
    assert score.mean_entropy == pytest.approx(scipy.stats.entropy(samples, axis=1).mean())
    divergence = scipy.stats.entropy(reference.mean(axis=0), samples.mean(axis=0))
    assert score.marginal_divergence == pytest.approx(divergence, rel=1e-9)
    assert score.score == pytest.approx(score.mean_entropy + score.marginal_divergence)


def test_known_values():
    balanced = np.eye(10)
    assert am_score(balanced, balanced).score == pytest.approx(0, abs=1e-12)
    undecided = np.full((7, 10), 0.1)
    assert am_score(undecided, balanced).score == pytest.approx(math.log(10))
    # The direction matters: a class missing from the samples is dear, an extra one is not.
    half = np.repeat(np.eye(2), 3, axis=0)
    missing = am_score(half[:3], half).marginal_divergence
    assert missing == pytest.approx(0.5 * math.log(0.5) + 0.5 * math.log(0.5 / 1e-18))
    assert am_score(half, half[:3]).marginal_divergence == pytest.approx(math.log(2))


@pytest.mark.parametrize("name", BAD_PROBABILITIES)
def test_bad_probabilities(name):
    array, message = BAD_PROBABILITIES[name]
    good = np.eye(2)
    with pytest.raises(InputError, match=message):
        am_score(array, good)
    with pytest.raises(InputError, match="reference probabilities.*" + message):
        am_score(good, array)


def test_another_number_of_classes():
    with pytest.raises(InputError, match="10 classes, expected the 11 of the reference"):
        am_score(np.eye(10), np.eye(11))


def test_too_few_samples_for_the_splits():
    with pytest.raises(InputError, match="--splits"):
        am_score_splits(np.eye(3), np.eye(3), 4)
