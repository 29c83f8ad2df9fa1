"""KID against the definition in float64 and TF-GAN; the properties of an unbiased estimate."""

from amnat.compat import tfgan
from amnat.errors import InputError
from amnat.metrics import kernel
from amnat.metrics.kernel import kernel_inception_distance, unbiased_mmd

import numpy as np
import pytest
import tensorflow as tf
from score_cases import BAD_FEATURES


def problem(seed):
    """Features of two sizes, of which the third problem has fewer samples than features."""
    count, width = [(120, 16), (200, 64), (30, 100)][seed]
    rng = np.random.RandomState(seed)
    mixing = rng.standard_normal((width, width)) / np.sqrt(width)
    first = np.maximum(rng.standard_normal((count, width)) @ mixing, 0)
    return first, np.maximum(rng.standard_normal((count + 15, width)) @ mixing + 0.3, 0)


def by_definition(first, second):
    def kernels(a, b):
        return (np.einsum("if,jf->ij", a, b) / a.shape[1] + 1) ** 3

    def mean_of_others(a):
        n = len(a)
        return kernels(a, a)[~np.eye(n, dtype=bool)].sum() / (n * (n - 1))

    return mean_of_others(first) + mean_of_others(second) - 2 * kernels(first, second).mean()


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_definition(seed, monkeypatch):
    first, second = problem(seed)
    expected = by_definition(first, second)
    assert unbiased_mmd(first, second) == pytest.approx(expected, rel=1e-9)
    monkeypatch.setattr(kernel, "BLOCK_ROWS", 7)
    assert unbiased_mmd(first, second) == pytest.approx(expected, rel=1e-9)
    single = first.astype(np.float32), second.astype(np.float32)
    assert unbiased_mmd(*single) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_equals_tfgan(seed):
    first, second = problem(seed)
    expected = tfgan.eval.kernel_classifier_distance_from_activations(
        tf.constant(first), tf.constant(second), max_block_size=1024
    )
    assert unbiased_mmd(first, second) == pytest.approx(float(expected), rel=1e-9)


def test_one_subset_of_everything_is_the_whole_estimate():
    first, second = problem(0)
    second = second[: len(first)]
    distance = kernel_inception_distance(first, second, subsets=3, subset_size=len(first))
    assert distance.mean == pytest.approx(by_definition(first, second), rel=1e-9)
    assert distance.stddev == pytest.approx(0, abs=1e-12)


def test_subsets_estimate_the_whole_without_bias():
    first, second = problem(1)
    distance = kernel_inception_distance(first, second, subsets=300, subset_size=40)
    error_of_the_mean = distance.stddev / np.sqrt(300)
    assert abs(distance.mean - unbiased_mmd(first, second)) < 4 * error_of_the_mean
    same = np.random.RandomState(5).standard_normal((2, 400, 8))
    equal = kernel_inception_distance(*same, subsets=200, subset_size=50)
    assert abs(equal.mean) < 0.2 * equal.stddev


def test_the_seed_decides_the_subsets():
    first, second = problem(0)
    scores = [kernel_inception_distance(first, second, 5, 50, seed=seed).mean for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


@pytest.mark.parametrize("name", BAD_FEATURES)
def test_bad_features(name):
    array, message = BAD_FEATURES[name]
    with pytest.raises(InputError, match=message):
        kernel_inception_distance(array, np.ones((5, 3)), subset_size=2)


@pytest.mark.parametrize("subsets, size", [(0, 5), (1, 1), (1, 21)])
def test_impossible_subsets(subsets, size):
    features = np.ones((20, 3))
    with pytest.raises(InputError, match=f"{subsets} subsets of {size} samples, expected"):
        kernel_inception_distance(features, np.ones((30, 3)), subsets, size)
