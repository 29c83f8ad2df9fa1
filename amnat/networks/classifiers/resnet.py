"""ResNet-18 for small images (kuangliu/pytorch-cifar, models/resnet.py; He et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

BLOCKS_PER_STAGE = 2
STAGES = 4


def build_resnet18(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 64,
) -> keras.Model:
    """Builds a 3x3 stem without pooling, four stages of two basic blocks, pooling, a linear layer.

    The stages have 1, 2, 4 and 8 times `width` channels; all but the first halve the image. The
    network has 11,173,962 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes: K.
      mean, variance: statistics of the training images per channel, C floats each.
      seed: Python int, the seed of the initial weights.
      width: number of channels of the stem.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 8 * width]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = make.norm(make.conv(x, width, 3, "stem"), "stem_norm")
    x = keras.layers.ReLU()(x)
    for stage in range(STAGES):
        for block in range(BLOCKS_PER_STAGE):
            strides = 2 if stage > 0 and block == 0 else 1
            x = _basic_block(make, x, width * 2**stage, strides, f"stage{stage + 1}_block{block}")
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "resnet18")


def _basic_block(
    make: parts.Parts, x: tf.Tensor, filters: int, strides: int, name: str
) -> tf.Tensor:
    shortcut = x
    if strides != 1 or x.shape[-1] != filters:
        shortcut = make.conv(x, filters, 1, f"{name}_shortcut", strides)
        shortcut = make.norm(shortcut, f"{name}_shortcut_norm")
    x = make.norm(make.conv(x, filters, 3, f"{name}_conv1", strides), f"{name}_norm1")
    x = keras.layers.ReLU()(x)
    x = make.norm(make.conv(x, filters, 3, f"{name}_conv2"), f"{name}_norm2")
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))
