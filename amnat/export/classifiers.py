"""The signature of a classifier, or of a discriminator that classifies."""

from amnat.export.generators import SCALING
from amnat.export.signatures import Field, Signature
from amnat.rng import RNG

import numpy as np
import tensorflow as tf


def class_probabilities(discriminator, num_classes):
    """The class head of a discriminator: images -> float [N, K].

    A softmax over the logits of the K classes, which all discriminators have first: the
    probabilities given that the image is real. The noise has to be left out of the discriminator.
    """

    def classify(images):
        logits = discriminator(images, rng=RNG(0, 0))
        return tf.nn.softmax(logits[:, :num_classes])

    return classify


def classify_signature(classify, image_shape, num_classes, name="classify"):
    """images -> probabilities.

    Args:
      classify: callable, float32 [N, H, W, C] -> float32 [N, K].
      image_shape: (H, W, C), or (D,) for points.
      num_classes: K.
      name: of the signature.
    """
    is_image = len(image_shape) == 3
    inputs = "images" if is_image else "points"
    field = Field(f"scaled as {SCALING}", -1.0, 1.0) if is_image else Field("as in the data")

    def call(**arguments):
        return {"probabilities": classify(arguments[inputs])}

    return Signature(
        name,
        call,
        {inputs: tf.TensorSpec([None, *image_shape], tf.float32)},
        {inputs: field},
        {"probabilities": Field(f"of the {num_classes} classes; they sum to 1", 0.0, 1.0)},
        {inputs: np.zeros([1, *image_shape], np.float32)},
    )
