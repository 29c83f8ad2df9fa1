"""Parts of the classifier networks: seeded layers with PyTorch's conventions, input and output.

PyTorch draws kernels and biases from U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), pads both sides of a
strided convolution equally, and normalises with epsilon 1e-5 and a moving average of 0.9. Weights
that were trained in PyTorch give the same outputs here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from amnat.rng import derive_seed

import tensorflow as tf
import tf_keras as keras

NORM_EPSILON = 1e-5
# Keras' momentum is the weight of the old average, PyTorch's (0.1) that of the new value.
NORM_MOMENTUM = 0.9


class Parts:
    """Makes a network's layers; their weights depend only on the seed and the layer's name.

    Args:
      seed: Python int.
    """

    def __init__(self, seed: int):
        self.seed = seed

    def seed_of(self, name: str) -> int:
        """A seed for Keras' initialisers, which take 31 bits."""
        return derive_seed(self.seed, name) % 2**31

    def initializer(self, fan_in: int, name: str) -> keras.initializers.Initializer:
        """U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), as for PyTorch's kernels and biases."""
        limit = 1 / math.sqrt(fan_in)
        return keras.initializers.RandomUniform(-limit, limit, seed=self.seed_of(name))

    def conv(
        self,
        x: tf.Tensor,
        filters: int,
        size: int,
        name: str,
        strides: int = 1,
        use_bias: bool = False,
    ) -> tf.Tensor:
        """A square convolution, padded by (size - 1) / 2 on every side."""
        fan_in = size * size * x.shape[-1]
        return keras.layers.Conv2D(
            filters,
            size,
            strides,
            padding="same" if strides == 1 else "valid",
            use_bias=use_bias,
            kernel_initializer=self.initializer(fan_in, f"{name}/kernel"),
            bias_initializer=self.initializer(fan_in, f"{name}/bias"),
            name=name,
        )(_pad(x, size, strides, name))

    def depthwise_conv(self, x: tf.Tensor, size: int, name: str, strides: int = 1) -> tf.Tensor:
        """A convolution with one square kernel per channel, without a bias."""
        return keras.layers.DepthwiseConv2D(
            size,
            strides,
            padding="same" if strides == 1 else "valid",
            use_bias=False,
            depthwise_initializer=self.initializer(size * size, f"{name}/kernel"),
            name=name,
        )(_pad(x, size, strides, name))

    def norm(self, x: tf.Tensor, name: str, epsilon: float = NORM_EPSILON) -> tf.Tensor:
        momentum = NORM_MOMENTUM
        return keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, name=name)(x)

    def dense(self, x: tf.Tensor, units: int, name: str) -> tf.Tensor:
        fan_in = x.shape[-1]
        return keras.layers.Dense(
            units,
            kernel_initializer=self.initializer(fan_in, f"{name}/kernel"),
            bias_initializer=self.initializer(fan_in, f"{name}/bias"),
            name=name,
        )(x)


def _pad(x: tf.Tensor, size: int, strides: int, name: str) -> tf.Tensor:
    # TensorFlow's own padding of a strided convolution does not pad the first row and column.
    if strides == 1 or size == 1:
        return x
    return keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)


def standardised_input(
    image_shape: Sequence[int], mean: Iterable[float], variance: Iterable[float]
) -> tuple[tf.Tensor, tf.Tensor]:
    """(input, standardised input) of a network.

    Args:
      image_shape: (H, W, C).
      mean, variance: C floats each.
    """
    images = keras.Input(image_shape, name="images")
    standardise = keras.layers.Normalization(
        mean=list(mean), variance=list(variance), name="standardise"
    )
    return images, standardise(images)


def pooled_features(x: tf.Tensor) -> tf.Tensor:
    """The mean over all positions: [N, H, W, F] -> [N, F]."""
    return keras.layers.GlobalAveragePooling2D(name="features")(x)


def classifier(images: tf.Tensor, features: tf.Tensor, logits: tf.Tensor, name: str) -> keras.Model:
    """The keras.Model with the outputs that every classifier has."""
    return keras.Model(images, {"logits": logits, "features": features}, name=name)
