"""Noise and dropout layers of the AM-GAN authors' networks.

They draw their numbers from an `amnat.rng.RNG`, and in NHWC order whatever the layout, so a run
does not depend on `data_format`.
"""

import math

import tensorflow as tf
import tf_keras as keras


def _precise(dtype):
    """The dtype to draw in: 16 bits are too few for probabilities and for tails."""
    return tf.float32 if dtype.size < 4 else dtype


def _draw_nhwc(draw, inputs, data_format):
    """Calls draw(shape) with the NHWC shape of `inputs`; returns the layout of `inputs`."""
    if inputs.shape.rank == 4 and data_format == "NCHW":
        shape = tf.gather(tf.shape(inputs), [0, 2, 3, 1])
        return tf.transpose(draw(shape), [0, 3, 1, 2])
    return draw(tf.shape(inputs))


class TruncatedNoise(keras.layers.Layer):
    """Computes x + TN(0, stddev), then x * TN(1, stddev).

    TN is the normal distribution truncated at two standard deviations.

    Args:
      stddev: standard deviation of both kinds of noise, in the units of x.
      additive, multiplicative: which of the two apply (both do in the AM-GAN authors'
        discriminator).

    Attributes:
      expectation: whether the layer returns the mean, which is x itself, instead of drawing, as
        in exports.

    Call: (float tensor, rng, stddev=None) -> same shape; `stddev`, a number or a scalar tensor,
    replaces the layer's own. The draws are `noise_add` and `noise_multiply`.
    """

    expectation = False

    def __init__(self, stddev, additive=True, multiplicative=True, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev
        self.additive = additive
        self.multiplicative = multiplicative
        self.data_format = data_format

    def get_config(self):
        return super().get_config() | {
            "stddev": self.stddev,
            "additive": self.additive,
            "multiplicative": self.multiplicative,
            "data_format": self.data_format,
        }

    def call(self, inputs, rng, stddev=None):
        if self.expectation:
            return inputs
        stddev = self.stddev if stddev is None else stddev

        def draw(name, mean):
            numbers = _draw_nhwc(
                lambda shape: rng.truncated_normal(
                    name, shape, mean, stddev, _precise(inputs.dtype)
                ),
                inputs,
                self.data_format,
            )
            return tf.cast(numbers, inputs.dtype)

        outputs = inputs
        if self.additive:
            outputs += draw("noise_add", 0.0)
        if self.multiplicative:
            outputs *= draw("noise_multiply", 1.0)
        return outputs


class RescaledDropout(keras.layers.Layer):
    """Dropout that rescales by sqrt(1 / keep), which keeps the second moment instead of the mean.

    Args:
      rate: share of the entries that are set to zero, in [0, 1).

    Attributes:
      expectation: whether the layer returns the mean instead of drawing, as in exports.

    Call: (float tensor, rng) -> same shape. It calls `rng.keep` once, under the layer's name.
    """

    expectation = False

    def __init__(self, rate, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"rate must be in [0, 1), not {rate}")
        self.rate = rate
        self.data_format = data_format

    def get_config(self):
        return super().get_config() | {"rate": self.rate, "data_format": self.data_format}

    def call(self, inputs, rng):
        keep = 1.0 - self.rate
        if self.expectation:
            return inputs * (keep * self._gain(keep))
        kept = _draw_nhwc(
            lambda shape: rng.keep(self.name, shape, keep, _precise(inputs.dtype)),
            inputs,
            self.data_format,
        )
        # The gradient is then a single product.
        gain = tf.constant(self._gain(keep), inputs.dtype)
        return inputs * tf.where(kept, gain, tf.zeros([], inputs.dtype))

    @staticmethod
    def _gain(keep):
        return math.sqrt(1.0 / keep)


class Dropout(RescaledDropout):
    """Ordinary dropout, which rescales by 1 / keep and so keeps the mean (tf.nn.dropout)."""

    @staticmethod
    def _gain(keep):
        return 1.0 / keep
