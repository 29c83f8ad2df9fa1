"""FID against the original, TF-GAN, an exact formula; singular covariances; memory; bad input."""

from amnat.compat import tfgan
from amnat.errors import InputError
from amnat.metrics.frechet import (
    FeatureStatistics,
    feature_statistics,
    frechet_distance,
    frechet_inception_distance,
)

import numpy as np
import pytest
import scipy.linalg
import score_inputs
from score_cases import BAD_FEATURES, GOLDEN

CASES = score_inputs.features()
few_samples_expected = pytest.mark.filterwarnings("ignore:.*singular covariance")


@few_samples_expected
@pytest.mark.parametrize("name", CASES)
def test_equals_the_original(name):
    distance = frechet_inception_distance(*CASES[name])
    assert distance == pytest.approx(GOLDEN["fid"][name], rel=1e-6)


@few_samples_expected
@pytest.mark.parametrize("name", CASES)
def test_equals_tfgan(name):
    expected = float(tfgan.eval.frechet_classifier_distance_from_activations(*CASES[name]))
    assert frechet_inception_distance(*CASES[name]) == pytest.approx(expected, rel=1e-4)


@few_samples_expected
@pytest.mark.parametrize("name", CASES)
def test_equals_the_sum_of_singular_values(name):
    """Tr (S1 S2)^(1/2) is the nuclear norm of X1 X2^T / sqrt((N-1)(M-1)), whatever the rank."""
    first, second = CASES[name]
    offsets = first.mean(axis=0) - second.mean(axis=0)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    n, m = len(first) - 1, len(second) - 1
    root = scipy.linalg.svdvals(first @ second.T).sum() / np.sqrt(n * m)
    expected = offsets @ offsets + (first**2).sum() / n + (second**2).sum() / m - 2 * root
    assert frechet_inception_distance(*CASES[name]) == pytest.approx(expected, rel=1e-9)


@few_samples_expected
@pytest.mark.parametrize("name", CASES)
def test_a_set_against_itself_is_zero(name):
    features = CASES[name][0]
    scale = np.trace(np.cov(features, rowvar=False))
    assert abs(frechet_inception_distance(features, features)) < 1e-12 * scale


def test_equals_the_closed_form_for_diagonal_covariances():
    deviations, others = np.array([3.0, 1.0, 0.0, 2.0]), np.array([1.0, 0.0, 0.0, 5.0])
    means = np.array([1.0, -2.0, 0.5, 0.0])
    distance = frechet_distance(
        FeatureStatistics(means, np.diag(deviations**2), 100),
        FeatureStatistics(np.zeros(4), np.diag(others**2), 100),
    )
    assert distance == pytest.approx(np.sum(means**2) + np.sum((deviations - others) ** 2))


def test_statistics_of_float32_blocks():
    features = np.random.RandomState(0).standard_normal((5000, 6)) * 3 + 1000
    features = features.astype(np.float32)
    statistics = feature_statistics(features)
    exact = features.astype(np.float64)
    assert statistics.count == 5000
    np.testing.assert_allclose(statistics.mean, exact.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(statistics.covariance, np.cov(exact, rowvar=False), rtol=1e-9)


def test_warns_of_fewer_samples_than_features():
    features = np.random.RandomState(0).standard_normal((20, 8))
    with pytest.warns(UserWarning, match="^features: 7 samples of 8 features"):
        frechet_inception_distance(features[:7], features)
    with pytest.warns(UserWarning, match="^reference features: 7 samples"):
        frechet_inception_distance(features, features[:7])


@pytest.mark.parametrize("name", BAD_FEATURES)
def test_bad_features(name):
    array, message = BAD_FEATURES[name]
    with pytest.raises(InputError, match=message):
        frechet_inception_distance(array, np.random.RandomState(0).standard_normal((5, 3)))


def test_one_sample_has_no_covariance():
    with pytest.raises(InputError, match="1 samples, expected at least 2"):
        frechet_inception_distance(np.zeros((1, 3)), np.zeros((5, 3)))
    with pytest.raises(InputError, match="3 per sample, expected the 2"):
        frechet_distance(*(FeatureStatistics(np.zeros(n), np.eye(n), 9) for n in (3, 2)))
