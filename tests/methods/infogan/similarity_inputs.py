"""Scores and memberships that the tests of losses over patches share."""

from amnat.methods.infogan.similarity_losses import groups_of_ranges

import numpy as np
import tensorflow as tf

ROW, COLUMN = np.mgrid[0:6, 0:5].astype(float)
REAL = 1 / (1 + np.exp(-np.sin(1 + 2 * ROW + 3 * COLUMN)))
FAKE = 1 / (1 + np.exp(-np.cos(2 + 3 * ROW - COLUMN)))


def groups(*ranges, count=6):
    return groups_of_ranges(ranges, count, tf.float64)
