"""The normal distributions of the 1D experiments: data and negatives.

Sources: AYLIEN/gan-intro (gan.py) for the data; the web page of "Negative-Aware Training" (Li, Jia
and Jing, ECAI 2020) for the two negative distributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from amnat.methods.toys.number_pairs import parse_pairs

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Gaussian:
    """N(mean, stddev); stddev > 0."""

    mean: float
    stddev: float

    def density(self, positions: ArrayLike) -> np.ndarray:
        """float64, the probability density at `positions` (float, any shape)."""
        z = (np.asarray(positions, np.float64) - self.mean) / self.stddev
        return np.exp(-0.5 * z**2) / (self.stddev * math.sqrt(2.0 * math.pi))

    def __str__(self) -> str:
        return f"N({self.mean:g}, {self.stddev:g})"


DATA = Gaussian(4.0, 0.5)
NEGATIVES = (Gaussian(13.0, 1.0), Gaussian(-6.0, 2.0))


def parse_gaussians(text: str, flag: str = "negatives") -> tuple[Gaussian, ...]:
    """Reads distributions from `MEAN:STDDEV` separated by commas; none from an empty text.

    Raises:
      InputError: as `parse_pairs`; the message names `flag`.
    """
    return tuple(Gaussian(*pair) for pair in parse_pairs(text, flag, "MEAN:STDDEV"))
