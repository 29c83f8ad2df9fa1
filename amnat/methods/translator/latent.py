"""The input of a translator between domains: an image, a code and the target domain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.methods.translator.export import TranslatorExport


class TranslationLatent:
    """An image, a code U(-1, 1) and the one-hot label of a domain, in one vector.

    Drawing needs images to translate (`take_images`), which `get_config` does not contain.

    Args:
      image_shape: (H, W, C).
      num_domains: D.
      space_dim: entries of the code.

    Attributes:
      size: length of what the generator takes, H * W * C + space_dim + D.
    """

    def __init__(self, image_shape: Sequence[int], num_domains: int, space_dim: int):
        self.image_shape = tuple(image_shape)
        self.num_domains = num_domains
        self.space_dim = space_dim
        self.size = math.prod(self.image_shape) + space_dim + num_domains
        self._source: Dataset | None = None

    @property
    def law(self) -> str:
        """What the entries are, as text."""
        return (
            f"an image {list(self.image_shape)}, row by row, then {self.space_dim} entries "
            f"independent uniform in [-1, 1), then a one-hot domain of {self.num_domains}"
        )

    def take_images(self, dataset: Dataset) -> TranslationLatent:
        """Makes calls draw from the images of a data set, whose labels are their domains."""
        self._source = dataset
        return self

    def join(self, images: tf.Tensor, space: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Latents [batch, size].

        Args:
          images: float [batch, H, W, C] in [-1, 1].
          space: float [batch, space_dim].
          labels: int [batch], the target domains.
        """
        flat = tf.reshape(images, [-1, math.prod(self.image_shape)])
        one_hot = tf.one_hot(labels, self.num_domains, dtype=flat.dtype)
        return tf.concat([flat, space, one_hot], axis=1)

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws images and domains other than their own: float [batch_size, size].

        It uses the draws `rows`, `label` and `space` of `rng`. Raises InputError without images.
        """
        if self._source is None:
            raise InputError(
                "the generator translates images and draws none: score it while it trains "
                "(--score_every), or export it and give it images"
            )
        count = self._source.num_samples
        rows = tf.cast(rng.uniform("rows", [batch_size]) * count, tf.int32)
        # A float32 product can round up to the count itself.
        rows = tf.minimum(rows, count - 1)
        pixels = tf.cast(tf.gather(self._source.samples, rows), dtype)
        domains = tf.gather(self._source.labels, rows)
        other = tf.cast(rng.uniform("label", [batch_size]) * (self.num_domains - 1), tf.int32)
        labels = (domains + 1 + tf.minimum(other, self.num_domains - 2)) % self.num_domains
        space = rng.uniform("space", [batch_size, self.space_dim], dtype) * 2.0 - 1.0
        return self.join((pixels - 127.5) / 128.0, space, labels)

    def export_class(self) -> type[TranslatorExport]:
        """The class of the generator's export; see `amnat.export.exports.make_export`."""
        from amnat.methods.translator.export import TranslatorExport

        return TranslatorExport

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "image_shape": list(self.image_shape),
            "num_domains": self.num_domains,
            "space_dim": self.space_dim,
        }
