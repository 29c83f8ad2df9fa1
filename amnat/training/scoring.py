"""Scores of generated samples during and after training."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amnat.data.dataset import Dataset, GaussianMixture
from amnat.evaluation.classifiers import open_classifier
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.sources import ArraySource, GivenLabels, dataset_source
from amnat.metrics import modes, registry

import numpy as np


class MixtureScorer:
    """Counts the modes of a Gaussian mixture that the samples cover.

    Args:
      mixture: `amnat.data.GaussianMixture`.

    Attributes:
      depends_on: dict of JSON values: what the scores depend on besides the samples.
    """

    def __init__(self, mixture: GaussianMixture):
        self.mixture = mixture
        # Other processors compute other last digits of the means.
        parts = (mixture.means, mixture.stddevs, mixture.weights)
        means, stddevs, weights = (np.round(part, 6).tolist() for part in parts)
        self.depends_on = {"means": means, "stddevs": stddevs, "weights": weights}

    def __call__(self, samples: np.ndarray) -> dict[str, float]:
        """Scores samples, float [N, D]; returns {name: number}."""
        mixture = self.mixture
        found = modes.mixture_modes(samples, mixture.means, mixture.stddevs, mixture.weights)
        return {
            "modes_found": found.modes_found,
            "share_within_3_stddev": found.share_within_3_stddev,
            "mode_kl": found.kl,
        }


class ClassifierScorer:
    """Computes scores with a classifier, against the training images.

    The default is a small classifier that is trained on the data set; its scores compare runs on
    one data set with each other. They are not the published Inception Scores, for which the
    ImageNet network is needed.

    Args:
      train: `amnat.data.Dataset`.
      load_test: callable without arguments that returns the test split.
      cache_dir: folder for trained classifiers and their outputs for the training images.
      classifier: see `amnat.evaluation.classifiers.HELP`.
      metrics: names from `registry.METRICS`.
      settings: `registry.Settings`; None for the defaults.
      flag_names: see `registry.with_flags_of_script`.

    Attributes:
      takes_labels: whether a score depends on the classes that samples were given.
      failures: {name in `metrics`: reason} of the last scores that could not be computed.
      accuracy: accuracy of the classifier on the test split, None if it is unknown.
      of_reference: {result name: number}, the scores of the training images.
      depends_on: dict of JSON values: what the scores depend on besides the samples.
    """

    def __init__(
        self,
        train: Dataset,
        load_test: Callable[[], Dataset],
        cache_dir: pathlib.Path,
        classifier: str = "small_cnn",
        metrics: Sequence[str] = ("is", "am", "classes"),
        settings: registry.Settings | None = None,
        flag_names: Mapping[str, str] | None = None,
    ):
        reference = dataset_source(train)
        opened, identity = open_classifier(
            classifier, reference, train, load_test, cache_dir / "classifiers"
        )
        self.accuracy = identity.get("test_accuracy")
        self._evaluation = Evaluation(
            metrics,
            settings or registry.Settings(),
            opened,
            identity,
            reference,
            train.num_samples,
            cache_dir,
            flag_names=flag_names,
        )
        self.takes_labels = registry.needs_images(metrics)
        self.failures: dict[str, str] = {}
        self._evaluation.classify_reference()
        self._evaluation.progress = False
        self.of_reference = self._evaluation.of_reference
        self.depends_on = self._evaluation.depends_on
        self._names = [name for metric in metrics for name in registry.METRICS[metric].better]

    def __call__(self, samples: np.ndarray, given: GivenLabels | None = None) -> dict[str, float]:
        """Scores float images [N, H, W, C] in [-1, 1], and the classes that they were given.

        Returns: {name: number}, with NaN for a score without a result.
        """
        scores = self._evaluation(ArraySource(samples, "samples", given=given), len(samples))
        self.failures = scores.failures
        return {name: scores.results.get(name, math.nan) for name in self._names}


def make_scorer(
    train: Dataset, load_test: Callable[[], Dataset], cache_dir: pathlib.Path, **kwargs: Any
) -> MixtureScorer | ClassifierScorer:
    """Makes the scorer that fits a data set; for the arguments see `ClassifierScorer`."""
    if train.mixture is not None:
        return MixtureScorer(train.mixture)
    return ClassifierScorer(train, load_test, cache_dir, **kwargs)
