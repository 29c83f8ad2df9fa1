"""Precision, recall, density and coverage against brute force in float64, and known layouts."""

from amnat.errors import InputError
from amnat.metrics import manifold
from amnat.metrics.manifold import manifold_scores, nearest_neighbour_radii

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from score_cases import BAD_FEATURES


def by_definition(features, reference, k):
    """The formulas of Naeem et al. 2020, on whole distance matrices."""

    def radii(points):
        return np.sort(cdist(points, points), axis=1)[:, k]

    distances = cdist(reference, features)
    in_reference_ball = distances < radii(reference)[:, None]
    return (
        in_reference_ball.any(axis=0).mean(),
        (distances < radii(features)[None, :]).any(axis=1).mean(),
        in_reference_ball.sum(axis=0).mean() / k,
        (distances.min(axis=1) < radii(reference)).mean(),
    )


def problem(seed):
    """Overlapping sets of different sizes; the last lies in a plane of its 40 dimensions."""
    rng = np.random.RandomState(seed)
    count, width, rank = [(150, 4, 4), (300, 20, 20), (90, 40, 2)][seed]
    mixing = rng.standard_normal((rank, width))
    features = rng.standard_normal((count, rank)) @ mixing
    return features, 1.3 * rng.standard_normal((count + 70, rank)) @ mixing + 0.2


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_definition(seed, dtype, k, monkeypatch):
    features, reference = (array.astype(dtype) for array in problem(seed))
    expected = by_definition(features, reference, k)
    assert manifold_scores(features, reference, k) == pytest.approx(expected, rel=1e-4)
    # As little as sklearn allows: several rows at a time instead of everything.
    monkeypatch.setattr(manifold, "WORKING_MEMORY", 0.01)
    assert len(list(manifold._distances(reference, features))) > 10
    assert manifold_scores(features, reference, k) == pytest.approx(expected, rel=1e-4)


def test_radii_do_not_count_the_sample_itself():
    line = np.array([[0.0], [1], [3], [7]])
    np.testing.assert_allclose(nearest_neighbour_radii(line, 1), [1, 1, 2, 4])
    np.testing.assert_allclose(nearest_neighbour_radii(line, 2), [3, 2, 3, 6])


def test_balls_are_open():
    """A pair one apart, so of radius one, and points at just that distance."""
    pair, apart = np.array([[0.0], [1]]), np.array([[2.0], [10]])
    precision, recall, density, coverage = manifold_scores(apart, pair, 1)
    assert (precision, density, coverage) == (0, 0, 0)
    assert recall == 1
    assert manifold_scores(pair, apart, 1).recall == 0


def test_which_set_is_which():
    """Samples on one of two clusters are precise and miss half; the other way round recall all."""
    rng = np.random.RandomState(0)
    near, far = rng.standard_normal((200, 2)), rng.standard_normal((200, 2)) + 100
    both = np.concatenate([near, far])
    # Outermost samples may lie just outside the other set's balls.
    collapsed = manifold_scores(near[:100], both)
    assert collapsed.precision == pytest.approx(1, abs=0.05)
    assert collapsed.recall == pytest.approx(0.5, abs=0.05)
    assert collapsed.coverage == pytest.approx(0.5, abs=0.05)
    wild = manifold_scores(both, near[:100])
    assert wild.precision == pytest.approx(0.5, abs=0.05)
    assert wild.recall == pytest.approx(1, abs=0.05)


def test_a_set_against_itself():
    features = np.random.RandomState(0).standard_normal((300, 5))
    scores = manifold_scores(features, features.copy())
    assert scores == pytest.approx((1, 1, 1, 1))


def test_sets_apart():
    features = np.random.RandomState(0).standard_normal((50, 5))
    assert manifold_scores(features, features + 1000) == (0, 0, 0, 0)


@pytest.mark.parametrize("name", BAD_FEATURES)
def test_bad_features(name):
    array, message = BAD_FEATURES[name]
    with pytest.raises(InputError, match=message):
        manifold_scores(array, np.random.RandomState(0).standard_normal((5, 3)), 1)


@pytest.mark.parametrize("k", [0, 9])
def test_impossible_k(k):
    with pytest.raises(InputError, match=f"k: {k} neighbours, expected 1 to 8"):
        manifold_scores(np.ones((9, 2)), np.ones((30, 2)), k)
