"""Dropout of whole channels (Tompson et al. 2015; PyTorch's Dropout2d)."""

from amnat.layers.noise import Dropout

import tensorflow as tf


class ChannelDropout(Dropout):
    """Sets whole feature maps to zero and rescales the others by 1 / keep.

    Args:
      rate: share of the maps that are set to zero, in [0, 1).

    Call: (float [batch, height, width, C], rng) -> same shape. It calls `rng.keep` once for
    [batch, C], under the layer's name.
    """

    def call(self, inputs, rng):
        # The rescaling keeps the mean, so the expectation is the input itself.
        if self.expectation:
            return inputs
        keep = 1.0 - self.rate
        shape = tf.shape(inputs)
        kept = rng.keep(self.name, [shape[0], shape[3]], keep, self.variable_dtype)
        gain = tf.constant(self._gain(keep), inputs.dtype)
        return inputs * tf.where(kept, gain, tf.zeros([], inputs.dtype))[:, None, None]
