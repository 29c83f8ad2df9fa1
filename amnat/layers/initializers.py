"""Weight initialisers of AM-GAN2 (common/ops.py, `initializer`), drawn statelessly.

Each is a function of (seed, shape, stddev) alone, so a network built twice from one seed has the
same weights whatever was built before it.
"""

import math

from amnat.rng import derive_seed

import tensorflow as tf

DISTRIBUTIONS = ("normal", "uniform", "truncated_normal", "orthogonal")


def draw_weights(shape, distribution, stddev, flatten_axes, seed, name="w"):
    """Draws an initial weight.

    Args:
      shape: static shape of the weight.
      distribution: one of `DISTRIBUTIONS`. 'uniform' is U(-stddev sqrt 3, stddev sqrt 3),
        'truncated_normal' has its scale enlarged by sqrt 1.3 to make up for the cut tails,
        'orthogonal' has orthogonal rows or columns (the axes `flatten_axes` against the one
        that remains), scaled by the square root of the longer side.
      stddev: standard deviation of the entries.
      flatten_axes: the axes of `shape` that one output unit sums over.
      seed: Python int; `name` tells apart several weights of one seed.

    Returns: float32 tensor of `shape`.
    """
    key = tf.constant([derive_seed(seed, name), 0], tf.int64)
    if distribution == "normal":
        draw = tf.random.stateless_normal(shape, key, stddev=stddev)
    elif distribution == "uniform":
        limit = stddev * math.sqrt(3.0)
        draw = tf.random.stateless_uniform(shape, key, -limit, limit)
    elif distribution == "truncated_normal":
        draw = tf.random.stateless_truncated_normal(shape, key, stddev=stddev * math.sqrt(1.3))
    elif distribution == "orthogonal":
        draw = stddev * _orthogonal(shape, flatten_axes, key)
    else:
        raise ValueError(f"unknown distribution {distribution!r}, known are {DISTRIBUTIONS}")
    return draw


def _orthogonal(shape, flatten_axes, key):
    rows = math.prod(shape[axis] for axis in flatten_axes)
    columns = math.prod(shape) // rows
    limit = math.sqrt(3.0)
    longer_first = (max(rows, columns), min(rows, columns))
    draw = tf.random.stateless_uniform(longer_first, key, -limit, limit)
    q = tf.linalg.qr(draw).q * math.sqrt(longer_first[0])
    if rows < columns:
        q = tf.transpose(q)
    # As the original: reshaped, not transposed back to the axes' order (that matters for
    # transposed convolutions alone, whose summed axes are not the leading ones).
    return tf.reshape(q, shape)
