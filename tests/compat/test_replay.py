"""Replayed inputs are the same in every process, and exact in float32."""

import math

from amnat.compat import replay

import numpy as np
import pytest

MADE = {
    "normal": lambda: replay.normal("a", (40, 50)),
    "uniform": lambda: replay.uniform("a", (40, 50)),
    "truncated": lambda: replay.truncated_normal("a", (40, 50), 1.0, 0.1),
    "images": lambda: replay.images("a", (2, 8, 8, 3)),
    "points": lambda: replay.circle_points("a", 500),
    "weights": lambda: replay.away_from_initial("layer/w", (3, 3, 8, 8), 0.02),
    "gains": lambda: replay.away_from_initial("layer/g", (64,), gain=2.0),
}


@pytest.mark.parametrize("name", MADE)
def test_float32_holds_them_exactly(name):
    values = MADE[name]()
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, np.float32(values))
    np.testing.assert_array_equal(values, MADE[name]())


def test_values_do_not_depend_on_the_machine():
    # NumPy freezes RandomState's streams.
    np.testing.assert_array_equal(replay.uniform("a", 4) * 256, [99, 66, 107, 71])
    np.testing.assert_array_equal(replay.permutation("a", 5), [4, 1, 0, 2, 3])


def test_ranges():
    assert MADE["uniform"]().min() >= 0.0 and MADE["uniform"]().max() < 1.0
    assert abs(MADE["truncated"]() - 1.0).max() <= 0.2 + 1 / 1024
    assert abs(MADE["images"]()).max() <= 127.5 / 128
    assert MADE["gains"]().min() >= 1.5 and MADE["gains"]().max() < 2.5
    weights = MADE["weights"]()
    assert weights.std() == pytest.approx(0.02, rel=0.1)
    assert abs(weights).max() <= 0.02 * math.sqrt(3) + 1 / 65536
    assert sorted(replay.permutation("b", 30)) == list(range(30))
    assert set(replay.labels("c", 200, 10)) == set(range(10))
