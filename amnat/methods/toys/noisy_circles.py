"""Noisy circles in the plane: the 2D experiment of "Negative-Aware Training" (its web page).

The page takes the outer circle of scikit-learn's `make_circles`, radius 1 with evenly spaced points
and normal noise, enlarges it for the data, and other versions of it for negatives.
"""

from __future__ import annotations

from dataclasses import dataclass

from amnat.methods.toys.number_pairs import parse_pairs

import numpy as np

_SEED = 20200829
# Half of make_circles(2000); the other half, the inner circle, is not used.
POINTS = 1000


@dataclass(frozen=True)
class Circle:
    """A circle around the origin; per axis, its points carry normal noise of radius * noise."""

    radius: float
    noise: float

    def points(self, number: int) -> np.ndarray:
        """float32 [1000, 2]; a fixed draw, `np.random.default_rng([20200829, number])`."""
        angles = np.linspace(0.0, 2.0 * np.pi, POINTS, endpoint=False)
        points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points += self.noise * np.random.default_rng([_SEED, number]).standard_normal(points.shape)
        return (self.radius * points).astype(np.float32)

    def __str__(self) -> str:
        return f"circle of radius {self.radius:g} (noise {self.noise:g})"


DATA = Circle(4.0, 0.08)
# Around the data, and inside it.
NEGATIVES = (Circle(8.0, 0.08), Circle(0.7, 0.5))


def parse_circles(text: str, flag: str = "negatives") -> tuple[Circle, ...]:
    """Reads circles from `RADIUS:NOISE` separated by commas; none from an empty text.

    Raises:
      InputError: as `parse_pairs`; the message names `flag`.
    """
    return tuple(Circle(*pair) for pair in parse_pairs(text, flag, "RADIUS:NOISE"))
