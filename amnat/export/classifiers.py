"""The signature of a classifier, or of a discriminator with a class head."""

from __future__ import annotations

from collections.abc import Callable

from amnat.export.generators import SCALING
from amnat.export.signatures import Field, Signature
from amnat.networks.network import Network
from amnat.rng import RNG

import numpy as np
import tensorflow as tf


def class_probabilities(
    discriminator: Network, num_classes: int
) -> Callable[[tf.Tensor], tf.Tensor]:
    """The class head of a discriminator as a function of images -> float [N, K].

    It is a softmax over the first K logits of the discriminator, which are those of the classes. It
    gives the probabilities under the condition that the image is real. The discriminator must not
    add noise.
    """

    def classify(images: tf.Tensor) -> tf.Tensor:
        logits = discriminator(images, rng=RNG(0, 0))
        return tf.nn.softmax(logits[:, :num_classes])

    return classify


def classify_signature(
    classify: Callable[[tf.Tensor], tf.Tensor],
    image_shape: tuple[int, ...],
    num_classes: int,
    name: str = "classify",
) -> Signature:
    """The signature images -> probabilities.

    Args:
      classify: callable, float32 [N, H, W, C] -> float32 [N, K].
      image_shape: (H, W, C), or (D,) for points.
      num_classes: K.
      name: name of the signature.
    """
    is_image = len(image_shape) == 3
    inputs = "images" if is_image else "points"
    field = Field(f"scaled as {SCALING}", -1.0, 1.0) if is_image else Field("as in the data")

    def call(**arguments: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": classify(arguments[inputs])}

    return Signature(
        name,
        call,
        {inputs: tf.TensorSpec([None, *image_shape], tf.float32)},
        {inputs: field},
        {"probabilities": Field(f"of the {num_classes} classes; they sum to 1", 0.0, 1.0)},
        {inputs: np.zeros([1, *image_shape], np.float32)},
    )
