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
