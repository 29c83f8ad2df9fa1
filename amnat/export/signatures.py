"""The signatures of a SavedModel: functions with descriptions of their inputs and outputs.

All parts of an export (metadata, self-check, warm-up) use a list of `Signature`; to export a model
with other inputs, make such a list.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable

import numpy as np
import tensorflow as tf

# An array of any rank, including 0.
Array = np.ndarray | np.generic


@dataclasses.dataclass(frozen=True)
class Field:
    """One input or output.

    Attributes:
      meaning: description as text.
      minimum, maximum: inclusive bounds of its entries; None means no bound.
    """

    meaning: str
    minimum: float | None = None
    maximum: float | None = None


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function that requests can call by its name.

    Attributes:
      name: the name, e.g. 'serving_default'.
      call: callable that takes the inputs by name and returns {output name: tensor}.
      specs: {input name: tf.TensorSpec}, in the order of the SavedModel's arguments.
      inputs, outputs: {name: Field}.
      example: {input name: array} of a small request for the warm-up.
    """

    name: str
    call: Callable[..., dict[str, tf.Tensor]]
    specs: dict[str, tf.TensorSpec]
    inputs: dict[str, Field]
    outputs: dict[str, Field]
    example: dict[str, Array]

    def function(self) -> tf.types.experimental.PolymorphicFunction:
        """The tf.function that a SavedModel stores."""
        named = [
            tf.TensorSpec(spec.shape, spec.dtype, name=name) for name, spec in self.specs.items()
        ]

        def call(*values: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.call(**dict(zip(self.specs, values, strict=True)))

        # These are the argument names that a user of the SavedModel sees.
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(name, kind) for name in self.specs]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return tf.function(call, input_signature=named, autograph=False)


def checked(value: tf.Tensor, condition: tf.Tensor, message: tf.Tensor | str) -> tf.Tensor:
    """Returns `value` if `condition` holds; otherwise the request fails with `message`.

    Args:
      value: tensor that must be checked before anything is computed from it.
      condition: bool scalar.
      message: string scalar or text.
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [message])]):
        return tf.identity(value)


def to_bytes(images: tf.Tensor) -> tf.Tensor:
    """Converts float images to uint8, like `amnat.data.dataset.unscale`."""
    pixels = tf.round(images * 128.0 + 127.5)
    return tf.cast(tf.clip_by_value(pixels, 0.0, 255.0), tf.uint8)


def describe(metadata_text: str) -> Signature:
    """The signature that returns the metadata to clients that cannot read assets.extra.

    It only has an input because not all clients can send a request without one.
    """

    def call(request: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"metadata": tf.fill(tf.shape(request), metadata_text)}

    return Signature(
        "describe",
        call,
        {"request": tf.TensorSpec([None], tf.string)},
        {"request": Field("anything; one answer is given for each entry")},
        {"metadata": Field("JSON, the content of assets.extra/amnat_export.json")},
        {"request": np.array([b""])},
    )
