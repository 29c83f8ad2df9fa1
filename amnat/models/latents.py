"""What generators start from."""

import tensorflow as tf


class NormalLatent:
    """z ~ N(0, I) of `dim` entries.

    Args:
      dim: entries.

    Attributes:
      size: length of what the generator takes.
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
