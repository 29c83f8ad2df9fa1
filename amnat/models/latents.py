"""The latents that generators take as input."""

from __future__ import annotations

from amnat.rng import RNG

import tensorflow as tf


class NormalLatent:
    """A noise vector z ~ N(0, I).

    Args:
      dim: number of entries.

    Attributes:
      size: length of the generator's input vector.
    """

    def __init__(self, dim: int):
        self.dim = dim
        self.size = dim

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, dim] from the draw `latent` of `rng`."""
        return rng.normal("latent", [batch_size, self.dim], dtype)

    def get_config(self) -> dict[str, int]:
        """The constructor's arguments."""
        return {"dim": self.dim}
