"""DenseNet-121 for small images (kuangliu/pytorch-cifar, models/densenet.py; Huang et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

LAYERS = (6, 12, 24, 16)
# A bottleneck has this many times the growth in channels.
BOTTLENECK = 4


def build_densenet121(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    growth: int = 32,
    layers: Sequence[int] = LAYERS,
) -> keras.Model:
    """Builds four dense blocks with halving transitions between them, pooling, a linear layer.

    `build_densenet` is another one, AM-GAN's with three blocks. This one has 6,956,298 trained
    parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      growth: number of channels that each layer adds.
      layers: pairs of a 1x1 and a 3x3 convolution in each block.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, F]}; F is 1,024 with
      the default growth and layers.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = make.conv(x, 2 * growth, 3, "stem")
    for block, count in enumerate(layers, 1):
        for layer in range(1, count + 1):
            name = f"block{block}_layer{layer}"
            new = _norm_relu_conv(make, x, BOTTLENECK * growth, 1, f"{name}_bottleneck")
            new = _norm_relu_conv(make, new, growth, 3, f"{name}_conv")
            x = keras.layers.Concatenate()([new, x])
        if block < len(layers):
            x = _norm_relu_conv(make, x, x.shape[-1] // 2, 1, f"transition{block}")
            x = keras.layers.AveragePooling2D()(x)
    x = keras.layers.ReLU()(make.norm(x, "last_norm"))
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "densenet121")


def _norm_relu_conv(
    make: parts.Parts, x: tf.Tensor, filters: int, size: int, name: str
) -> tf.Tensor:
    x = keras.layers.ReLU()(make.norm(x, f"{name}_norm"))
    return make.conv(x, filters, size, name)
