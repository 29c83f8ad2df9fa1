"""GoogLeNet for small images (kuangliu/pytorch-cifar, models/googlenet.py; Szegedy et al. 2014)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

# The channels of each module: of its 1x1 convolution; before and in its 3x3 convolution; before and
# in its two 3x3 convolutions that take the place of a 5x5 one; behind its pooling.
Channels = tuple[int, int, int, int, int, int]
# The modules of each stage, between which a pooling halves the image.
MODULES: tuple[tuple[Channels, ...], ...] = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)
STEM_CHANNELS = 192


def build_googlenet(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    modules: Sequence[Sequence[Channels]] = MODULES,
    stem: int = STEM_CHANNELS,
) -> keras.Model:
    """Builds a 3x3 stem, nine inception modules in three stages, pooling and a linear layer.

    Like the source, and unlike the paper, it normalises, has no auxiliary classifiers and no
    dropout. It has 6,166,250 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      modules: as MODULES.
      stem: number of channels of the stem.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 1024]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = _unit(make, x, stem, 3, "stem")
    for stage, channels in enumerate(modules, 1):
        if stage > 1:
            # What is pooled is not negative, so zeros are as good as PyTorch's minus infinity.
            x = keras.layers.ZeroPadding2D(1)(x)
            x = keras.layers.MaxPooling2D(3, 2)(x)
        for module, each in enumerate(channels):
            x = _inception(make, x, each, f"stage{stage}_module{module}")
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "googlenet")


def _inception(make: parts.Parts, x: tf.Tensor, channels: Channels, name: str) -> tf.Tensor:
    point, before_three, three, before_five, five, pooled = channels
    first = _unit(make, x, point, 1, f"{name}_branch1")
    second = _unit(make, x, before_three, 1, f"{name}_branch2_reduce")
    second = _unit(make, second, three, 3, f"{name}_branch2_conv")
    third = _unit(make, x, before_five, 1, f"{name}_branch3_reduce")
    third = _unit(make, third, five, 3, f"{name}_branch3_conv1")
    third = _unit(make, third, five, 3, f"{name}_branch3_conv2")
    fourth = keras.layers.MaxPooling2D(3, 1, padding="same")(x)
    fourth = _unit(make, fourth, pooled, 1, f"{name}_branch4")
    return keras.layers.Concatenate()([first, second, third, fourth])


def _unit(make: parts.Parts, x: tf.Tensor, filters: int, size: int, name: str) -> tf.Tensor:
    x = make.norm(make.conv(x, filters, size, name, use_bias=True), f"{name}_norm")
    return keras.layers.ReLU()(x)
