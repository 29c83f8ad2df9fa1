"""When a generator's points reach the mean and spread of the data, and how they move afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Convergence:
    """How a run converged; all attributes are None if it never did.

    Attributes:
      steps_until: the first step at which mean and spread are both near the data's.
      share_near: the share of the steps from that one on at which they are; 1 is best.
      mean_fluctuation: standard deviation over those steps of the generated mean; 0 is best.
      spread_fluctuation: the same for the generated standard deviation.
    """

    steps_until: int | None
    share_near: float | None = None
    mean_fluctuation: float | None = None
    spread_fluctuation: float | None = None


def convergence(
    steps: Sequence[int],
    means: ArrayLike,
    spreads: ArrayLike,
    mean: float,
    spread: float,
    tolerance: float = 0.25,
) -> Convergence:
    """Judges how a run went.

    Args:
      steps: int [T], ascending.
      means, spreads: float [T], mean and standard deviation of the generated points.
      mean, spread: mean and standard deviation of the data.
      tolerance: the largest difference of each of the two from the data that counts as near.
    """
    means, spreads = np.asarray(means), np.asarray(spreads)
    near = (np.abs(means - mean) <= tolerance) & (np.abs(spreads - spread) <= tolerance)
    if not near.any():
        return Convergence(None)
    first = int(np.argmax(near))
    return Convergence(
        int(steps[first]),
        float(near[first:].mean()),
        float(means[first:].std()),
        float(spreads[first:].std()),
    )
