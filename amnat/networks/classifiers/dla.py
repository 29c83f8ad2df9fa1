"""Deep layer aggregation for small images (kuangliu/pytorch-cifar, models/dla.py, dla_simple.py).

The networks are those of Yu et al. 2017 and the source's simpler form, in which a tree joins the
outputs of its two halves only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from amnat.networks.classifiers import parts
from amnat.networks.classifiers.resnet import basic_block

import tensorflow as tf
import tf_keras as keras

# (channels in units of the stem's, levels, strides) of each tree.
TREES = ((4, 1, 1), (8, 2, 2), (16, 2, 2), (32, 1, 2))
# What builds a tree: (make, input, channels, levels, strides, name) -> output.
Tree = Callable[[parts.Parts, tf.Tensor, int, int, int, str], tf.Tensor]


def build_dla(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 16,
) -> keras.Model:
    """Builds three 3x3 convolutions, four trees of residual blocks, pooling and a linear layer.

    A tree of two levels hands its root the outputs of a block, of a smaller tree on the same input,
    and of two blocks behind it. It has 16,291,386 trained parameters for 10 classes of colour
    images.

    Args:
      image_shape: (H, W, C), with H and W at least 8.
      num_classes, mean, variance, seed: as for `build_resnet`.
      width: number of channels of the stem.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 32 * width]}.
    """
    shape = image_shape, num_classes, mean, variance, seed
    return _build(*shape, width, _tree, "dla")


def build_simple_dla(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 16,
) -> keras.Model:
    """Builds the source's simpler DLA, the network that its main.py trains.

    A tree is two smaller trees in a row, whose outputs its root joins. It has 15,142,970 trained
    parameters for 10 classes of colour images.

    Args, Returns: as for `build_dla`.
    """
    shape = image_shape, num_classes, mean, variance, seed
    return _build(*shape, width, _simple_tree, "simple_dla")


def _build(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int,
    tree: Tree,
    name: str,
) -> keras.Model:
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    for layer, factor in (("stem", 1), ("layer1", 1), ("layer2", 2)):
        x = make.norm(make.conv(x, factor * width, 3, layer), f"{layer}_norm")
        x = keras.layers.ReLU()(x)
    for number, (factor, levels, strides) in enumerate(TREES, 3):
        x = tree(make, x, factor * width, levels, strides, f"layer{number}")
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, name)


def _tree(
    make: parts.Parts, x: tf.Tensor, filters: int, levels: int, strides: int, name: str
) -> tf.Tensor:
    found = []
    if levels > 1:
        found.append(basic_block(make, x, filters, strides, f"{name}_before"))
    for level in reversed(range(1, levels)):
        x = _tree(make, x, filters, level, strides, f"{name}_level{level}")
        found.append(x)
    # Blocks behind smaller trees get their output, whose size is already the smaller one.
    x = basic_block(make, x, filters, strides if levels == 1 else 1, f"{name}_left")
    found.append(x)
    found.append(basic_block(make, x, filters, 1, f"{name}_right"))
    return _root(make, found, filters, name)


def _simple_tree(
    make: parts.Parts, x: tf.Tensor, filters: int, levels: int, strides: int, name: str
) -> tf.Tensor:
    if levels == 1:
        left = basic_block(make, x, filters, strides, f"{name}_left")
        right = basic_block(make, left, filters, 1, f"{name}_right")
    else:
        left = _simple_tree(make, x, filters, levels - 1, strides, f"{name}_left")
        right = _simple_tree(make, left, filters, levels - 1, 1, f"{name}_right")
    return _root(make, [left, right], filters, name)


def _root(make: parts.Parts, outputs: Sequence[tf.Tensor], filters: int, name: str) -> tf.Tensor:
    x = keras.layers.Concatenate()(list(outputs))
    x = make.norm(make.conv(x, filters, 1, f"{name}_root"), f"{name}_root_norm")
    return keras.layers.ReLU()(x)
