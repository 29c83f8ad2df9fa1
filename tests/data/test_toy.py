import math

from amnat.data import load, toy
from amnat.errors import InputError

import numpy as np
import pytest

POINTS = 4000


def draw(name, split="train", points=POINTS):
    return toy.load_toy(name, split, points)


@pytest.mark.parametrize(
    "name, on_ring, odd_sigma, odd_points, center",
    [
        ("toy", 10, 0.1, POINTS, False),
        ("toy_cov", 8, 0.05, POINTS, False),
        ("toy_weight", 8, 0.1, POINTS // 4, False),
        ("toy_center", 10, 0.1, POINTS, True),
    ],
)
def test_points_follow_the_mixture(name, on_ring, odd_sigma, odd_points, center):
    data = draw(name)
    assert data.num_classes == on_ring + center
    for i in range(data.num_classes):
        points = data.samples[data.labels == i].astype(np.float64)
        odd, middle = i % 2 == 1, i == on_ring
        sigma = odd_sigma if odd and not middle else 0.1
        angle = 2 * math.pi * i / on_ring
        mean = [0, 0] if middle else [math.sin(angle), math.cos(angle)]
        assert len(points) == (odd_points if odd else POINTS)
        # Five standard errors of a mean, of a standard deviation and of a correlation.
        error = 5 * sigma / math.sqrt(len(points))
        assert np.abs(points.mean(axis=0) - mean).max() < error
        assert np.abs(points.std(axis=0) - sigma).max() < error / math.sqrt(2)
        assert abs(np.corrcoef(points.T)[0, 1]) < 5 / math.sqrt(len(points))
        np.testing.assert_allclose(data.mixture.means[i], mean, atol=1e-12)
        assert data.mixture.stddevs[i] == pytest.approx(sigma)


def test_weights():
    assert draw("toy").mixture.weights == pytest.approx([0.1] * 10)
    assert draw("toy_cov").mixture.weights == pytest.approx([0.125] * 8)
    assert draw("toy_weight").mixture.weights == pytest.approx([1 / 5, 1 / 20] * 4)
    assert draw("toy_center").mixture.weights == pytest.approx([1 / 11] * 11)


def test_the_first_component_is_at_the_top_and_the_next_to_its_right():
    means = draw("toy_cov").mixture.means
    np.testing.assert_allclose(means[0], [0, 1], atol=1e-12)
    np.testing.assert_allclose(means[2], [1, 0], atol=1e-12)


def test_the_draw_is_the_documented_one():
    normal = np.random.default_rng([20180313, 0, 5]).standard_normal((7, 2), dtype=np.float32)
    points = draw("toy", points=7).samples[35:42]
    np.testing.assert_allclose(points, normal * 0.1 + [0, -1], atol=1e-6)
    assert points.dtype == np.float32


def test_fewer_points_are_the_first_of_more():
    few, many = draw("toy_weight", points=40), draw("toy_weight", points=400)
    for i in range(8):
        part = few.samples[few.labels == i]
        assert np.array_equal(part, many.samples[many.labels == i][: len(part)])


def test_the_splits_and_the_components_differ():
    train, test = draw("toy"), draw("toy", "test")
    assert not np.isin(train.samples, test.samples).all(axis=1).any()
    centered = train.samples.reshape(10, POINTS, 2) - train.mixture.means[:, None]
    assert np.abs(centered[0] - centered[1]).max() > 0.1


def test_default_sizes():
    assert toy.POINTS_PER_COMPONENT["train"] == 1_000_000
    assert np.bincount(load("toy_weight", split="train").labels).tolist() == [10**6, 250_000] * 4
    assert np.bincount(load("toy_center", split="test").labels).tolist() == [10_000] * 11


def test_too_few_points_are_refused():
    with pytest.raises(InputError, match="points_per_component=3.*at least 4"):
        draw("toy_weight", points=3)
    with pytest.raises(InputError, match="points_per_component=0"):
        draw("toy", points=0)


@pytest.mark.parametrize("name, split", [("toys", "train"), ("toy", "valid")])
def test_unknown_names_are_refused(name, split):
    with pytest.raises(InputError, match="toy_center"):
        draw(name, split)
