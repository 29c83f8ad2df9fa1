"""Exports InfoGAN's generator: images by label and code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from amnat.export.generator_export import GeneratorExport
from amnat.export.generators import latent_signature, sampled, seed_field, serving_rng
from amnat.export.self_check import Request
from amnat.export.signatures import Array, Field, Signature, checked

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from amnat.methods.infogan.latent import InfoLatent


class InfoGANExport(GeneratorExport):
    """`serving_default` takes whole latents, `generate` a label and a code for each image.

    Args: as `GeneratorExport`; the latent is an `InfoLatent`.
    """

    latent: InfoLatent

    def signatures_of(self, generate: Callable[[tf.Tensor], tf.Tensor]) -> list[Signature]:
        return [
            latent_signature(generate, self.latent, self.sample_shape),
            self._generate_signature(generate),
        ]

    def _generate_signature(self, generate: Callable[[tf.Tensor], tf.Tensor]) -> Signature:
        latent, most = self.latent, self.options.max_samples
        convert, field = sampled(self.sample_shape)

        def call(labels: tf.Tensor, space: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
            labels = _checked_labels(labels, latent.num_classes, most)
            space = _checked_space(space, labels)
            noise = serving_rng(seed).normal("latent", [tf.size(labels), latent.dim])
            return {"images": convert(generate(latent.compose(noise, labels, space)))}

        return Signature(
            "generate",
            call,
            {
                "labels": tf.TensorSpec([None], tf.int32),
                "space": tf.TensorSpec([None, latent.code_dim], tf.float32),
                "seed": tf.TensorSpec([], tf.int64),
            },
            {
                "labels": Field(
                    f"a label per image; 1 to {most} of them", 0, latent.num_classes - 1
                ),
                "space": Field("a code per image", -1.0, 1.0),
                "seed": seed_field(),
            },
            {"images": field},
            {
                "labels": np.zeros([1], np.int32),
                "space": np.zeros([1, latent.code_dim], np.float32),
                "seed": np.int64(0),
            },
        )

    def _seeded_requests(self, signature: Signature) -> list[Request]:
        labels = np.arange(min(self.latent.num_classes, self.options.max_samples), dtype=np.int32)
        space = np.linspace(-1, 1, len(labels) * self.latent.code_dim, dtype=np.float32)
        space = space.reshape(len(labels), -1)
        good: dict[str, Array] = {"labels": labels, "space": space, "seed": np.int64(3)}
        last = self.latent.num_classes
        bad: list[tuple[str, dict[str, Array], str]] = [
            ("a label too large", {"labels": labels + last}, f"expected 0 to {last - 1}"),
            ("a code out of range", {"space": space + 9}, "expected -1 to 1"),
            ("a code too few", {"space": space[1:]}, f"expected {len(labels)} codes"),
        ]
        refused = [Request(t, signature.name, good | wrong, error=e) for t, wrong, e in bad]
        return [self.answered("every label, twice", signature, good), *refused]


def _checked_labels(labels: tf.Tensor, num_labels: int, most: int) -> tf.Tensor:
    count = tf.size(labels)
    few = tf.logical_and(count >= 1, count <= most)
    labels = checked(labels, few, tf.strings.format(f"{{}} labels, expected 1 to {most}", count))
    known = tf.reduce_all(tf.logical_and(labels >= 0, labels < num_labels))
    message = tf.strings.format(f"labels are {{}}, expected 0 to {num_labels - 1}", labels)
    return checked(labels, known, message)


def _checked_space(space: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    count = tf.size(labels)
    message = tf.strings.format("{} rows of space, expected {} codes", (tf.shape(space)[0], count))
    space = checked(space, tf.equal(tf.shape(space)[0], count), message)
    # This is also False for NaN.
    inside = tf.reduce_all(tf.abs(space) <= 1.0)
    return checked(space, inside, "space has other numbers, expected -1 to 1")
