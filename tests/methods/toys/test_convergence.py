"""When a run converges, on courses worked out by hand."""

from amnat.methods.toys.convergence import Convergence, convergence

import numpy as np
import pytest

STEPS = [0, 10, 20, 30, 40]


def test_first_step_with_both_near():
    # Step 10 is near in the mean alone, step 20 in both, step 30 in the spread alone.
    means, spreads = [0.0, 4.0, 4.25, 5.0, 4.0], [1.0, 2.0, 0.25, 0.5, 0.5]
    found = convergence(STEPS, means, spreads, 4.0, 0.5)
    assert found.steps_until == 20
    assert found.share_near == pytest.approx(2 / 3)
    assert found.mean_fluctuation == pytest.approx(np.std([4.25, 5.0, 4.0]))
    assert found.spread_fluctuation == pytest.approx(np.std([0.25, 0.5, 0.5]))


def test_never():
    assert convergence(STEPS, [0.0] * 5, [0.5] * 5, 4.0, 0.5) == Convergence(None)
    assert convergence(STEPS, [np.nan] * 5, [np.nan] * 5, 4.0, 0.5) == Convergence(None)
