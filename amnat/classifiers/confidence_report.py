"""How sure classifiers are of negatives: confidences, their scores, files and text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat import json_text
from amnat.classifiers.negatives import network_images
from amnat.data.dataset import Dataset
from amnat.data.negatives import Negatives
from amnat.errors import InputError
from amnat.metrics.confidence import THRESHOLDS, maximum_confidence, negative_scores
from amnat.training.csv_table import write_table
from amnat.training.run_directory import write_atomically

import numpy as np
import scipy.special

if TYPE_CHECKING:
    from amnat.metrics.keras_classifier import KerasClassifier

BATCH_SIZE = 256
POSITIVES = "test images"


class ConfidenceReport(NamedTuple):
    """The confidences and scores of one classifier.

    Attributes:
      name: the classifier's name in tables and figures.
      test_accuracy: in [0, 1].
      confidences: {name: float64 [N]}, the maximum confidence of each sample, first of
        `POSITIVES`, then of each set of negatives.
      scores: {set of negatives: `confidence.negative_scores`}.
    """

    name: str
    test_accuracy: float
    confidences: dict[str, np.ndarray]
    scores: dict[str, dict[str, float]]


def confidence_report(
    name: str, classifier: KerasClassifier, test: Dataset, negative_sets: Mapping[str, Negatives]
) -> ConfidenceReport:
    """Computes the confidences and scores of one classifier.

    Args:
      name: the classifier's name in tables and figures.
      classifier: `KerasClassifier` that `train_classifier` made.
      test: `amnat.data.Dataset`, the positives.
      negative_sets: {name: `Negatives`}.

    Returns: ConfidenceReport.

    Raises: InputError, see `check_classifier`.
    """
    check_classifier(name, classifier, test)
    logits = _logits(classifier, test.samples)
    confidences = {POSITIVES: _confidences(logits)}
    for label, negatives in negative_sets.items():
        confidences[label] = _confidences(_logits(classifier, negatives.samples))
    scores = {
        label: negative_scores(confidences[POSITIVES], confidences[label])
        for label in negative_sets
    }
    accuracy = float(np.mean(logits.argmax(axis=1) == test.labels))
    return ConfidenceReport(name, accuracy, confidences, scores)


def check_classifier(name: str, classifier: KerasClassifier, test: Dataset) -> None:
    """Raises InputError unless the classifier takes these images and records how it standardises
    them."""
    shape, names = classifier.image_shape, classifier.class_names
    if (shape, names) != (test.sample_shape, test.class_names):
        raise InputError(
            f"{name}: a classifier of images {list(shape)} into {len(names)} classes "
            f"({', '.join(names[:3])}, ...), expected one of {list(test.sample_shape)} into those "
            f"of {test.name}"
        )
    if not {"mean", "variance"} <= set(classifier.metadata):
        raise InputError(
            f"{name}: its standardisation is not recorded, expected a classifier of "
            "tools/nat_classifier.py or tools/train_classifier.py"
        )


def _logits(classifier: KerasClassifier, samples: np.ndarray) -> np.ndarray:
    """float32 [N, K]; the classifier's own call would refuse noise, which exceeds its range."""
    mean, variance = (np.asarray(classifier.metadata[key]) for key in ("mean", "variance"))
    pieces = []
    for start in range(0, len(samples), BATCH_SIZE):
        images = network_images(samples[start : start + BATCH_SIZE], mean, variance)
        pieces.append(classifier.model(images, training=False)["logits"].numpy())
    return np.concatenate(pieces)


def _confidences(logits: np.ndarray) -> np.ndarray:
    return maximum_confidence(scipy.special.softmax(logits.astype(np.float64), axis=1))


def write_reports(
    reports: Sequence[ConfidenceReport],
    settings: dict[str, Any],
    json_file: str | os.PathLike[str],
    csv_file: str | os.PathLike[str],
) -> None:
    """Writes reports, as one JSON object and as a CSV table.

    Args:
      reports: ConfidenceReports; the first is the report of the run.
      settings: dict of JSON values to record in the JSON file.
      json_file, csv_file: paths.
    """
    record: dict[str, Any] = {
        "settings": settings,
        "classifiers": [
            {
                "name": report.name,
                "test_accuracy": report.test_accuracy,
                "test_images": len(report.confidences[POSITIVES]),
                "negatives": {
                    label: {"samples": len(report.confidences[label])} | scores
                    for label, scores in report.scores.items()
                },
            }
            for report in reports
        ],
    }
    rows = [
        {"classifier": entry["name"], "test_accuracy": entry["test_accuracy"], "negatives": label}
        | scores
        for entry in record["classifiers"]
        for label, scores in entry["negatives"].items()
    ]
    write_table(csv_file, rows)
    write_atomically(json_file, json_text.dumps(record, indent=1) + "\n")


def table(report: ConfidenceReport) -> str:
    """The report as text of several lines."""
    width = max(len(label) for label in (*report.scores, "negatives"))
    heads = [*(f"NCR {t:g}" for t in THRESHOLDS), "AUROC", "FPR95"]
    lines = [
        f"{report.name}: test accuracy {report.test_accuracy:.2%}",
        f"  {'negatives':{width}} samples" + "".join(f"{head:>9}" for head in heads),
    ]
    for label, scores in report.scores.items():
        count = len(report.confidences[label])
        values = "".join(f"{value:9.4f}" for value in scores.values())
        lines.append(f"  {label:{width}} {count:7,}{values}")
    return "\n".join(lines)
