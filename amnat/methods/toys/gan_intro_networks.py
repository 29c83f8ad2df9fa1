"""The pair of AYLIEN/gan-intro (gan.py): a softplus generator, a ReLU discriminator."""

from __future__ import annotations

import math
from typing import Any

from amnat.layers import Dense, KernelOptions, MinibatchFeatures
from amnat.networks.network import Network
from amnat.rng import RNG, derive_seed

import tensorflow as tf

# The standard deviation of the initial weights of the minibatch features' layer.
PROJECTION_STDDEV = 0.02


class _GANIntroNetwork(Network):
    """What both share: layers with a fixed standard deviation of the initial weights.

    Args:
      weight_stddev: standard deviation of the initial weights, whatever the layer's width; biases
        start at 0. None: sqrt(2 / inputs) (He et al. 2015), for widths at which 1 would saturate
        the discriminator.
    """

    def __init__(self, activation: str, weight_stddev: float | None, **kwargs: Any):
        super().__init__(activation, **kwargs)
        self.weight_stddev = weight_stddev

    def _options(self, inputs: int, stddev: float | None = None) -> KernelOptions:
        stddev = stddev or self.weight_stddev or math.sqrt(2.0 / inputs)
        # A plain kernel's own standard deviation is layer_stddev / sqrt(inputs).
        return KernelOptions("plain", "normal", layer_stddev=stddev * math.sqrt(inputs))

    def _linear(self, inputs: int, units: int, name: str) -> Dense:
        arguments = self._kernel_arguments(name) | {"options": self._options(inputs)}
        return Dense(units, **arguments)


class GANIntroGenerator(_GANIntroNetwork):
    """Latent [batch, num_inputs] -> points [batch, num_outputs], unbounded.

    `num_hidden` (the original: one) softplus layers of `hidden_size`, then a linear one; layers
    g0, g1, ... The other arguments are those of `Network`.
    """

    def __init__(
        self,
        hidden_size: int = 4,
        num_inputs: int = 1,
        num_outputs: int = 1,
        num_hidden: int = 1,
        weight_stddev: float | None = 1.0,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__("softplus", weight_stddev, name=name, **kwargs)
        sizes = [num_inputs] + [hidden_size] * num_hidden
        self.hidden = [
            self._linear(inputs, hidden_size, f"g{i}") for i, inputs in enumerate(sizes[:-1])
        ]
        self.linear = self._linear(sizes[-1], num_outputs, f"g{num_hidden}")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        h = inputs
        for dense in self.hidden:
            h = self.tap(dense.name, self.activate(dense(h)))
        return self.tap(self.linear.name, self.linear(h))


class GANIntroDiscriminator(_GANIntroNetwork):
    """Points [batch, num_inputs] -> logits [batch, 1]; the original returns their sigmoid.

    Two ReLU layers of twice `hidden_size`, then either a third one or, with `minibatch`, the
    features below joined to the second one's output; layers d0, d1, d2 or minibatch, d3.

    The features (Salimans et al. 2016, section 3.2; 5 kernels of 3) sum over all samples of the
    batch, the sample itself included, so a logit depends on its whole batch, which needs at least
    two samples.

    Attributes:
      minibatch: whether it has the features.
    """

    num_kernels = 5
    kernel_dim = 3

    def __init__(
        self,
        hidden_size: int = 4,
        num_inputs: int = 1,
        minibatch: bool = False,
        weight_stddev: float | None = 1.0,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__("relu", weight_stddev, name=name, **kwargs)
        width = 2 * hidden_size
        self.minibatch = minibatch
        self.d0 = self._linear(num_inputs, width, "d0")
        self.d1 = self._linear(width, width, "d1")
        if minibatch:
            self.features = self._minibatch_layer(width)
            width += self.num_kernels
        else:
            self.d2 = self._linear(width, width, "d2")
        self.d3 = self._linear(width, 1, "d3")

    def _minibatch_layer(self, inputs: int) -> MinibatchFeatures:
        return MinibatchFeatures(
            self.num_kernels,
            self.kernel_dim,
            options=self._options(inputs, PROJECTION_STDDEV),
            seed=derive_seed(self.seed, f"{self.name}/minibatch"),
            name="minibatch",
            dtype=self.dtype_policy,
        )

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = tap("d0", self.activate(self.d0(inputs)))
        h = tap("d1", self.activate(self.d1(h)))
        if self.minibatch:
            h = tf.concat([h, tap("minibatch", self._summed_features(h))], axis=1)
        else:
            h = tap("d2", self.activate(self.d2(h)))
        return tap("d3", self.d3(h))

    def _summed_features(self, h: tf.Tensor) -> tf.Tensor:
        # The layer averages over the pairs of different samples; gan-intro sums over all samples,
        # of which the sample itself contributes exp(-0).
        batch = tf.shape(h)[0]
        return 1.0 + tf.cast(batch * (batch - 1), h.dtype) * self.features(h)
