"""Classifiers by name, for scores and for negative-aware training.

Every network standardises its images itself, so two users of a saved classifier cannot preprocess
differently. To add a network, write its file and add it here and to `amnat.choices`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from amnat.errors import InputError
from amnat.networks.classifiers.densenet import build_densenet
from amnat.networks.classifiers.densenet121 import build_densenet121
from amnat.networks.classifiers.dla import build_dla, build_simple_dla
from amnat.networks.classifiers.googlenet import build_googlenet
from amnat.networks.classifiers.mobilenet import build_mobilenet
from amnat.networks.classifiers.mobilenet_v2 import build_mobilenet_v2
from amnat.networks.classifiers.preact_resnet import build_preact_resnet18, build_senet18
from amnat.networks.classifiers.resnet import build_resnet
from amnat.networks.classifiers.small import MIN_SIZE, build_small_cnn
from amnat.networks.classifiers.vgg import build_vgg

import tf_keras as keras

# name -> (build function, smallest height and width, which is the product of the strides).
_NETWORKS: dict[str, tuple[Callable[..., keras.Model], int]] = {
    "densenet": (build_densenet, 8),
    "densenet121": (build_densenet121, 8),
    "dla": (build_dla, 8),
    "googlenet": (build_googlenet, 8),
    "mobilenet": (build_mobilenet, 16),
    "mobilenet_v2": (build_mobilenet_v2, 8),
    "preact_resnet18": (build_preact_resnet18, 8),
    "resnet18": (build_resnet, 8),
    "resnet34": (functools.partial(build_resnet, depth=34), 8),
    "resnet50": (functools.partial(build_resnet, depth=50), 8),
    "resnet101": (functools.partial(build_resnet, depth=101), 8),
    "senet18": (build_senet18, 8),
    "simple_dla": (build_simple_dla, 8),
    "small": (build_small_cnn, MIN_SIZE),
    "vgg11": (functools.partial(build_vgg, depth=11), 32),
    "vgg13": (functools.partial(build_vgg, depth=13), 32),
    "vgg16": (build_vgg, 32),
    "vgg19": (functools.partial(build_vgg, depth=19), 32),
}


def names() -> list[str]:
    """The names of all networks, sorted."""
    return sorted(_NETWORKS)


def build(
    name: str,
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
) -> keras.Model:
    """Builds an untrained classifier.

    Args:
      name: one of `names()`.
      image_shape: (H, W, C).
      num_classes: K.
      mean, variance: statistics of the training images per channel, C floats each. The network
        subtracts the mean and divides by the square root of the variance.
      seed: Python int, the seed of the initial weights.

    Returns:
      keras.Model, [N, H, W, C] float32 in [-1, 1] -> {"logits": [N, K], "features": [N, F]}; the
      features are the input of the last linear layer.

    Raises:
      InputError: if the name is unknown or the images are too small for the network.
    """
    if name not in _NETWORKS:
        raise InputError(f"unknown network '{name}', expected one of {', '.join(names())}")
    build_network, min_size = _NETWORKS[name]
    if min(image_shape[:2]) < min_size:
        size = "x".join(map(str, image_shape[:2]))
        raise InputError(
            f"network '{name}': images of {size} pixels, expected at least {min_size}x{min_size}"
        )
    return build_network(image_shape, num_classes, mean, variance, seed)
