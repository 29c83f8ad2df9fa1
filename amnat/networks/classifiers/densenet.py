"""DenseNet-BC, as the AM Score uses it (AM-GANs-for-reproduce, code/am_model/dense_net.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

BLOCKS = 3
# A bottleneck has this many times the growth in channels.
BOTTLENECK = 4
REDUCTION = 0.5
# The default of tf.contrib.layers.batch_norm, which the source uses.
NORM_EPSILON = 1e-3


def build_densenet(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    growth: int = 40,
    depth: int = 40,
) -> keras.Model:
    """Builds three dense blocks with halving transitions between them (Huang et al. 2016).

    As in the source, kernels start from He's normal distribution and the linear layer from Glorot's
    uniform one. The source keeps 0.999 of the moving averages per step; this network keeps 0.9, so
    that they follow the weights in short trainings too. It has 1,901,930 trained parameters for 10
    classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      growth: number of channels that each layer adds.
      depth: 3 n + 4 layers with n even; a block has n / 2 pairs of a 1x1 and a 3x3 convolution.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, F]}; F is 440 with
      the default growth and depth.
    """
    make = _DenseParts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = make.conv(x, 2 * growth, 3, "stem")
    for block in range(1, BLOCKS + 1):
        for layer in range(1, (depth - BLOCKS - 1) // BLOCKS // 2 + 1):
            x = _dense_layer(make, x, growth, f"block{block}_layer{layer}")
        if block < BLOCKS:
            filters = int(REDUCTION * x.shape[-1])
            x = make.norm_relu_conv(x, filters, 1, f"transition{block}")
            x = keras.layers.AveragePooling2D()(x)
    x = keras.layers.ReLU()(make.norm(x, "last_norm", NORM_EPSILON))
    features = parts.pooled_features(x)
    logits = keras.layers.Dense(
        num_classes,
        kernel_initializer=keras.initializers.GlorotUniform(make.seed_of("logits")),
        name="logits",
    )(features)
    return parts.classifier(images, features, logits, "densenet")


class _DenseParts(parts.Parts):
    def initializer(self, fan_in: int, name: str) -> keras.initializers.Initializer:
        del fan_in  # Keras finds it from the kernel's shape.
        return keras.initializers.HeNormal(self.seed_of(name))

    def norm_relu_conv(self, x: tf.Tensor, filters: int, size: int, name: str) -> tf.Tensor:
        x = keras.layers.ReLU()(self.norm(x, f"{name}_norm", NORM_EPSILON))
        return self.conv(x, filters, size, name)


def _dense_layer(make: _DenseParts, inputs: tf.Tensor, growth: int, name: str) -> tf.Tensor:
    x = make.norm_relu_conv(inputs, BOTTLENECK * growth, 1, f"{name}_bottleneck")
    x = make.norm_relu_conv(x, growth, 3, f"{name}_conv")
    return keras.layers.Concatenate()([inputs, x])
