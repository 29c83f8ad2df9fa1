"""Inception Score against the original, TF-GAN, closed forms; bad input."""

from amnat.compat import tfgan
from amnat.errors import InputError
from amnat.metrics.inception_score import inception_score, inception_score_splits

import numpy as np
import pytest
import score_inputs
from score_cases import BAD_PROBABILITIES, GOLDEN

CASES = score_inputs.probabilities()


@pytest.mark.parametrize("name", CASES)
def test_equals_the_original(name):
    probabilities, golden = CASES[name][0], GOLDEN["inception"][name]
    assert inception_score(probabilities) == pytest.approx(golden["unsplit"], rel=1e-6)
    splits = inception_score_splits(probabilities, score_inputs.SPLITS)
    assert [splits.mean, splits.stddev] == pytest.approx(golden["split"][:2], rel=1e-6)
    assert list(splits.scores) == pytest.approx(golden["split"][2], rel=1e-6)


@pytest.mark.parametrize("seed, classes, scale", [(0, 10, 3), (1, 1008, 6), (2, 200, 0.5)])
def test_equals_tfgan(seed, classes, scale):
    logits = scale * np.random.RandomState(seed).standard_normal((600, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = float(tfgan.eval.classifier_score_from_logits(logits))
    assert inception_score(probabilities) == pytest.approx(expected, rel=1e-9)
    # Networks answer in float32; the sums must not be taken in it.
    assert inception_score(probabilities.astype(np.float32)) == pytest.approx(expected, rel=1e-5)


def test_blocks_do_not_change_the_score():
    probabilities = np.random.RandomState(3).dirichlet(np.ones(7), 10_000)
    divergences = np.sum(probabilities * np.log(probabilities / probabilities.mean(axis=0)), axis=1)
    assert inception_score(probabilities) == pytest.approx(np.exp(divergences.mean()), rel=1e-12)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_known_values(classes):
    certain = np.eye(classes)
    assert inception_score(certain) == pytest.approx(classes)
    collapsed = np.repeat(certain[:1], 20, axis=0)
    assert inception_score(collapsed) == pytest.approx(1)


def test_splits_are_contiguous():
    sorted_by_class = np.repeat(np.eye(5), 20, axis=0)
    assert inception_score_splits(sorted_by_class, 5).mean == pytest.approx(1)
    assert inception_score_splits(np.tile(np.eye(5), (20, 1)), 5).mean == pytest.approx(5)


@pytest.mark.parametrize("name", BAD_PROBABILITIES)
def test_bad_probabilities(name):
    array, message = BAD_PROBABILITIES[name]
    with pytest.raises(InputError, match=message):
        inception_score(array)


def test_too_few_samples_for_the_splits():
    with pytest.raises(InputError, match="10, but there are 9 samples; lower --splits"):
        inception_score_splits(np.eye(9), 10)
    with pytest.raises(InputError, match="splits: 0"):
        inception_score_splits(np.eye(9), 0)
