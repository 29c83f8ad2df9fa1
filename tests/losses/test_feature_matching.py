"""Feature matching against NumPy."""

from amnat.choices import MATCHING_NAMES
from amnat.losses.feature_matching import feature_matching_loss

import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
REAL, FAKE = RANDOM.normal(size=(6, 3, 2)), RANDOM.normal(size=(4, 3, 2))
DIFFERENCE = FAKE.mean(axis=0) - REAL.mean(axis=0)
EXPECTED = {
    "sum_squares": (DIFFERENCE**2).sum(),
    "mean_squares": (DIFFERENCE**2).mean(),
    "mean_absolute": np.abs(DIFFERENCE).mean(),
}


@pytest.mark.parametrize("variant", MATCHING_NAMES)
def test_variants(variant):
    loss = feature_matching_loss(tf.constant(REAL), tf.constant(FAKE), variant)
    np.testing.assert_allclose(loss, EXPECTED[variant])


def test_the_papers_is_the_default():
    loss = feature_matching_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(loss, EXPECTED["sum_squares"])
