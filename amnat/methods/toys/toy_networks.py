"""The networks on points of tntrung/gan's toys (distgan_toy1d/gan.py, distgan_toy2d/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amnat.layers import KernelOptions
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

# 'he': N(0, 2 / fan in), for the plane; 'glorot': uniform, for the line.
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
      squashed: whether the call ends in a sigmoid; `linear_output` returns its input.
    """

    def __init__(
        self,
        num_inputs: int = 1,
        num_outputs: int = 1,
        hidden: Sequence[int] = (4,),
        initial: str = "glorot",
        squashed: bool = False,
        activation: str = "relu",
        name: str = "points",
        **kwargs: Any,
    ):
        super().__init__(activation, _INITIAL[initial], name=name, **kwargs)
        self.num_inputs = num_inputs
        self.squashed = squashed
        widths = [*hidden, num_outputs]
        self.dense_layers = [self.dense(width, f"dense{i}") for i, width in enumerate(widths)]

    def linear_output(self, inputs: tf.Tensor) -> tf.Tensor:
        """float [batch, num_outputs]."""
        h = inputs
        for layer in self.dense_layers[:-1]:
            h = self.activate(layer(h))
        return self.dense_layers[-1](h)

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        h = self.linear_output(inputs)
        return tf.sigmoid(h) if self.squashed else h


class GaussianPointEncoder(PointNetwork):
    """VAEGAN's encoder: points -> mean and log variance of codes, [batch, 2 * num_outputs].

    Two linear heads on the linear output of `PointNetwork`.
    """

    def __init__(
        self, num_inputs: int = 1, num_outputs: int = 1, hidden: Sequence[int] = (4,), **kwargs: Any
    ):
        super().__init__(num_inputs, num_outputs, hidden, **kwargs)
        self.mean = self.dense(num_outputs, "mean")
        self.log_variance = self.dense(num_outputs, "log_variance")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        h = super().call(inputs, rng)
        return tf.concat([self.mean(h), self.log_variance(h)], axis=1)
