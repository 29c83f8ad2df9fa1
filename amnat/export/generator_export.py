"""Exports a generator: standing statistics, signatures, and requests for the self-check."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, cast

from amnat.export.copies import copy_network, serving_copy
from amnat.export.generators import (
    ClassLatent,
    Latent,
    generator_signatures,
    latent_law,
    output_name,
)
from amnat.export.self_check import TOLERANCE, Request
from amnat.export.signatures import Array, Signature
from amnat.export.standing_statistics import (
    DEFAULT_BATCHES,
    copy_statistics,
    measure_statistics,
)
from amnat.networks.network import Network
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

# Batch sizes of the check, and the number of samples that are checked one by one: a sample must not
# depend on its batch.
CHECKED_BATCHES = (1000, 7)
CHECKED_ALONE = 3


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """How a generator is exported.

    Attributes:
      batch_statistics: whether to normalise with the statistics of each request's batch.
      standing_batches: number of batches, of the training batch size, over which standing
        statistics are averaged.
      layer_by_layer, total_variance: see `measure_statistics`.
      max_samples: the maximum number of samples of one request.
    """

    batch_statistics: bool = False
    standing_batches: int = DEFAULT_BATCHES
    layer_by_layer: bool = False
    total_variance: bool = False
    max_samples: int = 1024


class GeneratorExport:
    """The export of a generator for `write_export`; the generator itself is not changed.

    Args:
      generator: `amnat.networks.Network` whose variables are built.
      latent: callable (rng, batch size, dtype) -> latents, with `size`.
      batch_size: the training batch size.
      class_names: the class names of the data.
      seed: seed of the latents for the statistics.
      options: `ExportOptions`.

    Attributes:
      signatures: list of `Signature`.
      requests: list of `Request`.
      metadata: dict of JSON values.
      price: the mean absolute difference between the samples of one batch with and without standing
        statistics, relative to the samples' standard deviation; None without them.
    """

    def __init__(
        self,
        generator: Network,
        latent: Latent,
        batch_size: int,
        class_names: Sequence[str],
        seed: int = 0,
        options: ExportOptions | None = None,
    ):
        self.latent = latent
        self.batch_size = batch_size
        self.seed = seed
        self.options = options = options or ExportOptions()
        # Statistics and reference samples come from a network that computes as in training and not
        # from the exported one. It runs on a CPU, as the check does.
        with tf.device("/CPU:0"):
            self._live = copy_network(generator, (latent.size,))
            served = serving_copy(generator, (latent.size,))
            self.price: float | None = None
            self._num_layers = 0
            if not options.batch_statistics:
                self._freeze(served)
        latents = tf.TensorSpec([None, latent.size], tf.float32)
        self._sample = tf.function(
            lambda values: self._live(values), input_signature=[latents], autograph=False
        )
        self.sample_shape = tuple(self._generate(self._draw("check/", 2)).shape[1:])
        self.signatures = self.signatures_of(served)
        self.requests = self._requests()
        self.metadata = self._metadata(class_names)

    def signatures_of(self, generate: Callable[[tf.Tensor], tf.Tensor]) -> list[Signature]:
        """The signatures of a function of latents; `serving_default` is the first."""
        return generator_signatures(
            generate, self.latent, self.sample_shape, self.options.max_samples
        )

    def _freeze(self, served: Network) -> None:
        before = self._live(self._draw("check/")).numpy()
        layers = measure_statistics(
            self._live,
            lambda number: self._draw("standing/", number=number),
            self.options.standing_batches,
            self.options.layer_by_layer,
            self.options.total_variance,
        )
        self._num_layers = len(layers)
        copy_statistics(self._live, served)
        after = self._live(self._draw("check/")).numpy()
        self.price = float(np.abs(after - before).mean() / max(before.std(), 1e-12))

    def _draw(self, purpose: str, count: int | None = None, number: int = 0) -> tf.Tensor:
        rng = RNG(self.seed, number, purpose)
        return self.latent(rng, count or self.batch_size, tf.float32)

    def _generate(self, latents: tf.Tensor) -> tf.Tensor:
        """Samples of the live model, in training batches unless samples depend on their batch."""
        with tf.device("/CPU:0"):
            if self.options.batch_statistics:
                return self._sample(latents)
            size = self.batch_size
            parts = [latents[i : i + size] for i in range(0, len(latents), size)]
            return tf.concat([self._sample(part) for part in parts], axis=0)

    def _requests(self) -> list[Request]:
        """Makes all requests; the first one is for `serving_default`."""
        requests = self._latent_requests()
        for signature in self.signatures_of(self._generate)[1:]:
            requests += self._seeded_requests(signature)
        return requests

    def _latent_requests(self) -> list[Request]:
        name = output_name(self.sample_shape)

        def request(title: str, rows: slice) -> Request:
            return Request(
                title, "serving_default", {"latent": latents[rows]}, {name: samples[rows]}
            )

        if self.options.batch_statistics:
            latents = self._draw("check/").numpy()
            samples = self._generate(latents).numpy()
            return [request(f"a batch of {len(latents)}", slice(None))]
        latents = self._draw("check/", max(CHECKED_BATCHES)).numpy()
        samples = self._generate(latents).numpy()
        found = [request(f"{count:,} latents together", slice(count)) for count in CHECKED_BATCHES]
        return found + [
            request(f"latent {row} alone", slice(row, row + 1)) for row in range(CHECKED_ALONE)
        ]

    def _seeded_requests(self, signature: Signature) -> list[Request]:
        """Makes one request that is answered, and others that are refused."""
        limit = self.options.max_samples
        good: dict[str, Array]
        bad: list[dict[str, Array]]
        if signature.name == "generate":
            good = {"num_samples": np.int32(min(5, limit))}
            bad = [{"num_samples": np.int32(count)} for count in (0, -1, limit + 1, 2**31 - 1)]
            error = f"expected 1 to {limit}"
        else:
            classes = cast(ClassLatent, self.latent).num_classes
            good = {"labels": np.arange(min(classes, limit), dtype=np.int32)}
            bad = [{"labels": np.array([label], np.int32)} for label in (-1, classes)]
            error = f"expected 0 to {classes - 1}"
        seed: dict[str, Array] = {"seed": np.int64(3)}
        answered = self.answered("from a seed, twice", signature, good | seed)
        refused = [
            Request(_title(wrong), signature.name, wrong | seed, error=error) for wrong in bad
        ]
        return [answered, *refused]

    @staticmethod
    def answered(title: str, signature: Signature, inputs: dict[str, Array]) -> Request:
        """Makes a request that is sent twice; `signature` is that of the live model."""
        outputs = signature.call(**{k: tf.constant(v) for k, v in inputs.items()})
        ((name, samples),) = outputs.items()
        is_bytes = samples.dtype == tf.uint8
        return Request(
            title,
            signature.name,
            inputs,
            {name: samples.numpy()},
            # A value between two bytes may be rounded to either of them.
            tolerance=1.0 if is_bytes else TOLERANCE,
            repeated=True,
        )

    def _metadata(self, class_names: Sequence[str]) -> dict[str, Any]:
        options = self.options
        statistics: dict[str, Any]
        if options.batch_statistics:
            statistics = {"kind": "of each batch"}
        else:
            statistics = {
                "kind": "standing",
                "layers": self._num_layers,
                "batches": options.standing_batches,
                "measured": "layer by layer" if options.layer_by_layer else "in one pass",
                "variance": "of all samples" if options.total_variance else "mean of the batches'",
            }
        return {
            "statistics": statistics | {"batch_size": self.batch_size},
            "latent": {
                "size": self.latent.size,
                "law": latent_law(self.latent),
                "module": type(self.latent).__module__,
                "class": type(self.latent).__name__,
                "config": self.latent.get_config(),
            },
            "class_names": list(class_names),
        }


def run_metadata(
    run_path: pathlib.Path, iteration: int, averaged: bool, data_name: str
) -> dict[str, Any]:
    """The metadata about the run that is exported."""
    return {
        "run": run_path.absolute().name,
        "iteration": iteration,
        "averaged": averaged,
        "data": data_name,
    }


def _title(inputs: dict[str, Array]) -> str:
    ((name, value),) = inputs.items()
    return f"{name} {np.asarray(value).tolist()}"
