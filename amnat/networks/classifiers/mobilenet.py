"""MobileNet for small images (kuangliu/pytorch-cifar, models/mobilenet.py; Howard et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tf_keras as keras

# (channels in units of the stem's, strides) of each block. The stem has stride 1 instead of the
# paper's 2.
BLOCKS = (
    (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (16, 1), (16, 1), (16, 1), (16, 1),
    (32, 2), (32, 1),
)  # fmt: skip


def build_mobilenet(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 32,
) -> keras.Model:
    """Builds a 3x3 stem, thirteen pairs of a depthwise and a 1x1 convolution, a linear layer.

    It has 3,217,226 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 16.
      num_classes, mean, variance, seed: as for `build_resnet`.
      width: number of channels of the stem.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 32 * width]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = keras.layers.ReLU()(make.norm(make.conv(x, width, 3, "stem"), "stem_norm"))
    for block, (factor, strides) in enumerate(BLOCKS):
        name = f"block{block}"
        x = make.depthwise_conv(x, 3, f"{name}_depthwise", strides)
        x = keras.layers.ReLU()(make.norm(x, f"{name}_depthwise_norm"))
        x = make.conv(x, factor * width, 1, f"{name}_conv")
        x = keras.layers.ReLU()(make.norm(x, f"{name}_conv_norm"))
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "mobilenet")
