"""The networks, latent, losses and export of `circle_gan`, which need TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from amnat.export.generator_export import GeneratorExport
from amnat.export.generators import float_field
from amnat.export.self_check import Request
from amnat.export.signatures import Field, Signature
from amnat.models import GANModel
from amnat.networks import Network
from amnat.rng import RNG
from amnat.training.generator_record import recordable

import numpy as np
import tensorflow as tf

Batch = tuple[tf.Tensor, ...]
LossAndLogs = tuple[tf.Tensor, dict[str, tf.Tensor]]


@recordable
class CircleLatent:
    """(cos, sin) of a random angle."""

    size = 2

    def __call__(
        self, rng: RNG, batch_size: int | tf.Tensor, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        return self.of_angles(2 * math.pi * rng.uniform("latent", [batch_size], dtype))

    def of_angles(self, angles: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.cos(angles), tf.sin(angles)], axis=1)

    def get_config(self) -> dict[str, Any]:
        return {}

    def export_class(self) -> type[GeneratorExport]:
        return CircleExport


class CircleExport(GeneratorExport):
    latent: CircleLatent

    def signatures_of(self, generate: Callable[[tf.Tensor], tf.Tensor]) -> list[Signature]:
        def turn(angle: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"images": generate(self.latent.of_angles(angle))}

        turned = Signature(
            "turn",
            turn,
            {"angle": tf.TensorSpec([None], tf.float32)},
            {"angle": Field("radians")},
            {"images": float_field(self.sample_shape)},
            {"angle": np.zeros([1], np.float32)},
        )
        return [super().signatures_of(generate)[0], turned]

    def _seeded_requests(self, signature: Signature) -> list[Request]:
        return [self.answered("an angle", signature, {"angle": np.array([0.5], np.float32)})]


@recordable
class CircleGenerator(Network):
    def __init__(
        self, image_shape: Sequence[int], width: int = 8, name: str = "generator", **kwargs: Any
    ):
        super().__init__("relu", name=name, **kwargs)
        self.image_shape = tuple(image_shape)
        self.hidden = self.dense(width, "hidden")
        self.pixels = self.dense(math.prod(self.image_shape), "pixels")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        images = tf.tanh(self.pixels(self.activate(self.hidden(inputs))))
        return tf.reshape(images, [-1, *self.image_shape])


@recordable
class CircleDiscriminator(Network):
    def __init__(self, width: int = 8, name: str = "discriminator", **kwargs: Any):
        super().__init__("lrelu", name=name, **kwargs)
        self.hidden = self.dense(width, "hidden")
        self.linear = self.dense(1, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        rows = tf.reshape(inputs, [-1, math.prod(inputs.shape[1:])])
        return self.linear(self.activate(self.hidden(rows)))


class CircleGAN(GANModel):
    log_names = ("loss_dis_total", "loss_gen_total")

    def _fake(self, batch: Batch, rng: RNG) -> tf.Tensor:
        return self.generator(self.latent(rng, tf.shape(batch[0])[0], batch[0].dtype))

    def discriminator_loss(self, batch: Batch, rng: RNG) -> LossAndLogs:
        real, fake = self.discriminator(batch[0]), self.discriminator(self._fake(batch, rng))
        loss = tf.reduce_mean(tf.square(real - 1)) + tf.reduce_mean(tf.square(fake))
        return loss, {"loss_dis_total": loss}

    def generator_loss(self, batch: Batch, rng: RNG) -> LossAndLogs:
        fake = self.discriminator(self._fake(batch, rng))
        loss = tf.reduce_mean(tf.square(fake - 1))
        return loss, {"loss_gen_total": loss}
