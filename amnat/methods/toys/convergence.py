"""When a generator's points reach the mean and spread of the data, and how they move then."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Settling:
    """How a run settled; everything but `steps_until` is None if it never did.

    Attributes:
      steps_until: the first step at which mean and spread are both near the data's, None if none.
      share_near: share of the later steps, that one included, at which they are; 1 is best.
      mean_fluctuation: standard deviation over those steps of the generated mean; 0 is best.
      spread_fluctuation: the same of the generated standard deviation.
    """

    steps_until: int | None
    share_near: float | None = None
    mean_fluctuation: float | None = None
    spread_fluctuation: float | None = None


def settling(steps, means, spreads, mean, spread, tolerance=0.25):
    """Judges the course of a run.

    Args:
      steps: int [T], ascending.
      means, spreads: float [T], mean and standard deviation of the generated points.
      mean, spread: those of the data.
      tolerance: how far both may be away, at most.
    """
    means, spreads = np.asarray(means), np.asarray(spreads)
    near = (np.abs(means - mean) <= tolerance) & (np.abs(spreads - spread) <= tolerance)
    if not near.any():
        return Settling(None)
    first = int(np.argmax(near))
    return Settling(
        int(steps[first]),
        float(near[first:].mean()),
        float(means[first:].std()),
        float(spreads[first:].std()),
    )
