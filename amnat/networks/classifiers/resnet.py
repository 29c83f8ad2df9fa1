"""ResNets for small images (kuangliu/pytorch-cifar, models/resnet.py; He et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

# The blocks of each stage by the depth. From 50 on they are bottlenecks.
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
}
# A bottleneck's output has this many times the channels of its 3x3 convolution.
EXPANSION = 4


def build_resnet(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 64,
    depth: int = 18,
) -> keras.Model:
    """Builds a 3x3 stem without pooling, four stages of residual blocks, pooling, a linear layer.

    The stages have 1, 2, 4 and 8 times `width` channels; all but the first halve the image.
    ResNet-18 has 11,173,962 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes: K.
      mean, variance: statistics of the training images per channel, C floats each.
      seed: Python int, the seed of the initial weights.
      width: number of channels of the stem.
      depth: a key of `BLOCKS`.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, F]}; F is 8 times
      `width`, and four times as many with bottlenecks.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = make.norm(make.conv(x, width, 3, "stem"), "stem_norm")
    x = keras.layers.ReLU()(x)
    add_block = _bottleneck if depth >= 50 else basic_block
    for stage, blocks in enumerate(BLOCKS[depth]):
        for block in range(blocks):
            strides = 2 if stage > 0 and block == 0 else 1
            x = add_block(make, x, width * 2**stage, strides, f"stage{stage + 1}_block{block}")
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, f"resnet{depth}")


def basic_block(
    make: parts.Parts, x: tf.Tensor, filters: int, strides: int, name: str
) -> tf.Tensor:
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""
    shortcut = _shortcut(make, x, filters, strides, name)
    x = make.norm(make.conv(x, filters, 3, f"{name}_conv1", strides), f"{name}_norm1")
    x = keras.layers.ReLU()(x)
    x = make.norm(make.conv(x, filters, 3, f"{name}_conv2"), f"{name}_norm2")
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))


def _bottleneck(
    make: parts.Parts, x: tf.Tensor, filters: int, strides: int, name: str
) -> tf.Tensor:
    shortcut = _shortcut(make, x, EXPANSION * filters, strides, name)
    x = make.norm(make.conv(x, filters, 1, f"{name}_conv1"), f"{name}_norm1")
    x = keras.layers.ReLU()(x)
    x = make.norm(make.conv(x, filters, 3, f"{name}_conv2", strides), f"{name}_norm2")
    x = keras.layers.ReLU()(x)
    x = make.norm(make.conv(x, EXPANSION * filters, 1, f"{name}_conv3"), f"{name}_norm3")
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))


def _shortcut(make: parts.Parts, x: tf.Tensor, filters: int, strides: int, name: str) -> tf.Tensor:
    if strides == 1 and x.shape[-1] == filters:
        return x
    x = make.conv(x, filters, 1, f"{name}_shortcut", strides)
    return make.norm(x, f"{name}_shortcut_norm")
