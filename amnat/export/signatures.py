"""What a SavedModel offers: functions with descriptions of what goes in and comes out.

Everything that is done with an export (metadata, self-check, warm-up) reads a list of `Signature`;
a model with other inputs is exported by making that list.
"""

import dataclasses
import inspect
from collections.abc import Callable

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Field:
    """One input or output.

    Attributes:
      meaning: text.
      minimum, maximum: of its entries, both included; None where there is no bound.
    """

    meaning: str
    minimum: float | None = None
    maximum: float | None = None


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function that requests name.

    Attributes:
      name: e.g. 'serving_default'.
      call: takes the inputs by name, returns {output name: tensor}.
      specs: {input name: tf.TensorSpec}, in the order of the SavedModel's arguments.
      inputs, outputs: {name: Field}.
      example: {input name: array} of a small request, for warming up.
    """

    name: str
    call: Callable
    specs: dict
    inputs: dict
    outputs: dict
    example: dict

    def function(self):
        """The tf.function that a SavedModel stores."""
        named = [
            tf.TensorSpec(spec.shape, spec.dtype, name=name) for name, spec in self.specs.items()
        ]

        def call(*values):
            return self.call(**dict(zip(self.specs, values, strict=True)))

        # What a reader of the SavedModel may call the arguments.
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(name, kind) for name in self.specs]
        call.__signature__ = inspect.Signature(parameters)
        return tf.function(call, input_signature=named, autograph=False)


def checked(value, condition, message):
    """`value`, once `condition` holds; otherwise the request fails with `message`.

    Args:
      value: tensor that nothing may be computed from before the check.
      condition: bool scalar.
      message: string scalar or text.
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [message])]):
        return tf.identity(value)


def to_bytes(images):
    """Float images as uint8, as `amnat.data.dataset.unscale` does it."""
    pixels = tf.round(images * 128.0 + 127.5)
    return tf.cast(tf.clip_by_value(pixels, 0.0, 255.0), tf.uint8)


def describe(metadata_text):
    """The signature that gives the metadata to clients that cannot read assets.extra.

    It has an input only because not all clients can send a request without one.
    """

    def call(request):
        return {"metadata": tf.fill(tf.shape(request), metadata_text)}

    return Signature(
        "describe",
        call,
        {"request": tf.TensorSpec([None], tf.string)},
        {"request": Field("anything; one answer is given for each entry")},
        {"metadata": Field("JSON, the content of assets.extra/amnat_export.json")},
        {"request": np.array([b""])},
    )
