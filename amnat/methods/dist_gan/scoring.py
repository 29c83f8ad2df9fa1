"""The scores at the end of msgan's scripts: FID, and modes of Stacked-MNIST."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

from amnat import json_text
from amnat.data.dataset import Dataset
from amnat.evaluation.classifiers import open_classifier
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.jpeg_source import JpegSource
from amnat.evaluation.sources import Source, dataset_source
from amnat.metrics import modes, registry
from amnat.metrics.classifier import Classifier
from amnat.training.generator_sources import run_source
from amnat.training.run_directory import RunDirectory, write_atomically

import numpy as np

FILE_NAME = "final_scores.json"


@dataclasses.dataclass(frozen=True)
class ScoreOptions:
    """How a run is scored.

    Attributes:
      num_real, num_fake: numbers of real and of generated images.
      classifier: see `amnat.evaluation.classifiers.HELP`.
      metrics: names of `registry.METRICS`, for images.
      cache_dir: folder of trained classifiers and observed references.
      seed: the seed of the latents.
      jpeg: whether real and generated images go through JPEG first, as the originals' do.
      file_name: the file of the run that gets the record.
    """

    num_real: int
    num_fake: int
    classifier: str
    metrics: list[str]
    cache_dir: pathlib.Path
    seed: int = 0
    jpeg: bool = False
    file_name: str = FILE_NAME

    def source(self, source: Source) -> Source:
        """The images of a source as they are scored."""
        return JpegSource(source) if self.jpeg else source


def score_images(
    run: RunDirectory,
    iteration: int,
    reference: Dataset,
    trained_on: Dataset,
    load_test: Callable[[], Dataset],
    options: ScoreOptions,
) -> dict[str, Any]:
    """Scores a run's generator against real images.

    Args:
      run: `RunDirectory` with a checkpoint of `iteration`.
      reference: the data set of the real images.
      trained_on: the data set that small_cnn is trained on.
      load_test: callable without arguments that returns the test split of `trained_on`.
      options: `ScoreOptions`.

    Returns: dict of JSON values, also written to `options.file_name` in the run.
    """
    source = options.source(dataset_source(reference))
    classifier, identity = open_classifier(
        options.classifier, source, trained_on, load_test, options.cache_dir / "classifiers"
    )
    evaluation = Evaluation(
        options.metrics,
        registry.Settings(),
        classifier,
        identity,
        source,
        options.num_real,
        options.cache_dir,
    )
    generated = options.source(run_source(str(run.path), iteration, seed=options.seed))
    record = evaluation(generated, options.num_fake).record
    return _written(run, iteration, record, options)


def score_modes(
    run: RunDirectory,
    iteration: int,
    digits: Dataset,
    load_test: Callable[[], Dataset],
    options: ScoreOptions,
) -> dict[str, Any]:
    """Modes and KL of a run on Stacked-MNIST, by a classifier of single digits.

    Args:
      digits: training data set of digits; its classifier sees each channel separately.
      others: see `score_images`.
    """
    classifier, identity = open_classifier(
        options.classifier,
        dataset_source(digits),
        digits,
        load_test,
        options.cache_dir / "classifiers",
    )
    generated = options.source(run_source(str(run.path), iteration, seed=options.seed))
    seen = [_digits(classifier, batch) for batch in generated.batches(options.num_fake)]
    found = modes.stacked_mnist_modes(np.concatenate(seen))
    record = {
        "samples": generated.settings | {"count": options.num_fake},
        "classifier": identity,
        "results": {
            "modes_found": found.modes_found,
            "num_modes": found.num_modes,
            "mode_kl": found.kl,
        },
        "not_taken": {},
    }
    return _written(run, iteration, record, options)


def _digits(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """The digits of all channels, int [N, 3], of images float [N, H, W, 3]."""
    single = images.transpose(0, 3, 1, 2).reshape(-1, *images.shape[1:3], 1)
    return classifier(single).logits.argmax(axis=1).reshape(-1, images.shape[3])


def _written(
    run: RunDirectory, iteration: int, record: dict[str, Any], options: ScoreOptions
) -> dict[str, Any]:
    record = {"iteration": iteration} | record
    write_atomically(run.path / options.file_name, json_text.dumps(record, indent=1) + "\n")
    return record
