"""Initial weights."""

from amnat.layers.initializers import draw_weights

import numpy as np
import pytest


@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated_normal", "orthogonal"])
def test_standard_deviation(distribution):
    weight = draw_weights([3, 3, 40, 50], distribution, 0.02, [0, 1, 2], seed=1).numpy()
    # sqrt 1.3 restores a truncated normal's standard deviation to 1.0029 of the nominal one.
    np.testing.assert_allclose(weight.std(), 0.02, rtol=0.02)
    np.testing.assert_allclose(weight.mean(), 0.0, atol=1e-3)


def test_uniform_limits():
    weight = draw_weights([100, 100], "uniform", 0.01, [0], seed=1).numpy()
    assert 0.0173 < np.abs(weight).max() <= 0.01 * np.sqrt(3)


@pytest.mark.parametrize(("rows", "columns"), [(30, 10), (10, 30)])
def test_orthogonal(rows, columns):
    weight = draw_weights([rows, columns], "orthogonal", 1.0, [0], seed=1).numpy()
    gram = weight.T @ weight if rows > columns else weight @ weight.T
    np.testing.assert_allclose(gram, max(rows, columns) * np.eye(len(gram)), atol=1e-3)


def test_depends_on_seed_and_name_alone():
    draws = [
        draw_weights([4, 4], "normal", 1.0, [0], seed, name).numpy()
        for seed, name in [(1, "w"), (1, "w"), (2, "w"), (1, "v")]
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.allclose(draws[0], draws[2]) and not np.allclose(draws[0], draws[3])


def test_unknown_distribution():
    with pytest.raises(ValueError, match="gauss"):
        draw_weights([2, 2], "gauss", 1.0, [0], seed=1)
