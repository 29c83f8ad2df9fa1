"""Scores of sets of images, with one classifier and against one reference."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from amnat.errors import InputError
from amnat.evaluation.classifier_outputs import (
    classify,
    classify_reference,
    given_class_images,
    reference_key,
)
from amnat.evaluation.sources import Source
from amnat.metrics import registry
from amnat.metrics.classifier import Classifier


class Scores(NamedTuple):
    """The results of an `Evaluation`.

    Attributes:
      results: {result name: number}.
      failures: {name: reason} of scores that cannot be computed for these images.
      record: dict of JSON values: results, failures and everything that they depend on.
    """

    results: dict[str, float]
    failures: dict[str, str]
    record: dict[str, Any]


class Evaluation:
    """Computes the same scores for one set of images after another.

    The reference is classified, or read from the cache, when the first set is scored.

    Args:
      metrics: names in `registry.METRICS`.
      settings: `registry.Settings`.
      classifier: `Classifier`.
      identity: dict that identifies the classifier (`classifiers.open_classifier`).
      reference: `Source`.
      num_reference: number of reference images.
      cache_dir: see `classify_reference`.
      progress: whether to show bars.
      flag_names: the flags of the script in failures, see `registry.with_flags_of_script`.

    Attributes:
      of_reference: scores of the reference itself, {result name: number}; empty before the first
        set is scored.
      depends_on: dict of JSON values: what the scores depend on besides the images.
    """

    def __init__(
        self,
        metrics: Sequence[str],
        settings: registry.Settings,
        classifier: Classifier,
        identity: dict[str, Any],
        reference: Source,
        num_reference: int,
        cache_dir: str | os.PathLike[str],
        progress: bool = True,
        flag_names: Mapping[str, str] | None = None,
    ):
        self.metrics = metrics
        self.flag_names = flag_names or {}
        self.settings = settings
        self.classifier = classifier
        self.identity = identity
        self.reference = reference
        self.num_reference = num_reference
        self.cache_dir = cache_dir
        self.progress = progress
        self.of_reference: dict[str, float] = {}
        self.depends_on = reference_key(reference, num_reference, identity) | {
            "settings": vars(settings),
            "version": registry.VERSION,
        }
        self._outputs: registry.ClassifierOutputs | None = None

    def check(self, source: Source) -> None:
        """Raises InputError unless these images, the reference and the classifier fit."""
        shape = list(source.image_shape)
        if source.image_shape != self.reference.image_shape:
            raise InputError(
                f"{source.name}: images {shape}, expected {list(self.reference.image_shape)} as in "
                f"the reference {self.reference.name}"
            )
        expected = self.classifier.image_shape
        pairs = zip(expected, source.image_shape, strict=True)
        if any(size not in (None, found) for size, found in pairs):
            raise InputError(
                f"{source.name}: images {shape}, but the classifier takes {list(expected)}; choose "
                "another --classifier"
            )

    def __call__(self, source: Source, count: int) -> Scores:
        """Scores the first `count` images of a `Source`."""
        self.check(source)
        reference = self.classify_reference()
        kept = self._images_per_class()
        with _collected_warnings() as texts:
            outputs = classify(source, count, self.classifier, kept, self.progress)
            results, failures = registry.compute(self.metrics, outputs, reference, self.settings)
        failures = {
            name: registry.with_flags_of_script(text, self.flag_names)
            for name, text in failures.items()
        }
        record: dict[str, Any] = {
            "samples": source.settings | {"count": count},
            "reference": self.reference.settings
            | {"count": self.num_reference, "sha256": self.depends_on["images"]},
            "classifier": self.identity,
            "image_shape": list(source.image_shape),
            "settings": vars(self.settings),
            "version": registry.VERSION,
            "results": results,
            "not_taken": failures,
            "reference_results": self.of_reference,
        }
        if kept:
            given = source.given_labels(1) is not None
            record["ms_ssim_classes"] = "given" if given else "judged"
        if texts:
            record["warnings"] = texts
        return Scores(results, failures, record)

    def _images_per_class(self) -> int:
        return self.settings.ssim_images if registry.needs_images(self.metrics) else 0

    def classify_reference(self) -> registry.ClassifierOutputs:
        """The outputs of the classifier for the reference, which are computed only once."""
        if self._outputs is None:
            self._outputs = classify_reference(
                self.reference,
                self.num_reference,
                self.classifier,
                self.identity,
                self.cache_dir,
                self.progress,
            )
            kept = self._images_per_class()
            if kept:
                images = given_class_images(self.reference, self.num_reference, kept)
                self._outputs = dataclasses.replace(self._outputs, class_images=images)
            self.of_reference = registry.scores_of_reference(
                self.metrics, self._outputs, self.settings
            )
        return self._outputs


@contextlib.contextmanager
def _collected_warnings() -> Iterator[list[str]]:
    """Collects what the metrics warn of in its block, such as too few images for FID.

    The warnings are shown as well, after the block.
    """
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield texts
    for each in caught:
        if each.category is UserWarning and str(each.message) not in texts:
            texts.append(str(each.message))
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
