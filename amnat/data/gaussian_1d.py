"""The normal distributions of the 1D experiments: data and negatives.

Sources: AYLIEN/gan-intro (gan.py) for the data; the web page of "Negative-Aware Training" (Li, Jia
and Jing, ECAI 2020) for the two negative distributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from amnat.errors import InputError

import numpy as np

_FORM = "expected MEAN:STDDEV[,MEAN:STDDEV...], for instance 13:1,-6:2"


@dataclass(frozen=True)
class Gaussian:
    """N(mean, stddev); stddev > 0."""

    mean: float
    stddev: float

    def density(self, positions) -> np.ndarray:
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
      InputError: another form, a number that is not finite, a stddev that is not positive; the
        message names `flag`.
    """
    return tuple(_parse_one(part, text, flag) for part in text.split(",") if text.strip())


def _parse_one(part: str, text: str, flag: str) -> Gaussian:
    try:
        mean, stddev = (float(number) for number in part.split(":"))
    except ValueError:
        raise InputError(f"--{flag}={text}: cannot read '{part}', {_FORM}") from None
    if not (math.isfinite(mean) and math.isfinite(stddev) and stddev > 0):
        raise InputError(f"--{flag}={text}: '{part}' is no distribution, {_FORM}, STDDEV > 0")
    return Gaussian(mean, stddev)
