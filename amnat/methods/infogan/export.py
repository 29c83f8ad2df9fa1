"""Exports InfoGAN's generator: images by label and code."""

from amnat.export.generator_export import GeneratorExport
from amnat.export.generators import latent_signature, sampled, seed_field, serving_rng
from amnat.export.self_check import Request
from amnat.export.signatures import Field, Signature, checked

import numpy as np
import tensorflow as tf


class InfoGANExport(GeneratorExport):
    """`serving_default` of whole latents, and `generate` of a label and a code for each image.

    Args: as `GeneratorExport`; the latent is an `InfoLatent`.
    """

    def signatures_of(self, generate):
        return [
            latent_signature(generate, self.latent, self.sample_shape),
            self._generate_signature(generate),
        ]

    def _generate_signature(self, generate):
        latent, most = self.latent, self.options.max_samples
        convert, field = sampled(self.sample_shape)

        def call(labels, space, seed):
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

    def _seeded_requests(self, signature):
        labels = np.arange(min(self.latent.num_classes, self.options.max_samples), dtype=np.int32)
        space = np.linspace(-1, 1, len(labels) * self.latent.code_dim, dtype=np.float32)
        good = {
            "labels": labels,
            "space": space.reshape(len(labels), -1),
            "seed": np.int64(3),
        }
        last = self.latent.num_classes
        bad = [
            ("a label too large", {"labels": labels + last}, f"expected 0 to {last - 1}"),
            ("a code out of range", {"space": good["space"] + 9}, "expected -1 to 1"),
            ("a code too few", {"space": good["space"][1:]}, f"expected {len(labels)} codes"),
        ]
        refused = [Request(t, signature.name, good | wrong, error=e) for t, wrong, e in bad]
        return [self.answered("every label, twice", signature, good), *refused]


def _checked_labels(labels, num_labels, most):
    count = tf.size(labels)
    few = tf.logical_and(count >= 1, count <= most)
    labels = checked(labels, few, tf.strings.format(f"{{}} labels, expected 1 to {most}", count))
    known = tf.reduce_all(tf.logical_and(labels >= 0, labels < num_labels))
    message = tf.strings.format(f"labels are {{}}, expected 0 to {num_labels - 1}", labels)
    return checked(labels, known, message)


def _checked_space(space, labels):
    count = tf.size(labels)
    message = tf.strings.format("{} rows of space, expected {} codes", (tf.shape(space)[0], count))
    space = checked(space, tf.equal(tf.shape(space)[0], count), message)
    # False for what is not a number, too.
    inside = tf.reduce_all(tf.abs(space) <= 1.0)
    return checked(space, inside, "space has other numbers, expected -1 to 1")
