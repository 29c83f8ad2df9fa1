"""Exports a generator: standing statistics, signatures, what the self-check asks for."""

import dataclasses

from amnat.export.copies import copy_network, serving_copy
from amnat.export.generators import generator_signatures, latent_law, output_name
from amnat.export.self_check import TOLERANCE, Request
from amnat.export.standing_statistics import (
    DEFAULT_BATCHES,
    copy_statistics,
    measure_statistics,
)
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

# What one sample may share a batch with, without being changed by it.
CHECKED_BATCHES = (1000, 7)
CHECKED_ALONE = 3


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """How a generator is exported.

    Attributes:
      batch_statistics: keep normalising with the statistics of each request's batch.
      standing_batches: batches, of the training's size, that standing statistics are averaged over.
      layer_by_layer, total_variance: see `measure_statistics`.
      max_samples: that one request may ask for.
    """

    batch_statistics: bool = False
    standing_batches: int = DEFAULT_BATCHES
    layer_by_layer: bool = False
    total_variance: bool = False
    max_samples: int = 1024


class GeneratorExport:
    """What `write_export` needs of a generator, which itself stays as it is.

    Args:
      generator: `amnat.networks.Network` with its variables.
      latent: callable (rng, batch size, dtype) -> latents, with `size`.
      batch_size: of training.
      class_names: of the data.
      seed: of the latents that statistics are taken over.
      options: `ExportOptions`.

    Attributes:
      signatures: list of `Signature`.
      requests: list of `Request`.
      metadata: dict of JSON values.
      price: the mean absolute difference that standing statistics make to samples of one batch,
        relative to the samples' standard deviation; None without.
    """

    def __init__(self, generator, latent, batch_size, class_names, seed=0, options=None):
        self.latent = latent
        self.batch_size = batch_size
        self.seed = seed
        self.options = options = options or ExportOptions()
        # Statistics and reference come from a network that computes as in training, but on a CPU
        # as the check does, and not from what is exported.
        with tf.device("/CPU:0"):
            self._live = copy_network(generator, (latent.size,))
            served = serving_copy(generator, (latent.size,))
            self.price, self._num_layers = None, 0
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

    def signatures_of(self, generate):
        """The signatures of a function of latents; `serving_default` is the first."""
        return generator_signatures(
            generate, self.latent, self.sample_shape, self.options.max_samples
        )

    def _freeze(self, served):
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

    def _draw(self, purpose, count=None, number=0):
        rng = RNG(self.seed, number, purpose)
        return self.latent(rng, count or self.batch_size, tf.float32)

    def _generate(self, latents):
        """Samples of the live model; batches of the training's size unless they depend on them."""
        with tf.device("/CPU:0"):
            if self.options.batch_statistics:
                return self._sample(latents)
            size = self.batch_size
            parts = [latents[i : i + size] for i in range(0, len(latents), size)]
            return tf.concat([self._sample(part) for part in parts], axis=0)

    def _requests(self):
        """The first request is of `serving_default`."""
        requests = self._latent_requests()
        for signature in self.signatures_of(self._generate)[1:]:
            requests += self._seeded_requests(signature)
        return requests

    def _latent_requests(self):
        name = output_name(self.sample_shape)

        def request(title, rows):
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

    def _seeded_requests(self, signature):
        """One that is answered, and those that are refused."""
        limit = self.options.max_samples
        if signature.name == "generate":
            good = {"num_samples": np.int32(min(5, limit))}
            bad = [{"num_samples": np.int32(count)} for count in (0, -1, limit + 1, 2**31 - 1)]
            error = f"expected 1 to {limit}"
        else:
            classes = self.latent.num_classes
            good = {"labels": np.arange(min(classes, limit), dtype=np.int32)}
            bad = [{"labels": np.array([label], np.int32)} for label in (-1, classes)]
            error = f"expected 0 to {classes - 1}"
        seed = {"seed": np.int64(3)}
        answered = self.answered("from a seed, twice", signature, good | seed)
        refused = [
            Request(_title(wrong), signature.name, wrong | seed, error=error) for wrong in bad
        ]
        return [answered, *refused]

    @staticmethod
    def answered(title, signature, inputs):
        """A request that is asked twice; `signature` is of the live model."""
        outputs = signature.call(**{k: tf.constant(v) for k, v in inputs.items()})
        ((name, samples),) = outputs.items()
        is_bytes = samples.dtype == tf.uint8
        return Request(
            title,
            signature.name,
            inputs,
            {name: samples.numpy()},
            # What lies between two bytes may be rounded to either.
            tolerance=1.0 if is_bytes else TOLERANCE,
            repeated=True,
        )

    def _metadata(self, class_names):
        options = self.options
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


def run_metadata(run_path, iteration, averaged, data_name):
    """What an export says of the run that it is of."""
    return {
        "run": run_path.absolute().name,
        "iteration": iteration,
        "averaged": averaged,
        "data": data_name,
    }


def _title(inputs):
    ((name, value),) = inputs.items()
    return f"{name} {np.asarray(value).tolist()}"
