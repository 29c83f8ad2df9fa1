"""The weight initialisers of the AM-GAN authors' code, drawn statelessly.

Each one depends only on (seed, shape, stddev), so a network that is built twice from one seed has
the same weights, whatever was built before it.
"""

import math

from amnat.rng import derive_seed

import tensorflow as tf

DISTRIBUTIONS = ("normal", "uniform", "truncated_normal", "orthogonal")


def draw_weights(shape, distribution, stddev, flatten_axes, seed, name="w"):
    """Draws an initial weight.

    Args:
      shape: static shape of the weight.
      distribution: one of `DISTRIBUTIONS`. 'uniform' is U(-stddev sqrt 3, stddev sqrt 3).
        'truncated_normal' enlarges the scale by sqrt 1.3 to make up for the cut tails.
        'orthogonal' draws a matrix with orthogonal rows or columns (one side covers the axes
        `flatten_axes`, the other the remaining axis), scaled by the square root of the longer
        side.
      stddev: standard deviation of the entries.
      flatten_axes: the axes of `shape` that one output unit sums over.
      seed: Python int.
      name: distinguishes several weights that share a seed.

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
    # As in the authors' code, the matrix is reshaped and not transposed back to the order of the
    # axes. This only matters for transposed convolutions, whose summed axes are not the leading
    # ones.
    return tf.reshape(q, shape)
