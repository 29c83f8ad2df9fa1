"""The resnet family, without spectral norm (tntrung/msgan, modules/net_resnet.py), and the changes
of rmermin/msgan.pytorch (models.py).

Widths: at 32x32 all stages of encoder and generator are 2 d wide and those of the discriminator d;
at other sizes (48x48 in the original) they double whenever the size halves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from amnat.layers import BatchStatisticsNormalization, Conv2D
from amnat.methods.dist_gan.networks.common import DiscriminatorRole, GeneratorRole, MSGANNetwork
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

DOWNSAMPLINGS = ("conv", "average")
_STAGES = 3


def is_pyramid(image_size: int) -> bool:
    """Whether the widths double when the size halves."""
    return image_size != 32


class SharedPReLU(keras.layers.Layer):
    """max(x, 0) + a * min(x, 0) with one trained slope, which starts at 0.2."""

    def build(self, input_shape: tf.TensorShape) -> None:
        start = keras.initializers.Constant(0.2)
        self.slope = self.add_weight(name="slope", shape=[], initializer=start)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(inputs) - self.slope * tf.nn.relu(-inputs)


class NormedBlock(NamedTuple):
    """Layers of a block of generator or encoder, in the original's order."""

    bn0: BatchStatisticsNormalization
    conv1: Conv2D
    bn1: BatchStatisticsNormalization
    conv2: Conv2D
    conv3: Conv2D


class FirstBlock(NamedTuple):
    """Layers of the discriminator's first block; those named `down` may be None."""

    conv1: Conv2D
    conv2: Conv2D
    down1: Conv2D | None
    down2: Conv2D | None
    conv3: Conv2D


class PlainBlock(NamedTuple):
    """Layers of the discriminator's other blocks; the last three may be None."""

    conv1: Conv2D
    conv2: Conv2D
    down1: Conv2D | None
    conv3: Conv2D | None
    down2: Conv2D | None


class _ResidualNetwork(MSGANNetwork):
    def upsample(self, maps: tf.Tensor) -> tf.Tensor:
        """Doubles height and width, each pixel repeated."""
        axes = (2, 3) if self.data_format == "NCHW" else (1, 2)
        for axis in axes:
            maps = tf.repeat(maps, 2, axis=axis)
        return maps

    def average(self, maps: tf.Tensor) -> tf.Tensor:
        """Halves height and width, each pixel the mean of four."""
        return tf.nn.avg_pool2d(maps, 2, 2, "VALID", data_format=self.data_format)

    def normed_block(self, filters: int, name: str) -> NormedBlock:
        return NormedBlock(
            bn0=self.batch_norm(f"{name}_bn0"),
            conv1=self.conv_layer(filters, 3, 1, f"{name}_conv1"),
            bn1=self.batch_norm(f"{name}_bn1"),
            conv2=self.conv_layer(filters, 3, 1, f"{name}_conv2"),
            conv3=self.conv_layer(filters, 1, 1, f"{name}_conv3"),
        )


class MSResNetGenerator(GeneratorRole, _ResidualNetwork):
    """See `GeneratorRole`. Dense (no batch norm, no activation), three blocks, 3x3 convolution.

    Args:
      image_size: H = W, a multiple of 8.
      channels: of the images.
      width: d, gf_dim.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: int = 3,
        width: int = 128,
        activation: str = "relu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        if image_size % 2**_STAGES:
            raise ValueError(f"images of {image_size}, expected a multiple of {2**_STAGES}")
        widths = [2 * width] * (_STAGES + 1)
        if is_pyramid(image_size):
            widths = [width * 2 ** (_STAGES - stage) for stage in range(_STAGES + 1)]
        self.start = image_size // 2**_STAGES, widths[0]
        self.linear = self.dense_layer(self.start[0] ** 2 * widths[0], "linear")
        self.blocks = [
            self.normed_block(filters, f"block{i}") for i, filters in enumerate(widths[1:])
        ]
        self.norm = self.batch_norm("bn")
        self.end = self.conv_layer(channels, 3, 1, "end")

    def _block(self, inputs: tf.Tensor, block: NormedBlock) -> tf.Tensor:
        h = self.upsample(self.activate(self.apply_layer(block.bn0, inputs)))
        h = self.activate(self.apply_layer(block.bn1, self.apply_layer(block.conv1, h)))
        h = self.apply_layer(block.conv2, h)
        # A 1x1 convolution of repeated pixels is the repeated 1x1 convolution, at a quarter of
        # the cost.
        return self.upsample(self.apply_layer(block.conv3, inputs)) + h

    def unit_images(self, latents: tf.Tensor) -> tf.Tensor:
        h = self.unflatten(self.apply_layer(self.linear, latents), *self.start)
        for block in self.blocks:
            h = self._block(h, block)
        h = self.activate(self.apply_layer(self.norm, h))
        h = self.from_layout(self.apply_layer(self.end, h))
        return self.tap("sigmoid", tf.sigmoid(self.full_precision(h)))


class MSResNetEncoder(_ResidualNetwork):
    """Images [batch, H, W, C] in [0, 1] -> latents [batch, latent_size].

    Args:
      latent_size: entries of the latent.
      image_size: H = W, a multiple of 8.
      width: d, ef_dim.
      learned_slope: whether all activations share one trained slope instead of the leaky ReLU's
        (msgan.pytorch).
    """

    def __init__(
        self,
        latent_size: int,
        image_size: int = 32,
        width: int = 128,
        learned_slope: bool = False,
        activation: str = "lrelu",
        name: str = "encoder",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        widths = [2 * width] * (_STAGES + 1)
        if is_pyramid(image_size):
            widths = [width * 2**stage for stage in range(_STAGES + 1)]
        self.start = self.conv_layer(widths[0], 3, 1, "conv0")
        self.blocks = [
            self.normed_block(filters, f"block{i}") for i, filters in enumerate(widths[1:])
        ]
        self.norm = self.batch_norm("bn")
        self.linear = self.dense_layer(latent_size, "linear")
        self.prelu = SharedPReLU(name="prelu", dtype=self.dtype_policy) if learned_slope else None

    def _bend(self, h: tf.Tensor) -> tf.Tensor:
        return self.activate(h) if self.prelu is None else self.prelu(h)

    def _block(self, inputs: tf.Tensor, block: NormedBlock) -> tf.Tensor:
        h = self._bend(self.apply_layer(block.bn0, inputs))
        h = self._bend(self.apply_layer(block.bn1, self.apply_layer(block.conv1, h)))
        h = self.average(self.apply_layer(block.conv2, h))
        # Both are linear, so the cheaper one can come first.
        return self.apply_layer(block.conv3, self.average(inputs)) + h

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        h = self.apply_layer(self.start, self.to_layout(inputs))
        for block in self.blocks:
            h = self._block(h, block)
        h = self._bend(self.apply_layer(self.norm, h))
        return self.apply_layer(self.linear, self.flatten(h))


class MSResNetDiscriminator(DiscriminatorRole, _ResidualNetwork):
    """See `DiscriminatorRole`; the features are the last block's activations, flattened.

    The score is computed from their **sum** over height and width, the classes from all of them.

    Args:
      num_classes: of the auxiliary head, 0 for none.
      image_size: H = W, a multiple of 8.
      channels: of the images.
      width: d, df_dim.
      downsampling: 'conv': learned 1x1 convolutions of stride 2, which drop three of four pixels
        (the original); 'average' (SN-GAN, msgan.pytorch).
      head_bias: whether the heads have a bias; those of msgan.pytorch have none.
      pooled_classes: whether the classes are also computed from the sum over height and width
        (SSGAN).
    """

    def __init__(
        self,
        num_classes: int = 0,
        image_size: int = 32,
        channels: int = 3,
        width: int = 128,
        downsampling: str = "conv",
        head_bias: bool = True,
        pooled_classes: bool = False,
        activation: str = "relu",
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        if downsampling not in DOWNSAMPLINGS:
            raise ValueError(f"downsampling must be in {DOWNSAMPLINGS}, not {downsampling!r}")
        self.num_classes = num_classes
        self.downsampling = downsampling
        self.pooled_classes = pooled_classes
        plan = [(width, True), (width, False), (width, False)]
        if is_pyramid(image_size):
            plan = [(2 * width, True), (4 * width, True), (8 * width, True), (16 * width, False)]
        self.first = self._first_layers(channels, width)
        inputs = [width, *(filters for filters, _ in plan)]
        self.blocks = [
            self._block_layers(inputs[i], *entry, f"block{i + 1}") for i, entry in enumerate(plan)
        ]
        self.halves = [halves for _, halves in plan]
        side = image_size // 2 ** (1 + sum(self.halves))
        self.positions, self.last_width = side**2, plan[-1][0]
        self.add_heads(head_bias)

    def _halving(self, filters: int, name: str) -> Conv2D | None:
        return self.conv_layer(filters, 1, 2, name) if self.downsampling == "conv" else None

    def _first_layers(self, channels: int, filters: int) -> FirstBlock:
        return FirstBlock(
            conv1=self.conv_layer(filters, 3, 1, "block0_conv1"),
            conv2=self.conv_layer(filters, 3, 1, "block0_conv2"),
            down1=self._halving(filters, "block0_down1"),
            # Colours are mixed at half the size before the shortcut widens them.
            down2=self._halving(channels, "block0_down2"),
            conv3=self.conv_layer(filters, 1, 1, "block0_conv3"),
        )

    def _block_layers(self, channels: int, filters: int, halves: bool, name: str) -> PlainBlock:
        widens = halves or channels != filters
        return PlainBlock(
            conv1=self.conv_layer(filters, 3, 1, f"{name}_conv1"),
            conv2=self.conv_layer(filters, 3, 1, f"{name}_conv2"),
            down1=self._halving(filters, f"{name}_down1") if halves else None,
            conv3=self.conv_layer(filters, 1, 1, f"{name}_conv3") if widens else None,
            down2=self._halving(filters, f"{name}_down2") if halves else None,
        )

    def _down(self, layer: Conv2D | None, maps: tf.Tensor) -> tf.Tensor:
        return self.average(maps) if layer is None else self.apply_layer(layer, maps)

    def _first_block(self, images: tf.Tensor, block: FirstBlock) -> tf.Tensor:
        h = self.activate(self.apply_layer(block.conv1, images))
        h = self._down(block.down1, self.apply_layer(block.conv2, h))
        return h + self.apply_layer(block.conv3, self._down(block.down2, images))

    def _block(self, inputs: tf.Tensor, block: PlainBlock, halves: bool) -> tf.Tensor:
        h = self.activate(self.apply_layer(block.conv1, self.activate(inputs)))
        h = self.apply_layer(block.conv2, h)
        shortcut = self.apply_layer(block.conv3, inputs)
        if halves:
            h, shortcut = self._down(block.down1, h), self._down(block.down2, shortcut)
        return h + shortcut

    def features(self, images: tf.Tensor) -> tf.Tensor:
        h = self._first_block(self.to_layout(images), self.first)
        for index, block in enumerate(self.blocks):
            h = self._block(h, block, self.halves[index])
        return self.full_precision(self.flatten(self.activate(h)))

    def _summed(self, features: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.reshape(features, [-1, self.positions, self.last_width]), axis=1)

    def score(self, features: tf.Tensor) -> tf.Tensor:
        return super().score(self._summed(features))

    def classify(self, features: tf.Tensor) -> tf.Tensor:
        return super().classify(self._summed(features) if self.pooled_classes else features)
