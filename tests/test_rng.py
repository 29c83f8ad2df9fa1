"""Counted randomness."""

from amnat.rng import MAX_REPLICAS, RNG, RecordedRNG, derive_seed

import numpy as np
import pytest
import tensorflow as tf


def _draw(seed=0, counter=0, name="z"):
    return RNG(seed, counter).normal(name, [4]).numpy()


def test_same_key_same_numbers():
    np.testing.assert_array_equal(_draw(), _draw())


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"counter": 1}, {"counter": MAX_REPLICAS}, {"name": "y"}]
)
def test_another_key_other_numbers(other):
    assert not np.intersect1d(_draw(), _draw(**other)).size


def test_children_prefix_names():
    child = RNG(0, 0).child("a").child("b")
    np.testing.assert_array_equal(child.normal("z", [4]), _draw(name="a/b/z"))


def test_a_name_is_drawn_once():
    rng = RNG(0, 0)
    rng.child("a").uniform("z", [1])
    with pytest.raises(ValueError, match="'a/z' was drawn twice"):
        rng.uniform("a/z", [1])


def test_ranges():
    rng = RNG(0, 0)
    cut = rng.truncated_normal("t", [10000], mean=1.0, stddev=0.5).numpy()
    assert cut.min() >= 0.0 and cut.max() <= 2.0
    uniform = rng.uniform("u", [10000]).numpy()
    assert uniform.min() >= 0.0 and uniform.max() < 1.0


def test_derived_seeds_do_not_depend_on_the_process():
    assert derive_seed(0, "z") == 1980738991719951047


def test_recorded_draws_replay():
    rng = RecordedRNG({"a/z": np.arange(3.0)}).child("a")
    np.testing.assert_array_equal(rng.normal("z", [3]), [0.0, 1.0, 2.0])
    assert rng.uniform("z", [3], tf.float64).dtype == tf.float64
    with pytest.raises(KeyError):
        rng.normal("y", [3])
    with pytest.raises(ValueError, match=r"'a/z' has shape \(3,\)"):
        rng.normal("z", [4])


def _kept(probability=0.7, seed=0, counter=0, shape=(100, 101), version=2):
    return RNG(seed, counter, version=version).keep("z", shape, probability).numpy()


@pytest.mark.parametrize("probability", [0.3, 0.7])
@pytest.mark.parametrize("version", [1, 2])
def test_entries_are_kept_with_their_probability(probability, version):
    kept = _kept(probability, shape=(300, 301), version=version)
    assert kept.dtype == bool and kept.shape == (300, 301)
    # Five standard deviations of the mean.
    np.testing.assert_allclose(kept.mean(), probability, atol=5 * 0.5 / 300)
    # Neighbours, of which two share a random word, are independent.
    flat = kept.ravel() - probability
    for distance in (1, 2, 4, 301):
        product = np.mean(flat[:-distance] * flat[distance:])
        assert abs(product) < 5 * probability * (1 - probability) / 300


def test_probabilities_at_the_ends():
    assert _kept(1.0).all()
    assert 0 < _kept(1 / 65536, shape=(4096, 256)).mean() < 4e-5


@pytest.mark.parametrize("other", [{"seed": 1}, {"counter": 1}, {"counter": MAX_REPLICAS}])
def test_another_key_keeps_other_entries(other):
    same = (_kept(0.5) == _kept(0.5, **other)).mean()
    assert 0.45 < same < 0.55


def test_the_entries_are_the_same_in_a_graph_and_under_xla():
    def kept(counter):
        return RNG(3, counter).child("d0").keep("z", tf.constant([7, 9]), 0.6)

    counter = tf.constant(5 * MAX_REPLICAS, tf.int64)
    eager = kept(counter)
    for jit_compile in (False, True):
        compiled = tf.function(kept, autograph=False, jit_compile=jit_compile)
        np.testing.assert_array_equal(compiled(counter), eager)


def test_version_one_keeps_what_it_always_kept():
    uniform = RNG(0, 4).uniform("z", [50, 50]).numpy()
    kept = RNG(0, 4, version=1).keep("z", [50, 50], 0.7).numpy()
    np.testing.assert_array_equal(kept, np.floor(np.float32(0.7) + uniform) == 1)
    child = RNG(0, 4, version=1).child("a").keep("z", [50, 50], 0.7).numpy()
    uniform = RNG(0, 4).child("a").uniform("z", [50, 50]).numpy()
    np.testing.assert_array_equal(child, np.floor(np.float32(0.7) + uniform) == 1)


def test_recorded_numbers_decide_what_is_kept():
    rng = RecordedRNG({"z": np.array([0.1, 0.25, 0.3])})
    np.testing.assert_array_equal(rng.keep("z", [3], 0.75), [False, True, True])
