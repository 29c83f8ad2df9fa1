"""Noisy circles in the plane: the 2D experiment of "Negative-Aware Training" (its web page).

The points are those of scikit-learn's `make_circles`: an outer circle of radius 1 and an inner one
of radius 0.8, evenly spaced, plus normal noise. The page takes the outer one, enlarged, as data,
and other versions of it as negatives.
"""

from __future__ import annotations

import numpy as np

_SEED = 20200829
# Half of make_circles(2000): the other half is the inner circle, which is not used.
POINTS = 1000


def circle(radius: float, noise: float, stream: int) -> np.ndarray:
    """A circle of `radius` whose points carry normal noise of radius * `noise` per axis.

    The draw is fixed: `np.random.default_rng([20200829, stream])`.

    Returns:
      float32 [1000, 2].
    """
    angles = np.linspace(0.0, 2.0 * np.pi, POINTS, endpoint=False)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points += noise * np.random.default_rng([_SEED, stream]).standard_normal(points.shape)
    return (radius * points).astype(np.float32)


def data() -> np.ndarray:
    """float32 [1000, 2]: radius 4, noise 0.08 * 4."""
    return circle(4.0, 0.08, 0)


def negatives() -> tuple[np.ndarray, ...]:
    """Two of float32 [1000, 2]: a circle outside of the data, and a cloud inside."""
    return circle(8.0, 0.08, 1), circle(0.7, 0.5, 2)
