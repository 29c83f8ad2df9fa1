"""A pair by the guidelines of DCGAN (Radford et al. 2016), for 28, 32 and 64 pixels.

Strided convolutions up and down, batch norm in both but for the generator's output and the
discriminator's input, dense layers at the generator's input and the discriminator's output only,
ReLU and tanh in the generator, leaky ReLU (0.2) in the discriminator; weights N(0, 0.02). Arguments
break each of them.
"""

from __future__ import annotations

import math
from typing import Any

from amnat.layers import Conv2D, Conv2DTranspose, Dense, KernelOptions
from amnat.networks.network import Network
from amnat.networks.virtual_batch_norm import virtual_batch_norm
from amnat.rng import RNG

import tensorflow as tf

# {pixels: (side of the smallest feature maps, number of doublings)}.
SIZES = {28: (7, 2), 32: (4, 3), 64: (4, 4)}
WEIGHT_STDDEV = 0.02


class _GuidelineNetwork(Network):
    """The base of both networks: its weights all have one standard deviation, or weight norm.

    Args:
      activation: of the hidden layers.
      image_size, kernel_size, weight_norm: see `GuidelineGenerator`.
      strided: False: convolutions of stride 1, with nearest-neighbour doubling in front of them or
        2x2 max pooling behind them.
      use_batch_norm: False: none.
      hidden_units: units of one more dense layer, with an activation; 0: none.
    """

    def __init__(
        self,
        activation: str,
        image_size: int,
        kernel_size: int,
        weight_norm: bool,
        strided: bool = True,
        use_batch_norm: bool = True,
        hidden_units: int = 0,
        **kwargs: Any,
    ):
        if image_size not in SIZES:
            raise ValueError(f"image_size must be in {sorted(SIZES)}, not {image_size}")
        super().__init__(activation, **kwargs)
        self.image_size = image_size
        self.smallest, self.doublings = SIZES[image_size]
        self.kernel_size = kernel_size
        self.weight_norm = weight_norm
        self.strided = strided
        self.use_batch_norm = use_batch_norm
        self.hidden_units = hidden_units

    def _options(self, fan_in: int, gain: float = 1.0) -> KernelOptions:
        if self.weight_norm:
            return KernelOptions("weight_norm", "normal")
        # A plain kernel's own standard deviation is layer_stddev * gain / sqrt(fan_in).
        stddev = WEIGHT_STDDEV * math.sqrt(fan_in) / gain
        return KernelOptions("plain", "normal", layer_stddev=stddev)

    def _linear(self, inputs: int, units: int, name: str) -> Dense:
        arguments = self._kernel_arguments(name) | {"options": self._options(inputs)}
        return Dense(units, **arguments)

    def _hidden(self, inputs: int) -> Dense | None:
        """The additional dense layer, behind `inputs` numbers."""
        if not self.hidden_units:
            return None
        return self._linear(inputs, self.hidden_units, "hidden")

    def _convolution(
        self, layer: type[Conv2D] | type[Conv2DTranspose], channels: int, filters: int, name: str
    ) -> Conv2D | Conv2DTranspose:
        """A convolution of stride 2 from `channels` to `filters`, up or down, or of stride 1."""
        layer = layer if self.strided else Conv2D
        gain = 2.0 if layer is Conv2DTranspose else 1.0
        options = self._options(self.kernel_size**2 * channels, gain)
        arguments = self._kernel_arguments(name) | {"options": options}
        stride = 2 if self.strided else 1
        return layer(filters, self.kernel_size, stride, data_format=self.data_format, **arguments)

    def _doubled(self, h: tf.Tensor) -> tf.Tensor:
        for axis in self._spatial:
            h = tf.repeat(h, 2, axis=axis)
        return h

    def _halved(self, h: tf.Tensor) -> tf.Tensor:
        return tf.nn.max_pool2d(h, 2, 2, "SAME", data_format=self.data_format)

    @property
    def _spatial(self) -> tuple[int, int]:
        return (1, 2) if self.data_format == "NHWC" else (2, 3)


class GuidelineGenerator(_GuidelineNetwork):
    """Latent [batch, dim] -> images [batch, image_size, image_size, channels] in [-1, 1].

    A dense layer to the smallest maps, then transposed convolutions of stride 2; layers linear,
    bn0, deconv1, bn1, ..., whose width halves up to `width` in front of the last.

    Args:
      latent_dim: entries of the latent, on which the initial weights depend.
      image_size: 28, 32 or 64.
      channels: number of image channels.
      width: channels of the largest maps before the image.
      kernel_size: kernel size of the convolutions.
      weight_norm: weight normalisation of every layer.
      activation: of all layers but the last.
      strided, use_batch_norm, hidden_units: see `_GuidelineNetwork`.
    """

    def __init__(
        self,
        latent_dim: int = 100,
        image_size: int = 32,
        channels: int = 3,
        width: int = 64,
        kernel_size: int = 5,
        weight_norm: bool = False,
        activation: str = "relu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, image_size, kernel_size, weight_norm, name=name, **kwargs)
        widths = [width * 2 ** (self.doublings - 1 - i) for i in range(self.doublings)]
        self.first_width = widths[0]
        self.hidden = self._hidden(latent_dim)
        inputs = self.hidden_units or latent_dim
        self.linear = self._linear(inputs, self.smallest**2 * widths[0], "linear")
        self.norms = [
            self.batch_norm(f"bn{i}") if self.use_batch_norm else None
            for i in range(self.doublings)
        ]
        self.deconvs = [
            self._convolution(Conv2DTranspose, before, after, f"deconv{i}")
            for i, (before, after) in enumerate(
                zip(widths, [*widths[1:], channels], strict=True), start=1
            )
        ]

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = inputs
        if self.hidden is not None:
            h = tap("hidden/activation", self.activate(self.hidden(h)))
        h = tap("linear", self.linear(h))
        h = tf.reshape(h, [-1, self.smallest, self.smallest, self.first_width])
        if self.data_format == "NCHW":
            h = tf.transpose(h, [0, 3, 1, 2])
        for i, (norm, deconv) in enumerate(zip(self.norms, self.deconvs, strict=True)):
            if norm is not None:
                h = tap(norm.name, norm(h))
            h = tap(f"bn{i}/activation", self.activate(h))
            h = tap(deconv.name, deconv(h if self.strided else self._doubled(h)))
        h = tap("tanh", tf.tanh(h))
        return tf.transpose(h, [0, 2, 3, 1]) if self.data_format == "NCHW" else h


VirtualGuidelineGenerator = virtual_batch_norm(GuidelineGenerator)


class GuidelineDiscriminator(_GuidelineNetwork):
    """Images [batch, image_size, image_size, channels] -> logits [batch, num_logits].

    Convolutions of stride 2 down to the smallest maps, width doubling from `width`; layers conv1,
    conv2, bn2, ..., linear.

    Args:
      num_logits: outputs.
      image_size, channels: size of the images, on which the initial weights depend.
      width: channels of the first convolution.
      plain_features: no batch norm behind the last convolution, whose output feature matching
        takes: normalised features have the same mean whatever the images.
      minibatch_kernels: kernels of minibatch discrimination in front of the last layer; 0: none.
      minibatch_dim, minibatch_block: see `MinibatchDiscrimination`.
      kernel_size, weight_norm: as the generator's.
      activation: of all layers but the last.
      strided, use_batch_norm, hidden_units: see `_GuidelineNetwork`.
    """

    def __init__(
        self,
        num_logits: int = 1,
        image_size: int = 32,
        channels: int = 3,
        width: int = 64,
        plain_features: bool = False,
        minibatch_kernels: int = 0,
        minibatch_dim: int = 5,
        minibatch_block: int = 0,
        kernel_size: int = 5,
        weight_norm: bool = False,
        activation: str = "lrelu",
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, image_size, kernel_size, weight_norm, name=name, **kwargs)
        widths = [channels] + [width * 2**i for i in range(self.doublings)]
        self.convs = [
            self._convolution(Conv2D, before, after, f"conv{i}")
            for i, (before, after) in enumerate(zip(widths, widths[1:], strict=False), start=1)
        ]
        last = self.doublings if plain_features else self.doublings + 1
        self.norms = [
            self.batch_norm(f"bn{i}") if self.use_batch_norm and 1 < i < last else None
            for i in range(1, self.doublings + 1)
        ]
        features = self.smallest**2 * widths[-1]
        self.minibatch = self.minibatch_discrimination(
            minibatch_kernels, minibatch_dim, minibatch_block, self._options(features)
        )
        features += minibatch_kernels
        self.hidden = self._hidden(features)
        self.linear = self._linear(self.hidden_units or features, num_logits, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = tf.transpose(inputs, [0, 3, 1, 2]) if self.data_format == "NCHW" else inputs
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = tap(conv.name, conv(h))
            if norm is not None:
                h = tap(norm.name, norm(h))
            h = tap(f"{conv.name}/activation", self.activate(h))
            if not self.strided:
                h = tap(f"{conv.name}/pool", self._halved(h))
        h = tap("features", tf.reshape(h, [-1, math.prod(h.shape[1:])]))
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        if self.hidden is not None:
            h = tap("hidden/activation", self.activate(self.hidden(h)))
        return tap("linear", self.linear(h))
