"""CycleGAN's two image losses."""

from amnat.methods.translator.losses import cycle_loss, identity_loss

import numpy as np
import pytest


@pytest.mark.parametrize("loss", [identity_loss, cycle_loss])
def test_mean_absolute_differences(loss):
    images, others = np.random.default_rng(0).normal(size=(2, 3, 4, 5, 2))
    np.testing.assert_allclose(loss(images, others), np.abs(images - others).mean(), rtol=1e-12)
    assert loss(images, images) == 0.0
