"""Latents of InfoGAN: noise, a label, a continuous code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.methods.infogan.export import InfoGANExport


class InfoLatent:
    """z ~ N(0, I), a one-hot label drawn uniformly and a code U(-1, 1), in one tensor.

    Args:
      dim: entries of z.
      num_classes: K, labels.
      code_dim: entries of the code.

    Attributes:
      size: length of what the generator takes, dim + K + code_dim.
      class_word: what the K labels are; unlike classes they have no names.
    """

    class_word = "label"

    def __init__(self, dim: int, num_classes: int, code_dim: int):
        self.dim = dim
        self.num_classes = num_classes
        self.code_dim = code_dim
        self.size = dim + num_classes + code_dim

    @property
    def law(self) -> str:
        """What the entries are, as text."""
        return (
            f"{self.dim} entries independent standard normal, then a one-hot label of "
            f"{self.num_classes}, then {self.code_dim} entries independent uniform in [-1, 1)"
        )

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, size] from the draws `latent`, `label` and `code` of `rng`."""
        uniform = rng.uniform("label", [batch_size], tf.float32)
        labels = tf.cast(tf.floor(uniform * self.num_classes), tf.int32)
        code = rng.uniform("code", [batch_size, self.code_dim], dtype) * 2.0 - 1.0
        return self.compose(rng.normal("latent", [batch_size, self.dim], dtype), labels, code)

    def compose(self, noise: tf.Tensor, labels: tf.Tensor, code: tf.Tensor) -> tf.Tensor:
        """Latents of noise [batch, dim], labels (int [batch] in [0, K)), code [batch, code_dim]."""
        one_hot = tf.one_hot(labels, self.num_classes, dtype=noise.dtype)
        return tf.concat([noise, one_hot, code], axis=1)

    def parts(self, latents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """(noise, labels, code) of latents; labels int32 [batch]."""
        noise, one_hot, code = tf.split(
            latents, [self.dim, self.num_classes, self.code_dim], axis=1
        )
        return noise, tf.argmax(one_hot, axis=1, output_type=tf.int32), code

    def class_sheet(self, rng: RNG, columns: int = 10, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Latents [K * columns, size]: a row per label, a noise per column, the code 0."""
        noise = tf.tile(rng.normal("latent", [columns, self.dim], dtype), [self.num_classes, 1])
        labels = tf.repeat(tf.range(self.num_classes), columns)
        return self.compose(noise, labels, tf.zeros([len(labels), self.code_dim], dtype))

    def export_class(self) -> type[InfoGANExport]:
        """The class of the generator's export; see `amnat.export.exports.make_export`."""
        from amnat.methods.infogan.export import InfoGANExport

        return InfoGANExport

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"dim": self.dim, "num_classes": self.num_classes, "code_dim": self.code_dim}
