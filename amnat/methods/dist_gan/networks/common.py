"""What the three families share: layers as in the originals, image ranges, roles of networks."""

from __future__ import annotations

import math
from typing import Any

from amnat.layers import BatchStatisticsNormalization, Conv2D, Conv2DTranspose, Dense, KernelOptions
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

# TensorFlow 1's fused kernel raised the originals' 1e-5 to this.
BATCH_NORM_EPSILON = 1.001e-5


def to_unit(images: tf.Tensor) -> tf.Tensor:
    """Converts images from the range of amnat's data, (byte - 127.5) / 128, to byte / 255."""
    return (images * 128.0 + 127.5) / 255.0


def from_unit(images: tf.Tensor) -> tf.Tensor:
    """The inverse of `to_unit`."""
    return (images * 255.0 - 127.5) / 128.0


def halved_sizes(size: int, count: int) -> list[int]:
    """[size, size / 2, ...] with `count` halvings, rounded up as SAME convolutions do."""
    sizes = [size]
    for _ in range(count):
        sizes.append(-(-sizes[-1] // 2))
    return sizes


class MSGANNetwork(Network):
    """Glorot-uniform kernels, biases that start at 0, batch norm of the batch's own statistics.

    Layers are created in the original's order, which is that of `layers`.
    """

    def __init__(self, activation: str, kernel: KernelOptions | None = None, **kwargs: Any):
        super().__init__(activation, kernel or KernelOptions("glorot"), **kwargs)

    def conv_layer(
        self, filters: int, kernel_size: int, strides: int, name: str, use_bias: bool = True
    ) -> Conv2D:
        return Conv2D(
            filters,
            kernel_size,
            strides,
            data_format=self.data_format,
            use_bias=use_bias,
            **self._kernel_arguments(name),
        )

    def deconv_layer(
        self, filters: int, kernel_size: int, strides: int, name: str, use_bias: bool = True
    ) -> Conv2DTranspose:
        return Conv2DTranspose(
            filters,
            kernel_size,
            strides,
            data_format=self.data_format,
            use_bias=use_bias,
            **self._kernel_arguments(name),
        )

    def dense_layer(self, units: int, name: str, use_bias: bool = True) -> Dense:
        return Dense(units, use_bias=use_bias, **self._kernel_arguments(name))

    def batch_norm(self, name: str) -> BatchStatisticsNormalization:
        return BatchStatisticsNormalization(
            BATCH_NORM_EPSILON,
            data_format=self.data_format,
            implementation=self.batch_norm_implementation,
            name=name,
            dtype=self.dtype_policy,
        )

    def encode(self, images: tf.Tensor) -> tf.Tensor:
        """For encoders: images [batch, H, W, C] in amnat's range -> latents [batch, dim]."""
        return self(to_unit(images))

    def apply_layer(self, layer: keras.layers.Layer | None, inputs: tf.Tensor) -> tf.Tensor:
        """The layer's output, recorded under its name; the inputs if there is no layer."""
        return inputs if layer is None else self.tap(layer.name, layer(inputs))

    def full_precision(self, tensor: tf.Tensor) -> tf.Tensor:
        """Casts back to float32 under mixed precision, for the losses."""
        return tf.cast(tensor, self.variable_dtype)

    def to_layout(self, images: tf.Tensor) -> tf.Tensor:
        """Converts NHWC to the layout that the layers compute in."""
        return tf.transpose(images, [0, 3, 1, 2]) if self.data_format == "NCHW" else images

    def from_layout(self, maps: tf.Tensor) -> tf.Tensor:
        """The inverse of `to_layout`."""
        return tf.transpose(maps, [0, 2, 3, 1]) if self.data_format == "NCHW" else maps

    def unflatten(self, units: tf.Tensor, size: int, filters: int) -> tf.Tensor:
        """Reshapes units [batch, size * size * filters], in the order of NHWC, into maps."""
        return self.to_layout(tf.reshape(units, [-1, size, size, filters]))

    def flatten(self, maps: tf.Tensor) -> tf.Tensor:
        """Reshapes maps into units [batch, H * W * C], in the order of NHWC."""
        maps = self.from_layout(maps)
        return tf.reshape(maps, [-1, math.prod(maps.shape[1:])])


class GeneratorRole(MSGANNetwork):
    """A generator; `unit_images` returns the original's output."""

    def unit_images(self, latents: tf.Tensor) -> tf.Tensor:
        """Latents [batch, dim] -> images [batch, H, W, C] in [0, 1]."""
        raise NotImplementedError

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        return from_unit(self.unit_images(inputs))


class DiscriminatorRole(MSGANNetwork):
    """A discriminator; its features are computed once, and heads are applied to them as needed.

    Attributes:
      num_classes: number of classes of the auxiliary head, 0 for no such head.
    """

    num_classes = 0

    def features(self, images: tf.Tensor) -> tf.Tensor:
        """Images [batch, H, W, C] in [0, 1] -> float [batch, F]."""
        raise NotImplementedError

    def score(self, features: tf.Tensor) -> tf.Tensor:
        """Features -> logits of being real [batch, 1]."""
        return self.full_precision(self.apply_layer(self.score_head, features))

    def classify(self, features: tf.Tensor) -> tf.Tensor:
        """Features -> logits of the auxiliary classes [batch, num_classes]."""
        return self.full_precision(self.apply_layer(self.class_head, features))

    def add_heads(self, use_bias: bool = True) -> None:
        """Creates `score_head` and, with classes, `class_head`."""
        self.score_head = self.dense_layer(1, "score", use_bias)
        self.class_head = None
        if self.num_classes:
            self.class_head = self.dense_layer(self.num_classes, "classes", use_bias)

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> dict[str, tf.Tensor]:
        """{'logits', 'features' and, with an auxiliary head, 'class_logits'}."""
        del rng
        features = self.features(inputs)
        outputs = {"logits": self.score(features), "features": features}
        if self.num_classes:
            outputs["class_logits"] = self.classify(features)
        return outputs
