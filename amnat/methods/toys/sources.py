"""The sources of the toy models' points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amnat.rng import RNG

import numpy as np
import tensorflow as tf

# (random numbers, batch size, dtype) -> float [batch_size, dims].
PointSource = Callable[[RNG, int, tf.DType], tf.Tensor]


class NormalPoints:
    """Points on the line from N(mean, stddev).

    Args:
      mean, stddev: numbers.
      in_order: whether they are in ascending order, as in gan-intro (gan.py).
    """

    def __init__(self, mean: float, stddev: float, in_order: bool = True):
        self.mean = mean
        self.stddev = stddev
        self.in_order = in_order

    def __call__(self, rng: RNG, batch_size: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Draws float [batch_size, 1] from the draw `points` of `rng`."""
        points = self.mean + self.stddev * rng.normal("points", [batch_size, 1], dtype)
        return tf.sort(points, axis=0) if self.in_order else points


class ArrayPoints:
    """Rows of an array, each drawn independently.

    Args:
      points: float [N, dims].
    """

    def __init__(self, points: np.ndarray):
        self.points = points

    def __call__(self, rng: RNG, batch_size: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Draws float [batch_size, dims] by the draw `rows` of `rng`."""
        count = len(self.points)
        rows = tf.cast(rng.uniform("rows", [batch_size]) * count, tf.int32)
        # A float32 product can round up to the count itself.
        return tf.cast(tf.gather(self.points, tf.minimum(rows, count - 1)), dtype)


class StratifiedLatent:
    """The latent of gan-intro (gan.py): evenly spaced from -half_range to half_range, both ends
    included, plus U[0, jitter).

    A batch always covers the whole range, and hardly differs from the next one.
    """

    size = 1

    def __init__(self, half_range: float = 8.0, jitter: float = 0.01):
        self.half_range = half_range
        self.jitter = jitter

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, 1] from the draw `latent` of `rng`."""
        return self.even(batch_size, dtype) + self.jitter * rng.uniform(
            "latent", [batch_size, 1], dtype
        )

    def even(self, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """float [batch_size, 1], the latent without the random part."""
        ends = tf.constant([-self.half_range, self.half_range], dtype)
        return tf.linspace(ends[0], ends[1], batch_size)[:, None]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"half_range": self.half_range, "jitter": self.jitter}
