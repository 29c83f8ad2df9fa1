"""The scores of a run's checkpoint, in a file of the run."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from amnat import json_text
from amnat.data.dataset import Dataset
from amnat.evaluation.classifiers import open_classifier
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.jpeg_source import JpegSource
from amnat.evaluation.sources import Source, dataset_source
from amnat.files import write_atomically
from amnat.metrics import registry
from amnat.training.generator_sources import run_source
from amnat.training.run_directory import RunDirectory

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
      settings: what the metrics depend on.
      flag_names: see `registry.with_flags_of_script`.
    """

    num_real: int
    num_fake: int
    classifier: str
    metrics: list[str]
    cache_dir: pathlib.Path
    seed: int = 0
    jpeg: bool = False
    file_name: str = FILE_NAME
    settings: registry.Settings = registry.Settings()
    flag_names: Mapping[str, str] = dataclasses.field(default_factory=dict)

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
        options.settings,
        classifier,
        identity,
        source,
        options.num_real,
        options.cache_dir,
        flag_names=options.flag_names,
    )
    generated = options.source(run_source(str(run.path), iteration, seed=options.seed))
    record = evaluation(generated, options.num_fake).record
    return written(run, iteration, record, options)


def written(
    run: RunDirectory, iteration: int, record: dict[str, Any], options: ScoreOptions
) -> dict[str, Any]:
    """Writes a record, with its iteration, into a run; returns it."""
    record = {"iteration": iteration} | record
    write_atomically(run.path / options.file_name, json_text.dumps(record, indent=1) + "\n")
    return record


def table(record: dict[str, Any]) -> str:
    """The results of a record as lines of text, with those of the real images where it has them."""
    real = record.get("reference_results", {})
    lines = [
        f"  {name:28} {value:9.4f}" + (f" {real[name]:9.4f}" if name in real else "")
        for name, value in record["results"].items()
    ]
    lines += [f"  {name}: not taken: {text}" for name, text in record["not_taken"].items()]
    return "\n".join(lines)
