"""Scores of sets of images by one classifier against one reference."""

from typing import NamedTuple

from amnat.errors import InputError
from amnat.evaluation.classifier_outputs import observe, observe_reference
from amnat.metrics import registry as suite


class Scores(NamedTuple):
    """What an `Evaluation` finds.

    Attributes:
      results: {result name: number}.
      failures: {name: reason} of scores that these images do not admit.
      record: dict of JSON values: results, failures and all that they depend on.
    """

    results: dict
    failures: dict
    record: dict


class Evaluation:
    """Takes the same scores of one set of images after another.

    The reference is classified when the first set is scored, or read from the cache.

    Args:
      metrics: names of `suite.METRICS`.
      settings: `suite.Settings`.
      classifier: `Classifier`.
      identity: dict that identifies it (`classifiers.open_classifier`).
      reference: `Source`.
      num_reference: images to take of it.
      cache_dir: see `observe_reference`.
      progress: whether to show bars.

    Attributes:
      of_reference: {result name: number} of the reference itself, empty before the first scores.
    """

    def __init__(
        self,
        metrics,
        settings,
        classifier,
        identity,
        reference,
        num_reference,
        cache_dir,
        progress=True,
    ):
        self.metrics = metrics
        self.settings = settings
        self.classifier = classifier
        self.identity = identity
        self.reference = reference
        self.num_reference = num_reference
        self.cache_dir = cache_dir
        self.progress = progress
        self.of_reference = {}
        self._observed = None

    def check(self, source):
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
                f"{source.name}: images {shape}, the classifier takes {list(expected)}; choose "
                "another --classifier"
            )

    def __call__(self, source, count):
        """Scores the first `count` images of a `Source`; Scores."""
        self.check(source)
        self.observe_reference()
        kept = self.settings.ssim_images if suite.needs_images(self.metrics) else 0
        observed = observe(source, count, self.classifier, kept, self.progress)
        results, failures = suite.compute(self.metrics, observed, self._observed, self.settings)
        record = {
            "samples": source.settings | {"count": count},
            "reference": self.reference.settings | {"count": self.num_reference},
            "classifier": self.identity,
            "settings": vars(self.settings),
            "results": results,
            "not_taken": failures,
            "reference_results": self.of_reference,
        }
        return Scores(results, failures, record)

    def observe_reference(self):
        """Classifies the reference, once."""
        if self._observed is None:
            self._observed = observe_reference(
                self.reference,
                self.num_reference,
                self.classifier,
                self.identity,
                self.cache_dir,
                self.progress,
            )
            self.of_reference = suite.scores_of_reference(
                self.metrics, self._observed, self.settings
            )
