"""The scores that msgan's scripts end with: FID, and modes of Stacked-MNIST."""

import dataclasses
import json
import pathlib

from amnat.evaluation.classifiers import open_classifier
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.sources import dataset_source
from amnat.metrics import modes
from amnat.metrics import registry as suite
from amnat.training.generator_sources import run_source
from amnat.training.run_directory import write_atomically

import numpy as np

FILE_NAME = "final_scores.json"


@dataclasses.dataclass(frozen=True)
class ScoreOptions:
    """How a run is scored.

    Attributes:
      num_real, num_fake: images of each side.
      classifier: see `amnat.evaluation.classifiers.HELP`.
      metrics: names of `suite.METRICS`, for images.
      cache_dir: pathlib folder of trained classifiers and observed references.
      seed: of the latents.
    """

    num_real: int
    num_fake: int
    classifier: str
    metrics: list
    cache_dir: pathlib.Path
    seed: int = 0


def score_images(run, iteration, reference, trained_on, load_test, options):
    """Scores a run's generator against its training images.

    Args:
      run: `RunDirectory` with a checkpoint of `iteration`.
      reference: training `amnat.data.Dataset`.
      trained_on: the data set that small_cnn is trained on.
      load_test: callable without arguments, gives that one's test split.
      options: `ScoreOptions`.

    Returns: dict of JSON values, also written to final_scores.json in the run.
    """
    source = dataset_source(reference)
    classifier, identity = open_classifier(
        options.classifier, source, trained_on, load_test, options.cache_dir / "classifiers"
    )
    evaluation = Evaluation(
        options.metrics,
        suite.Settings(),
        classifier,
        identity,
        source,
        options.num_real,
        options.cache_dir,
    )
    generated = run_source(str(run.path), iteration, seed=options.seed)
    record = evaluation(generated, options.num_fake).record
    return _written(run, iteration, record)


def score_modes(run, iteration, digits, load_test, options):
    """Modes and KL of a run on Stacked-MNIST, by a classifier of single digits.

    Args:
      digits: training data set of digits, whose classifier sees each channel.
      others: as for `score_images`.
    """
    classifier, identity = open_classifier(
        options.classifier,
        dataset_source(digits),
        digits,
        load_test,
        options.cache_dir / "classifiers",
    )
    generated = run_source(str(run.path), iteration, seed=options.seed)
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
    return _written(run, iteration, record)


def _digits(classifier, images):
    """int [N, 3] of float [N, H, W, 3]."""
    single = images.transpose(0, 3, 1, 2).reshape(-1, *images.shape[1:3], 1)
    return classifier(single).logits.argmax(axis=1).reshape(-1, images.shape[3])


def _written(run, iteration, record):
    record = {"iteration": iteration} | record
    write_atomically(run.path / FILE_NAME, json.dumps(record, indent=1) + "\n")
    return record
