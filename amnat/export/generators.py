"""The signatures of a generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeGuard

from amnat.export.signatures import Field, Signature, checked, to_bytes
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

# The conversion from bytes to the generator's range, as text.
SCALING = "(byte - 127.5) / 128"
LATENT_LAWS = {
    "normal": "independent standard normal",
    "uniform": "independent uniform in [-1, 1)",
    "unit_sphere": "standard normal, scaled to length 1",
}


class Latent(Protocol):
    """The input of a generator; see `amnat.models.latents`.

    Attributes:
      size: number of entries.
    """

    size: int

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, size]."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""


class ClassLatent(Latent, Protocol):
    """A latent of noise and a class.

    Attributes:
      dim: number of entries of the noise.
      num_classes: K.
    """

    dim: int
    num_classes: int

    def join(self, noise: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The latents from noise [N, dim] and labels [N]."""

    def split(self, latents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The noise and the class of latents."""


def is_conditional(latent: Latent) -> TypeGuard[ClassLatent]:
    """Whether the latent contains a class that requests can choose."""
    return hasattr(latent, "join") and hasattr(latent, "num_classes")


def latent_law(latent: Latent) -> str:
    """The distribution of a latent's entries, as text."""
    if hasattr(latent, "law"):
        return latent.law
    noise = getattr(latent, "noise", "normal" if hasattr(latent, "dim") else None)
    law = LATENT_LAWS.get(str(noise), type(latent).__name__)
    if is_conditional(latent):
        return f"{latent.dim} entries {law}, then a one-hot class of {latent.num_classes}"
    return law


def generator_signatures(
    generate: Callable[[tf.Tensor], tf.Tensor],
    latent: Latent,
    sample_shape: tuple[int, ...],
    max_samples: int,
) -> list[Signature]:
    """The signatures serving_default, generate and, if the latent has a class, generate_class.

    Random numbers only depend on the seed of the request: they are the same after every loading and
    on every machine that uses the same algorithm (TensorFlow's Philox, on CPUs and GPUs).

    Args:
      generate: callable, latents float32 [N, Z] -> samples float32 [N, ...].
      latent: callable (rng, batch size, dtype) -> latents, with `size`.
      sample_shape: the shape of one sample: (H, W, C) for images in [-1, 1], (D,) for points.
      max_samples: the maximum number of samples of one request.

    Returns: list of `Signature`.
    """
    signatures = [
        latent_signature(generate, latent, sample_shape),
        _generate(generate, latent, sample_shape, max_samples),
    ]
    if is_conditional(latent):
        signatures.append(_generate_class(generate, latent, sample_shape, max_samples))
    return signatures


def output_name(sample_shape: tuple[int, ...]) -> str:
    """'images' or 'points'."""
    return "images" if len(sample_shape) == 3 else "points"


def float_field(sample_shape: tuple[int, ...]) -> Field:
    """The description of a generator's samples."""
    if len(sample_shape) == 3:
        return Field(f"scaled as {SCALING}", -1.0, 1.0)
    return Field("in the units of the data")


def sampled(sample_shape: tuple[int, ...]) -> tuple[Callable[[tf.Tensor], tf.Tensor], Field]:
    """(conversion of the generator's samples, Field) for requests with a seed."""
    if len(sample_shape) == 3:
        return to_bytes, Field("bytes", 0, 255)
    return tf.identity, float_field(sample_shape)


def latent_signature(
    generate: Callable[[tf.Tensor], tf.Tensor], latent: Latent, sample_shape: tuple[int, ...]
) -> Signature:
    """The signature serving_default, which maps latents to samples."""
    name = output_name(sample_shape)
    return Signature(
        "serving_default",
        lambda latent: {name: generate(latent)},
        {"latent": tf.TensorSpec([None, latent.size], tf.float32)},
        {"latent": Field(latent_law(latent))},
        {name: float_field(sample_shape)},
        {"latent": np.zeros([1, latent.size], np.float32)},
    )


def serving_rng(seed: tf.Tensor) -> RNG:
    """The RNG of a request."""
    return RNG(0, seed, "serving/")


def seed_field() -> Field:
    """The description of a request's seed."""
    return Field("the same seed gives the same samples")


def _generate(
    generate: Callable[[tf.Tensor], tf.Tensor],
    latent: Latent,
    sample_shape: tuple[int, ...],
    max_samples: int,
) -> Signature:
    convert, field = sampled(sample_shape)

    def call(num_samples: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        allowed = tf.logical_and(num_samples >= 1, num_samples <= max_samples)
        message = tf.strings.format(
            f"num_samples is {{}}, expected 1 to {max_samples}", num_samples
        )
        count = checked(num_samples, allowed, message)
        latents = latent(serving_rng(seed), count, tf.float32)
        return {output_name(sample_shape): convert(generate(latents))}

    return Signature(
        "generate",
        call,
        {"num_samples": tf.TensorSpec([], tf.int32), "seed": tf.TensorSpec([], tf.int64)},
        {"num_samples": Field("samples to generate", 1, max_samples), "seed": seed_field()},
        {output_name(sample_shape): field},
        {"num_samples": np.int32(1), "seed": np.int64(0)},
    )


def _generate_class(
    generate: Callable[[tf.Tensor], tf.Tensor],
    latent: ClassLatent,
    sample_shape: tuple[int, ...],
    max_samples: int,
) -> Signature:
    convert, field = sampled(sample_shape)
    classes = latent.num_classes

    def call(labels: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        count = tf.size(labels)
        few = tf.logical_and(count >= 1, count <= max_samples)
        message = tf.strings.format(f"{{}} labels, expected 1 to {max_samples}", count)
        labels = checked(labels, few, message)
        known = tf.reduce_all(tf.logical_and(labels >= 0, labels < classes))
        message = tf.strings.format(f"labels are {{}}, expected 0 to {classes - 1}", labels)
        labels = checked(labels, known, message)
        noise, _ = latent.split(latent(serving_rng(seed), tf.size(labels), tf.float32))
        return {output_name(sample_shape): convert(generate(latent.join(noise, labels)))}

    return Signature(
        "generate_class",
        call,
        {"labels": tf.TensorSpec([None], tf.int32), "seed": tf.TensorSpec([], tf.int64)},
        {
            "labels": Field(f"a class per sample; 1 to {max_samples} of them", 0, classes - 1),
            "seed": seed_field(),
        },
        {output_name(sample_shape): field},
        {"labels": np.zeros([1], np.int32), "seed": np.int64(0)},
    )
