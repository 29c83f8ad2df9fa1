"""Mode counts of known samples, SciPy's divergences; bad input."""

import math

from amnat.errors import InputError
from amnat.metrics.modes import class_histogram, mixture_modes, stacked_mnist_modes

import numpy as np
import pytest
import scipy.stats

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
STDDEVS = np.linspace(0.02, 0.1, 8)
UNIFORM = np.full(8, 1 / 8)


def draw(counts, seed=0):
    """That many samples of each component of the ring."""
    rng = np.random.RandomState(seed)
    component = np.repeat(np.arange(8), counts)
    noise = rng.standard_normal((len(component), 2))
    return RING[component] + STDDEVS[component, None] * noise


def test_class_histogram():
    histogram = class_histogram(np.array([0, 2, 2, 2]), 4)
    np.testing.assert_array_equal(histogram.counts, [1, 0, 3, 0])
    assert histogram.entropy == pytest.approx(scipy.stats.entropy([1, 3]))
    assert histogram.num_found == 2
    assert class_histogram(np.arange(10), 10).entropy == pytest.approx(math.log(10))


def test_stacked_mnist_of_every_mode():
    every = np.stack(np.meshgrid(*[np.arange(10)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    modes = stacked_mnist_modes(every)
    assert (modes.modes_found, modes.num_modes) == (1000, 1000)
    assert modes.kl == pytest.approx(0, abs=1e-12)


def test_stacked_mnist_of_few_modes():
    digits = np.array([[1, 2, 3]] * 6 + [[3, 2, 1]] * 2)
    modes = stacked_mnist_modes(digits)
    assert modes.modes_found == 2
    # From the shares 3/4 and 1/4 to 1/1000 each.
    assert modes.kl == pytest.approx(math.log(1000) - scipy.stats.entropy([3, 1]))
    assert (modes.counts[123], modes.counts[321]) == (6, 2)
    assert stacked_mnist_modes(digits[:1]).kl == pytest.approx(math.log(1000))


def test_samples_of_the_mixture_itself():
    modes = mixture_modes(draw([5000] * 8), RING, STDDEVS, UNIFORM)
    assert modes.modes_found == modes.num_modes == 8
    # A plane normal lies within 3 standard deviations with probability 1 - exp(-9/2).
    assert modes.share_within_3_stddev == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert modes.kl == pytest.approx(0, abs=1e-4)


def test_collapsed_samples():
    modes = mixture_modes(draw([300, 0, 100, 0, 0, 0, 0, 0]), RING, STDDEVS, UNIFORM)
    assert modes.modes_found == 2
    assert np.flatnonzero(modes.counts).tolist() == [0, 2]
    expected = scipy.stats.entropy(modes.counts, UNIFORM)
    assert modes.kl == pytest.approx(expected)
    assert expected == pytest.approx(math.log(8) - scipy.stats.entropy([3, 1]), abs=0.02)


def test_weights_are_what_the_divergence_compares_with():
    counts = np.array([800, 400, 200, 100, 100, 100, 100, 200])
    modes = mixture_modes(draw(counts), RING, STDDEVS, counts / counts.sum())
    assert modes.kl == pytest.approx(0, abs=1e-3)
    assert mixture_modes(draw(counts), RING, STDDEVS, UNIFORM).kl > 0.2


def test_the_nearest_component_is_measured_in_its_own_deviations():
    means, stddevs = np.array([[0.0, 0], [10.0, 0]]), np.array([0.1, 4.0])
    # Nearer to the first mean by length, but 30 of its deviations away.
    modes = mixture_modes(np.array([[3.0, 0.0]]), means, stddevs, [0.5, 0.5])
    assert modes.counts.tolist() == [0, 1]
    # Exactly three deviations are not within three.
    edge = mixture_modes(np.array([[12.0, 0.0], [0.0, 9.0]]), means[:1], [3.0], [1.0])
    assert edge.counts.tolist() == [0]
    assert edge.share_within_3_stddev == 0
    assert edge.kl == math.inf


def test_min_share_ignores_strays():
    points = draw([999, 1, 0, 0, 0, 0, 0, 0])
    assert mixture_modes(points, RING, STDDEVS, UNIFORM).modes_found == 2
    assert mixture_modes(points, RING, STDDEVS, UNIFORM, min_share=0.01).modes_found == 1


@pytest.mark.parametrize(
    "change, message",
    [
        ({"points": np.zeros((5, 3))}, "expected \\[N, D\\]"),
        ({"points": np.array([[np.nan, 0]])}, "NaN"),
        ({"points": np.zeros((0, 2))}, "shape"),
        ({"stddevs": STDDEVS[:7]}, "stddevs \\[7\\]"),
        ({"stddevs": STDDEVS - 0.02}, "expected > 0"),
        ({"weights": UNIFORM * 2}, "sum to 1"),
        ({"min_share": 1.0}, "min_share"),
    ],
)
def test_bad_mixture(change, message):
    arguments = {"points": RING, "means": RING, "stddevs": STDDEVS, "weights": UNIFORM}
    with pytest.raises(InputError, match=message):
        mixture_modes(**{**arguments, **change})


@pytest.mark.parametrize(
    "labels, message",
    [
        (np.array([0, 10]), "found 0 to 10, expected 0 to 9"),
        (np.array([-1, 3]), "found -1"),
        (np.array([0.0, 1.0]), "float64"),
        (np.array([], dtype=int), "at least one"),
    ],
)
def test_bad_labels(labels, message):
    with pytest.raises(InputError, match=message):
        class_histogram(labels, 10)
    if labels.size:
        with pytest.raises(InputError, match=message):
            stacked_mnist_modes(np.stack([labels] * 3, axis=1))


def test_stacked_mnist_needs_three_digits():
    with pytest.raises(InputError, match="2 per image, expected 3"):
        stacked_mnist_modes(np.zeros((4, 2), int))
