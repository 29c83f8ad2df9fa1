"""The modes of Stacked-MNIST at the end of msgan's scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amnat.data.dataset import Dataset
from amnat.evaluation.classifiers import open_classifier
from amnat.evaluation.sources import dataset_source
from amnat.metrics import modes
from amnat.metrics.classifier import Classifier
from amnat.training.generator_sources import run_source
from amnat.training.run_directory import RunDirectory
from amnat.training.run_scores import ScoreOptions, written

import numpy as np


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
      others: see `amnat.training.run_scores.score_images`.
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
    return written(run, iteration, record, options)


def _digits(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """The digits of all channels, int [N, 3], of images float [N, H, W, 3]."""
    single = images.transpose(0, 3, 1, 2).reshape(-1, *images.shape[1:3], 1)
    return classifier(single).logits.argmax(axis=1).reshape(-1, images.shape[3])
