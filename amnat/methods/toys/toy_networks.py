"""Networks on points: those of tntrung/gan's toys (distgan_toy1d/gan.py, distgan_toy2d/)."""

from amnat.layers import KernelOptions
from amnat.networks.network import Network

import tensorflow as tf

# 'he': N(0, 2 / fan in), of the plane; 'glorot': uniform, of the line.
_INITIAL = {
    "he": KernelOptions("plain", "normal", layer_stddev=2**0.5),
    "glorot": KernelOptions("glorot"),
}


class PointNetwork(Network):
    """Points [batch, num_inputs] -> [batch, num_outputs]: dense layers with ReLU between them.

    Args:
      num_inputs, num_outputs: entries.
      hidden: widths of the hidden layers.
      initial: 'glorot' or 'he'; biases start at 0.
      squashed: the call ends in a sigmoid; `linear_output` gives what goes into it.
    """

    def __init__(
        self,
        num_inputs=1,
        num_outputs=1,
        hidden=(4,),
        initial="glorot",
        squashed=False,
        activation="relu",
        name="points",
        **kwargs,
    ):
        super().__init__(activation, _INITIAL[initial], name=name, **kwargs)
        self.num_inputs = num_inputs
        self.squashed = squashed
        widths = [*hidden, num_outputs]
        self.dense_layers = [self.dense(width, f"dense{i}") for i, width in enumerate(widths)]

    def linear_output(self, inputs):
        """float [batch, num_outputs]."""
        h = inputs
        for layer in self.dense_layers[:-1]:
            h = self.activate(layer(h))
        return self.dense_layers[-1](h)

    def call(self, inputs, rng=None):
        del rng
        h = self.linear_output(inputs)
        return tf.sigmoid(h) if self.squashed else h


class GaussianPointEncoder(PointNetwork):
    """Points -> mean and logarithm of the variance, [batch, 2 * num_outputs], of VAEGAN's codes.

    Two linear heads on the linear output of `PointNetwork`.
    """

    def __init__(self, num_inputs=1, num_outputs=1, hidden=(4,), **kwargs):
        super().__init__(num_inputs, num_outputs, hidden, **kwargs)
        self.mean = self.dense(num_outputs, "mean")
        self.log_variance = self.dense(num_outputs, "log_variance")

    def call(self, inputs, rng=None):
        h = super().call(inputs, rng)
        return tf.concat([self.mean(h), self.log_variance(h)], axis=1)
