"""MobileNetV2 for small images (kuangliu/pytorch-cifar, models/mobilenetv2.py; Sandler 2018)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

# (expansion, channels, blocks, strides of the first block) of each stage. The stem and the second
# stage have stride 1 instead of the paper's 2, because the images are 32x32.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
STEM_CHANNELS = 32
HEAD_CHANNELS = 1280


def build_mobilenet_v2(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
) -> keras.Model:
    """Builds seventeen inverted residual blocks between a 3x3 stem and a 1x1 head.

    Like the source repository, and unlike the paper, it uses ReLU rather than ReLU6 and has a
    convolution in the shortcuts that change the number of channels. It has 2,296,922 trained
    parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 1280]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = make.norm(make.conv(x, STEM_CHANNELS, 3, "stem"), "stem_norm")
    x = keras.layers.ReLU()(x)
    for stage, (expansion, filters, blocks, first_strides) in enumerate(STAGES, 1):
        for block in range(blocks):
            strides = first_strides if block == 0 else 1
            name = f"stage{stage}_block{block}"
            x = _inverted_residual(make, x, expansion, filters, strides, name)
    x = make.norm(make.conv(x, HEAD_CHANNELS, 1, "head"), "head_norm")
    features = parts.pooled_features(keras.layers.ReLU()(x))
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "mobilenet_v2")


def _inverted_residual(
    make: parts.Parts, inputs: tf.Tensor, expansion: int, filters: int, strides: int, name: str
) -> tf.Tensor:
    x = make.conv(inputs, expansion * inputs.shape[-1], 1, f"{name}_expand")
    x = keras.layers.ReLU()(make.norm(x, f"{name}_expand_norm"))
    x = make.depthwise_conv(x, 3, f"{name}_depthwise", strides)
    x = keras.layers.ReLU()(make.norm(x, f"{name}_depthwise_norm"))
    x = make.norm(make.conv(x, filters, 1, f"{name}_project"), f"{name}_project_norm")
    if strides != 1:
        return x
    if inputs.shape[-1] != filters:
        shortcut = make.conv(inputs, filters, 1, f"{name}_shortcut")
        inputs = make.norm(shortcut, f"{name}_shortcut_norm")
    return keras.layers.Add()([x, inputs])
