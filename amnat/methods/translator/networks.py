"""The generator of info-cycle-sim-gan (models.py), which is StarGAN's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from amnat.layers import ConditionedConv2D, InstanceNormalization, PaddedConv2D
from amnat.networks.torch_start import TorchNetwork
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

# The generator halves the image twice.
SIDE_MULTIPLE = 4


class ResidualGenerator(TorchNetwork):
    """Images, a code and a label -> images [batch, H, W, C] in [-1, 1].

    The input is one float tensor [batch, H * W * C + S + K], as `TranslationLatent.join` makes it.
    Code and label are constant maps after the image's channels. 7x7, two 4x4 convolutions of
    stride 2, residual blocks without an activation after the sum, two transposed ones, 7x7 and
    tanh; instance norm after all but the last.

    Args:
      image_shape: (H, W, C), H and W multiples of 4.
      num_labels: K.
      space_dim: S.
      blocks: residual blocks; 5 in the script, 9 by default in its class.
      width: maps of the first convolution; 64 in the original.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        num_labels: int = 2,
        space_dim: int = 4,
        blocks: int = 5,
        width: int = 64,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__("relu", name=name, **kwargs)
        self.image_shape = tuple(image_shape)
        if any(side % SIDE_MULTIPLE for side in self.image_shape[:2]):
            raise ValueError(f"the sides of {self.image_shape} are no multiples of {SIDE_MULTIPLE}")
        self.sizes = [math.prod(self.image_shape), space_dim + num_labels]
        channels, wide = self.image_shape[-1], 4 * width
        self.stages = self._normed(
            ConditionedConv2D(width, 7, 1, 3, use_bias=False, **self._arguments_of("conv")),
            self._plain(width, 2 * width, 4, 2, 1, "down1"),
            self._plain(2 * width, wide, 4, 2, 1, "down2"),
        )
        self.blocks = [
            self._normed(*(self._plain(wide, wide, 3, 1, 1, f"block{i}_conv{j}") for j in (1, 2)))
            for i in range(1, blocks + 1)
        ]
        self.ups = self._normed(
            self.doubling(wide, 2 * width, "up1"), self.doubling(2 * width, width, "up2")
        )
        self.last = self.padded_conv(width, channels, 7, 1, 3, "last")

    def _plain(
        self, channels: int, filters: int, kernel_size: int, strides: int, padding: int, name: str
    ) -> PaddedConv2D:
        return self.padded_conv(
            channels, filters, kernel_size, strides, padding, name, use_bias=False
        )

    def _normed(self, *layers: keras.layers.Layer) -> list[keras.layers.Layer]:
        """[layer, its norm, the next layer, ...]."""
        norms = [
            InstanceNormalization(name=f"{layer.name}_norm", dtype=self.dtype_policy)
            for layer in layers
        ]
        return [each for pair in zip(layers, norms, strict=True) for each in pair]

    def _through(
        self, layers: Sequence[keras.layers.Layer], h: tf.Tensor | tuple[tf.Tensor, tf.Tensor]
    ) -> tf.Tensor:
        """Applies layers and norms in turn, with an activation after each norm."""
        for layer, norm in zip(layers[::2], layers[1::2], strict=True):
            h = self.activate(self.tap(norm.name, norm(layer(h))))
        return h

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        images, conditions = tf.split(inputs, self.sizes, axis=1)
        images = tf.reshape(images, [-1, *self.image_shape])
        h = self._through(self.stages, (images, conditions))
        for first, norm1, second, norm2 in self.blocks:
            branch = self._through([first, norm1], h)
            h = self.tap(norm2.name, h + norm2(second(branch)))
        return self.tap("tanh", tf.tanh(self.last(self._through(self.ups, h))))

    def sample_noise(self, rng: RNG) -> None:
        """Does nothing: this generator has no noise of its own (`NoisyHead` has)."""

    def remove_noise(self) -> None:
        """Does nothing."""
