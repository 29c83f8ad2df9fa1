"""Networks whose layers pad and are initialised as in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.layers import Conv2DTranspose, Dense, KernelOptions
from amnat.layers.kernels import Conv2D
from amnat.layers.padded_conv import PaddedConv2D
from amnat.networks.network import Network
from amnat.rng import derive_seed

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from typing_extensions import Self

# The standard deviation of U(-limit, limit), divided by the limit.
UNIFORM_STDDEV = 1.0 / math.sqrt(3.0)


def start_biases(network: Network) -> None:
    """Draws every bias from U(-1 / sqrt(inputs), 1 / sqrt(inputs)), as PyTorch does.

    `inputs` is the number of inputs that a unit sums over. For a transposed convolution PyTorch
    counts the axes of the other side.
    """
    for layer in network.submodules:
        if isinstance(layer, (Dense, Conv2D, Conv2DTranspose)) and layer.b is not None:
            limit = 1.0 / math.sqrt(math.prod(layer.w.shape[:-1]))
            key = tf.constant([derive_seed(network.seed, f"{network.name}/{layer.name}/b"), 0])
            draw = tf.random.stateless_uniform(layer.b.shape, key, -limit, limit)
            layer.b.assign(tf.cast(draw, layer.b.dtype))


class TorchNetwork(Network):
    """An NHWC network whose weights and biases start as U(-1 / sqrt(inputs), 1 / sqrt(inputs)).

    Args:
      weight_stddev: if above 0, the weights of convolutions start as N(0, weight_stddev) instead.
      others: see `Network`.
    """

    def __init__(self, activation: str, weight_stddev: float = 0.0, **kwargs: Any):
        super().__init__(activation, kernel=KernelOptions("plain"), **kwargs)
        if self.data_format != "NHWC":
            raise ValueError(f"data_format must be NHWC, not {self.data_format!r}")
        self.weight_stddev = weight_stddev

    def _arguments_of(
        self, name: str, stddev_per_root: float = UNIFORM_STDDEV, distribution: str = "uniform"
    ) -> dict[str, Any]:
        options = KernelOptions("plain", distribution, layer_stddev=stddev_per_root)
        return self._kernel_arguments(name) | {"options": options}

    def padded_conv(
        self,
        channels: int,
        filters: int,
        kernel_size: int,
        strides: int,
        padding: int,
        name: str,
        use_bias: bool = True,
    ) -> keras.layers.Layer:
        """A convolution from `channels` to `filters` maps."""
        arguments = self._arguments_of(name)
        if self.weight_stddev:
            root = math.sqrt(kernel_size**2 * channels)
            arguments = self._arguments_of(name, self.weight_stddev * root, "normal")
        return PaddedConv2D(filters, kernel_size, strides, padding, use_bias=use_bias, **arguments)

    def doubling(self, channels: int, filters: int, name: str) -> keras.layers.Layer:
        """A transposed 4x4 convolution with stride 2 and without a bias."""
        # The limit is 1 / sqrt(16 filters), not 1 / sqrt(16 channels).
        stddev = UNIFORM_STDDEV * math.sqrt(channels / filters) / 2.0
        return Conv2DTranspose(filters, 4, 2, use_bias=False, **self._arguments_of(name, stddev))

    def dense(self, units: int, name: str) -> keras.layers.Layer:
        return Dense(units, **self._arguments_of(name))

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        super().build_variables(input_shape)
        start_biases(self)
        return self
