"""Generators as sources of images: checkpoints of runs, and SavedModels."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

from amnat.errors import InputError
from amnat.evaluation.sources import (
    GivenLabels,
    Source,
    add_warning,
    doubt_about_range,
    path_digest,
)
from amnat.export.metadata import read_metadata
from amnat.metrics.classifier import check_images
from amnat.rng import RNG
from amnat.training.generator_record import read_record, rebuild_latent, restore_generator
from amnat.training.run_directory import RunDirectory
from amnat.training.run_state import finished_at

import numpy as np
import tensorflow as tf

SIGNATURE = "serving_default"


class GeneratorSource(Source):
    """A source that generates images from latents, in batches of one size.

    With batch statistics an image depends on its batch, so the batch size is part of `settings`.
    For the same reason, an incomplete last batch is generated completely and then cut.

    Attributes:
      draw: callable (rng, batch size) -> latents, a `Latent` for runs and exports.
      batch_size: the number of images that are generated together.
      model: what `tf.saved_model.load` returned; None for a run.
    """

    available = None

    def __init__(
        self,
        name: str,
        sample: Callable[[tf.Tensor], tf.Tensor],
        draw: Callable[[RNG, int], tf.Tensor],
        batch_size: int,
        seed: int,
        settings: dict[str, Any],
    ):
        """`draw(rng, batch size)` returns latents, `sample(latents)` float images."""
        self.name = name
        self._sample = tf.function(sample, autograph=False)
        self.draw = draw
        self.model: Any = None
        self.batch_size = batch_size
        self.seed = seed
        probe = self._generate(0)
        self.image_shape = probe.shape[1:]
        if len(self.image_shape) != 3:
            raise InputError(
                f"{name}: generates arrays of shape {list(self.image_shape)}, expected images "
                "[H, W, C] (runs on points score themselves while they train)"
            )
        self.settings = {"name": name, "batch_size": batch_size, "seed": seed} | settings

    def latents(self, batch: int) -> tf.Tensor:
        """The latents of a batch, float [batch_size, Z]; they depend on the seed and `batch`."""
        return self.draw(RNG(self.seed, batch, "evaluation/"), self.batch_size)

    def generate(self, latents: tf.Tensor) -> np.ndarray:
        """The images of latents, float [N, H, W, C]."""
        return self._sample(latents).numpy()

    def given_labels(self, count: int) -> GivenLabels | None:
        latent: Any = self.draw
        if not hasattr(latent, "labels"):
            return None
        batches = range(-(-count // self.batch_size))
        labels = [latent.labels(self.latents(batch)).numpy() for batch in batches]
        return GivenLabels(np.concatenate(labels)[:count], latent.num_classes)

    def with_seed(self, seed: int) -> GeneratorSource:
        """The same generator with latents of another seed."""
        other = copy.copy(self)
        other.seed = seed
        other.settings = self.settings | {"seed": seed}
        return other

    def _generate(self, batch: int) -> np.ndarray:
        return self.generate(self.latents(batch))

    def batches(self, count: int) -> Iterator[np.ndarray]:
        low, high = np.inf, -np.inf
        for batch in range(-(-count // self.batch_size)):
            images = check_images(self._generate(batch), name=self.name, judges_range=False)
            low, high = min(low, images.min()), max(high, images.max())
            yield images[: count - batch * self.batch_size]
        doubt = doubt_about_range(low, high, images.dtype) if low >= 0 else ""
        if doubt and "warnings" not in self.settings:
            add_warning(self, doubt)


def run_source(
    path: str | os.PathLike[str],
    iteration: int,
    batch_size: int = 0,
    seed: int = 0,
    use_ema: bool | None = None,
) -> GeneratorSource:
    """The source of the generator of a run directory at a checkpoint.

    Args:
      path: the run directory.
      iteration: the iteration of a complete checkpoint.
      batch_size: the batch size, or 0 for the training batch size.
      seed: the seed of the latents.
      use_ema: whether to use the averaged generator; None uses it if there is one.

    Raises: InputError; `run_state.CheckpointGone`, see `restore_generator`.
    """
    run = RunDirectory(path)
    record = read_record(run)
    restored = restore_generator(run, record, iteration, use_ema)
    settings = {
        "kind": "run",
        "iteration": iteration,
        # The seal of a checkpoint has the checksums of its files.
        "checkpoint": path_digest(run.checkpoints / f"ckpt-{iteration}.json"),
        # None, for a run that has not finished, says that the iteration is one on the way.
        "finished_at": finished_at(run),
        "ema": restored.uses_ema,
        "statistics": "of each batch",
    }
    return GeneratorSource(
        str(path),
        restored.sample,
        restored.latent,
        batch_size or record["batch_size"],
        seed,
        settings,
    )


def saved_model_source(
    path: str | os.PathLike[str], batch_size: int = 0, seed: int = 0
) -> GeneratorSource:
    """The source of a SavedModel whose signature serving_default maps latents to images.

    The latents are [N, Z] and the images are in [-1, 1]. For an export of tools/export.py, latents
    are drawn like those of the run, by default in batches of the training batch size. For other
    models they are standard normal, by default in batches of 100.

    Raises:
      InputError: if the path has no SavedModel, or it has no such signature, or the signature has
        other inputs or outputs.
    """
    metadata = read_metadata(path)
    try:
        model = tf.saved_model.load(path)
    except Exception as error:  # Damaged files raise nearly anything.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be loaded as a SavedModel ({reason})") from error
    if SIGNATURE not in model.signatures:
        names = ", ".join(model.signatures) or "none"
        raise InputError(f"{path}: signatures {names}, expected {SIGNATURE} (latents to images)")
    function = model.signatures[SIGNATURE]
    _, inputs = function.structured_input_signature
    outputs = function.structured_outputs
    specs = list(inputs.values())
    if len(specs) != 1 or len(outputs) != 1 or specs[0].shape.rank != 2:
        raise InputError(
            f"{path}: {SIGNATURE} takes {specs}, expected one float input [N, Z] and one output"
        )
    input_name, output_name = next(iter(inputs)), next(iter(outputs))
    size, dtype = specs[0].shape[1], specs[0].dtype

    def sample(latents: tf.Tensor) -> tf.Tensor:
        # The reference to `model` keeps it alive: signatures only hold its variables weakly.
        return model.signatures[SIGNATURE](**{input_name: latents})[output_name]

    def draw_normal(rng: RNG, count: int) -> tf.Tensor:
        return rng.normal("latent", [count, size], dtype)

    draw: Callable[[RNG, int], tf.Tensor] = draw_normal
    settings: dict[str, Any] = {"kind": "SavedModel", "sha256": path_digest(path)}
    if metadata is not None:
        draw = rebuild_latent(metadata, path)
        statistics = metadata["statistics"]
        settings["statistics"] = statistics
        batch_size = batch_size or statistics["batch_size"]
    source = GeneratorSource(str(path), sample, draw, batch_size or 100, seed, settings)
    source.model = model
    return source
