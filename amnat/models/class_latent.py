"""Latents of the AM-GAN paper's experiments: other noise distributions, and noise with a class.

Source: the code of Zhou et al. 2018 (ICLR).
"""

from __future__ import annotations

from typing import Any

from amnat.rng import RNG

import tensorflow as tf

NOISES = ("normal", "uniform", "unit_sphere")


class NoiseLatent:
    """A noise vector z.

    Args:
      dim: number of entries.
      noise: 'normal': N(0, I); 'uniform': U[-1, 1); 'unit_sphere': N(0, I) scaled to length 1.

    Attributes:
      size: length of the generator's input vector.
    """

    def __init__(self, dim: int, noise: str = "normal"):
        if noise not in NOISES:
            raise ValueError(f"noise must be in {NOISES}, not {noise!r}")
        self.dim = dim
        self.noise = noise
        self.size = dim

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, dim] from the draw `latent` of `rng`."""
        shape = [batch_size, self.dim]
        if self.noise == "uniform":
            return rng.uniform("latent", shape, dtype) * 2.0 - 1.0
        normal = rng.normal("latent", shape, dtype)
        return tf.nn.l2_normalize(normal, axis=1) if self.noise == "unit_sphere" else normal

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"dim": self.dim, "noise": self.noise}


class ClassConditionalLatent(NoiseLatent):
    """A noise vector z and a one-hot class, drawn uniformly, in one tensor of dim + K entries.

    Args:
      dim: number of entries of the noise.
      num_classes: K.
      noise: see `NoiseLatent`.
    """

    def __init__(self, dim: int, num_classes: int, noise: str = "normal"):
        super().__init__(dim, noise)
        self.num_classes = num_classes
        self.size = dim + num_classes

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """Draws float [batch_size, dim + K] from the draws `latent` and `label` of `rng`."""
        noise = super().__call__(rng, batch_size, dtype)
        uniform = rng.uniform("label", [batch_size], tf.float32)
        labels = tf.cast(tf.floor(uniform * self.num_classes), tf.int32)
        return self.join(noise, labels)

    def join(self, noise: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Latents [batch, dim + K] from noise [batch, dim] and labels, int [batch] in [0, K)."""
        return tf.concat([noise, tf.one_hot(labels, self.num_classes, dtype=noise.dtype)], axis=1)

    def split(self, latents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The inverse of `join`, with one-hot classes: float [batch, dim] and [batch, K]."""
        return latents[:, : self.dim], latents[:, self.dim :]

    def labels(self, latents: tf.Tensor) -> tf.Tensor:
        """The classes, int64 [batch] in [0, K), of latents [batch, dim + K]."""
        return tf.argmax(latents[:, self.dim :], axis=1)

    def class_sheet(self, rng: RNG, columns: int = 10, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Latents [K * columns, dim + K] for a sheet: one row per class, one noise per column."""
        noise = super().__call__(rng, columns, dtype)
        labels = tf.repeat(tf.range(self.num_classes), columns)
        return self.join(tf.tile(noise, [self.num_classes, 1]), labels)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"num_classes": self.num_classes}
