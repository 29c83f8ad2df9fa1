"""ResNet-18 that normalises before its convolutions, and SENet-18, which weighs channels.

Source: kuangliu/pytorch-cifar, models/preact_resnet.py (He et al. 2016) and models/senet.py (Hu et
al. 2017). The source's SENet-18 is its pre-activation ResNet-18 with a weight for each channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tensorflow as tf
import tf_keras as keras

STAGES = 4
BLOCKS_PER_STAGE = 2
# The channels between the two linear layers of squeeze and excitation are this share of all.
REDUCTION = 16


def build_preact_resnet18(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 64,
) -> keras.Model:
    """Builds a 3x3 stem, four stages of two pre-activation blocks, pooling and a linear layer.

    As in the source, nothing normalises the sum of the last block. It has 11,171,146 trained
    parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      width: number of channels of the stem.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 8 * width]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = _stages(make, make.conv(x, width, 3, "stem"), width, excited=False)
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "preact_resnet18")


def build_senet18(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 64,
) -> keras.Model:
    """Builds `build_preact_resnet18` with squeeze and excitation, and a normalised stem.

    It has 11,260,354 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      width: number of channels of the stem, at least 16.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 8 * width]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    x = keras.layers.ReLU()(make.norm(make.conv(x, width, 3, "stem"), "stem_norm"))
    x = _stages(make, x, width, excited=True)
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, "senet18")


def _stages(make: parts.Parts, x: tf.Tensor, width: int, excited: bool) -> tf.Tensor:
    for stage in range(STAGES):
        for block in range(BLOCKS_PER_STAGE):
            strides = 2 if stage > 0 and block == 0 else 1
            name = f"stage{stage + 1}_block{block}"
            x = _block(make, x, width * 2**stage, strides, name, excited)
    return x


def _block(
    make: parts.Parts, x: tf.Tensor, filters: int, strides: int, name: str, excited: bool
) -> tf.Tensor:
    out = keras.layers.ReLU()(make.norm(x, f"{name}_norm1"))
    if strides != 1 or x.shape[-1] != filters:
        x = make.conv(out, filters, 1, f"{name}_shortcut", strides)
    out = make.conv(out, filters, 3, f"{name}_conv1", strides)
    out = keras.layers.ReLU()(make.norm(out, f"{name}_norm2"))
    out = make.conv(out, filters, 3, f"{name}_conv2")
    if excited:
        out = _excite(make, out, name)
    return keras.layers.Add()([out, x])


def _excite(make: parts.Parts, x: tf.Tensor, name: str) -> tf.Tensor:
    """Weighs each channel by a number in (0, 1) that depends on the means of all channels."""
    weights = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = make.conv(weights, x.shape[-1] // REDUCTION, 1, f"{name}_squeeze", use_bias=True)
    weights = make.conv(
        keras.layers.ReLU()(weights), x.shape[-1], 1, f"{name}_excite", use_bias=True
    )
    return keras.layers.Multiply()([x, keras.layers.Activation("sigmoid")(weights)])
