"""The point sets of Dist-GAN's toys, and how their modes are counted.

Source: Tran, Bui and Cheung 2018; tntrung/gan, distgan_toy2d/utils_toy2d.py and its toy_data.
"""

from __future__ import annotations

from dataclasses import dataclass

from amnat.errors import InputError

import numpy as np
from numpy.typing import ArrayLike

STDDEV = 0.05
# A mode with at least this many of the samples counts as covered.
LEAST_HITS = 20
NUM_SAMPLES = 2000
_RADIUS = 0.1 / np.sqrt(2.0)


def _square() -> ArrayLike:
    ticks = np.arange(-4, 5, 2)
    return [(x, y) for x in ticks for y in ticks]


def _plus() -> ArrayLike:
    arm = [tick for tick in range(-3, 4) if tick]
    return [(x, 0) for x in range(-3, 4)] + [(0, y) for y in arm]


def _sine() -> ArrayLike:
    rising = np.radians(np.arange(30, 181, 30))
    left = [(-np.cos(a) - 1, np.sin(a)) for a in rising]
    right = [(1 + np.cos(a), -np.sin(a)) for a in rising[::-1]]
    # The point where the half circles meet occurs only once.
    return left + [(2.0, 0.0)] + right[1:]


_CENTERS = {"square": (_square, 2000), "plus": (_plus, 4000), "sine": (_sine, 4000)}
CASES = tuple(_CENTERS)


@dataclass(frozen=True, eq=False)
class PointSet:
    """Isotropic Gaussians, scaled into [0, 1] by the largest coordinate of their points.

    Attributes:
      points: float32 [N, 2], in random order.
      centers: float64 [K, 2].
      radius: a sample nearer to a centre than this is registered at it, 2.83 standard deviations
        of the square's (98 of 100 of its own points).
    """

    points: np.ndarray
    centers: np.ndarray
    radius: float


@dataclass(frozen=True)
class Modes:
    """The result of `count_modes`.

    Attributes:
      hits: int [K], samples that are registered at each centre.
      registered: the sum of `hits`.
      covered: number of centres with at least LEAST_HITS hits.
      missing: number of the other centres, which the original prints as the covered modes.
    """

    hits: np.ndarray
    registered: int
    covered: int
    missing: int


def load(case: str, seed: int = 0) -> PointSet:
    """Draws a point set of the sizes that the original ships as files.

    Args:
      case: "square": a 5x5 grid of 50,000 points; "plus": 13 modes, 52,000; "sine": 12 modes on
        two half circles, 48,000.
      seed: int.

    Raises:
      InputError: another case.
    """
    if case not in _CENTERS:
        raise InputError(f"unknown point set '{case}', expected one of {', '.join(CASES)}")
    make, per_mode = _CENTERS[case]
    centers = np.array(make(), np.float64)
    random = np.random.default_rng(seed)
    points = np.repeat(centers, per_mode, axis=0)
    points = random.permutation(points + STDDEV * random.standard_normal(points.shape))
    largest = np.abs(points).max()
    return PointSet(
        points=((points / largest + 1) / 2).astype(np.float32),
        centers=(centers / largest + 1) / 2,
        radius=float(_RADIUS / largest),
    )


def count_modes(samples: np.ndarray, point_set: PointSet) -> Modes:
    """Registers samples, float [N, 2], at the centres of a point set."""
    distances = np.linalg.norm(samples[:, None] - point_set.centers, axis=2)
    hits = np.sum(distances <= point_set.radius, axis=0)
    covered = int(np.sum(hits >= LEAST_HITS))
    return Modes(hits, int(hits.sum()), covered, len(hits) - covered)
