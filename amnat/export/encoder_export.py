"""Exports an encoder, and with a generator its reconstructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amnat.data.dataset import Dataset
from amnat.export.classifier_export import CHECKED_IMAGES, check_requests, real_batches
from amnat.export.copies import copy_network, serving_copy
from amnat.export.generator_export import ExportOptions
from amnat.export.generators import float_field
from amnat.export.signatures import Field, Signature
from amnat.export.standing_statistics import copy_statistics, measure_statistics
from amnat.networks.network import Network

import numpy as np
import tensorflow as tf

# images -> latents or images.
Apply = Callable[[tf.Tensor], tf.Tensor]


class EncoderExport:
    """The signatures `encode` and `reconstruct` for `write_export`; it changes only copies.

    Standing statistics are those of real images for the encoder, and those of the latents of real
    images for the generator: it has a second copy for this, because reconstructions and generated
    images have separate batches in training.

    Args:
      encoder: `amnat.networks.Network` whose `encode` takes images in [-1, 1].
      generator: the generator that makes the reconstructions.
      latent_size: entries of a latent.
      dataset: `amnat.data.Dataset` that the encoder was trained on.
      batch_size: the training batch size.
      options: `ExportOptions`.

    Attributes:
      signatures, requests: see `GeneratorExport`.
      price: the mean absolute difference between the reconstructions of one batch with and without
        standing statistics, relative to their standard deviation; None without them.
    """

    def __init__(
        self,
        encoder: Network,
        generator: Network,
        latent_size: int,
        dataset: Dataset,
        batch_size: int,
        options: ExportOptions,
    ):
        shape, self.price = dataset.sample_shape, None
        draw = real_batches(dataset, batch_size)
        with tf.device("/CPU:0"):
            live = copy_network(encoder, shape), copy_network(generator, (latent_size,))
            served = serving_copy(encoder, shape), serving_copy(generator, (latent_size,))
            if not options.batch_statistics:
                self.price = _freeze(live, draw, options)
                for one, other in zip(live, served, strict=True):
                    copy_statistics(one, other)
            counts = [batch_size] if options.batch_statistics else list(CHECKED_IMAGES)
            samples = draw(0, max(counts))
            self.signatures, self.requests = [], []
            outputs = Field("a latent per image"), float_field(shape)
            for name, output, field, work, expected in zip(
                *(("encode", "reconstruct"), ("latent", "images"), outputs),
                *(_functions(*served), _functions(*live)),
                strict=True,
            ):
                self.signatures.append(_signature(name, output, field, work, shape))
                self.requests += check_requests(expected, samples, counts, name, output)


def _functions(encoder: Any, generator: Network) -> tuple[Apply, Apply]:
    """(images -> latents, images -> reconstructions) of an encoder and a generator."""
    return encoder.encode, lambda images: generator(encoder.encode(images))


def _freeze(
    live: tuple[Network, Network], draw: Callable[..., tf.Tensor], options: ExportOptions
) -> float:
    """Sets the standing statistics of encoder and generator; returns `EncoderExport.price`."""
    encoder, generator = live
    encode, reconstruct = (tf.function(work, autograph=False) for work in _functions(*live))
    before = reconstruct(draw(0)).numpy()
    count = options.standing_batches
    measures = options.layer_by_layer, options.total_variance
    measure_statistics(encoder, draw, count, *measures, run=_functions(*live)[0])
    encode, reconstruct = (tf.function(work, autograph=False) for work in _functions(*live))
    measure_statistics(generator, lambda number: encode(draw(number)), count, *measures)
    after = tf.function(_functions(*live)[1], autograph=False)(draw(0)).numpy()
    return float(np.abs(after - before).mean() / max(before.std(), 1e-12))


def _signature(
    name: str, output: str, field: Field, work: Apply, image_shape: tuple[int, ...]
) -> Signature:
    return Signature(
        name,
        lambda images: {output: work(images)},
        {"images": tf.TensorSpec([None, *image_shape], tf.float32)},
        {"images": float_field(image_shape)},
        {output: field},
        {"images": np.zeros([1, *image_shape], np.float32)},
    )
