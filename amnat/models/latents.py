"""The latents that generators take as input."""

import tensorflow as tf


class NormalLatent:
    """A noise vector z ~ N(0, I).

    Args:
      dim: number of entries.

    Attributes:
      size: length of the generator's input vector.
    """

    def __init__(self, dim):
        self.dim = dim
        self.size = dim

    def __call__(self, rng, batch_size, dtype=tf.float32):
        """Draws float [batch_size, dim] from the draw `latent` of `rng`."""
        return rng.normal("latent", [batch_size, self.dim], dtype)

    def get_config(self):
        """The constructor's arguments."""
        return {"dim": self.dim}
