"""Dropout of whole channels (Tompson et al. 2015; PyTorch's Dropout2d)."""

from amnat.layers.noise import Dropout

import tensorflow as tf


class ChannelDropout(Dropout):
    """Sets whole feature maps to zero and rescales the others by 1 / keep.

    A map is kept where keep + U[0, 1) >= 1.

    Args:
      rate: share of the maps that are set to zero, in [0, 1).

    Call: (float [batch, height, width, C], rng) -> same shape. It draws uniform numbers [batch, C]
    under the layer's name.
    """

    def call(self, inputs, rng):
        # The rescaling keeps the mean, so the expectation is the input itself.
        if self.expectation:
            return inputs
        keep = 1.0 - self.rate
        shape = tf.shape(inputs)
        uniform = rng.uniform(self.name, [shape[0], shape[3]], self.variable_dtype)
        kept = tf.floor(keep + uniform)[:, None, None] * self._gain(keep)
        return inputs * tf.cast(kept, inputs.dtype)
