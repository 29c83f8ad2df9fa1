"""Exports a generator that translates images between domains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from amnat.export.generator_export import GeneratorExport
from amnat.export.generators import float_field
from amnat.export.self_check import Request
from amnat.export.signatures import Array, Field, Signature, checked
from amnat.networks.network import Network
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from amnat.methods.translator.latent import TranslationLatent

# Sizes of requests whose images must not affect one another.
CHECKED_BATCHES = (16, 5)
CHECKED_ALONE = 2


class TranslatorExport(GeneratorExport):
    """`serving_default` takes images, domains and codes; `translate` always takes the code 0.

    An image's translation depends only on that image, so there are no statistics to replace. The
    self-check uses images of noise, so it does not need the run's data.

    Args: as `GeneratorExport`; the latent is a `TranslationLatent`.
    """

    latent: TranslationLatent

    def signatures_of(self, generate: Callable[[tf.Tensor], tf.Tensor]) -> list[Signature]:
        latent = self.latent

        def serve(images: tf.Tensor, domain: tf.Tensor, space: tf.Tensor) -> dict[str, tf.Tensor]:
            images, domain = self._checked(images, domain)
            message = tf.strings.format(
                "{} rows of space, expected {}", (tf.shape(space)[0], tf.size(domain))
            )
            space = checked(space, tf.equal(tf.shape(space)[0], tf.size(domain)), message)
            return {"images": generate(latent.join(images, space, domain))}

        def translate(images: tf.Tensor, domain: tf.Tensor) -> dict[str, tf.Tensor]:
            images, domain = self._checked(images, domain)
            space = tf.zeros([tf.size(domain), latent.space_dim])
            return {"images": generate(latent.join(images, space, domain))}

        specs = {
            "images": tf.TensorSpec([None, *latent.image_shape], tf.float32),
            "domain": tf.TensorSpec([None], tf.int32),
        }
        most = self.options.max_samples
        fields = {
            "images": float_field(latent.image_shape),
            "domain": Field(
                f"the domain to go to, per image; 1 to {most} of them", 0, latent.num_domains - 1
            ),
        }
        example: dict[str, Array] = {
            "images": np.zeros([1, *latent.image_shape], np.float32),
            "domain": np.zeros([1], np.int32),
        }
        outputs = {"images": float_field(latent.image_shape)}
        code = {"space": tf.TensorSpec([None, latent.space_dim], tf.float32)}
        code_field = {"space": Field("a code per image", -1.0, 1.0)}
        code_example: dict[str, Array] = {"space": np.zeros([1, latent.space_dim], np.float32)}
        return [
            Signature(
                *("serving_default", serve, specs | code, fields | code_field, outputs),
                example | code_example,
            ),
            Signature("translate", translate, specs, fields, outputs, example),
        ]

    def _checked(self, images: tf.Tensor, domain: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The images and domains of a request, after checking both."""
        most, last = self.options.max_samples, self.latent.num_domains - 1
        count = tf.size(domain)
        few = tf.logical_and(count >= 1, count <= most)
        message = tf.strings.format(f"{{}} domains, expected 1 to {most}", count)
        domain = checked(domain, few, message)
        known = tf.reduce_all(tf.logical_and(domain >= 0, domain <= last))
        message = tf.strings.format(f"domains are {{}}, expected 0 to {last}", domain)
        domain = checked(domain, known, message)
        message = tf.strings.format("{} images, expected {}", (tf.shape(images)[0], count))
        return checked(images, tf.equal(tf.shape(images)[0], count), message), domain

    def _freeze(self, served: Network) -> None:
        """Does nothing: there is no batch norm."""

    def _draw(self, purpose: str, count: int | None = None, number: int = 0) -> tf.Tensor:
        rng, latent = RNG(self.seed, number, purpose), self.latent
        count = count or self.batch_size
        images = rng.uniform("images", [count, *latent.image_shape]) * 2.0 - 1.0
        space = rng.uniform("space", [count, latent.space_dim]) * 2.0 - 1.0
        return latent.join(images, space, tf.range(count) % latent.num_domains)

    def _latent_requests(self) -> list[Request]:
        latent, count = self.latent, max(CHECKED_BATCHES)
        latents = self._draw("check/", count)
        sizes = [int(np.prod(latent.image_shape)), latent.space_dim, latent.num_domains]
        images, space, labels = (part.numpy() for part in tf.split(latents, sizes, axis=1))
        inputs = {
            "images": images.reshape(-1, *latent.image_shape),
            "domain": labels.argmax(axis=1).astype(np.int32),
            "space": space,
        }
        translated = self._generate(latents).numpy()

        def request(title: str, rows: slice) -> Request:
            chosen = {name: values[rows] for name, values in inputs.items()}
            return Request(title, "serving_default", chosen, {"images": translated[rows]})

        found = [request(f"{size} images together", slice(size)) for size in CHECKED_BATCHES]
        return found + [
            request(f"image {row} alone", slice(row, row + 1)) for row in range(CHECKED_ALONE)
        ]

    def _seeded_requests(self, signature: Signature) -> list[Request]:
        domains = self.latent.num_domains
        shape = [domains, *self.latent.image_shape]
        images = np.random.default_rng(self.seed).uniform(-1, 1, shape).astype(np.float32)
        domain = np.arange(domains, dtype=np.int32)
        good: dict[str, Array] = {"images": images, "domain": domain}
        bad: list[tuple[str, dict[str, Array], str]] = [
            ("a domain too large", {"domain": domain + 1}, f"expected 0 to {domains - 1}"),
            ("a negative domain", {"domain": domain - 1}, f"expected 0 to {domains - 1}"),
            (
                "an image too few",
                {"images": images[1:]},
                f"{domains - 1} images, expected {domains}",
            ),
        ]
        refused = [Request(t, signature.name, good | wrong, error=e) for t, wrong, e in bad]
        return [self.answered("into every domain, twice", signature, good), *refused]

    def _metadata(self, class_names: Sequence[str]) -> dict[str, Any]:
        found = super()._metadata(class_names)
        kind = "none: a translation depends on its image alone"
        return found | {"statistics": {"kind": kind, "batch_size": self.batch_size}}
