"""How sure classifiers are of negatives: confidences, their scores, and the files of both."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat import json_text
from amnat.classifiers.negatives import network_images
from amnat.data.dataset import Dataset
from amnat.data.negatives import Negatives
from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.metrics.confidence import maximum_confidence, negative_scores
from amnat.metrics.detection import (
    GRID,
    SCORE_NAMES,
    detection_measures,
    detection_scores,
    roc_curve_at,
)
from amnat.training.csv_table import write_table

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
      scores: {set of negatives: {name: float}}, of `confidence.negative_scores`, and the measures
        of `detection.detection_measures`: by the largest confidence under their names, by another
        score as <score>_<measure>, such as energy_auroc.
      curves: {set of negatives: {score in `detection.SCORE_NAMES`: float64 [G]}}, the share of test
        images above the threshold at each share of negatives in `detection.GRID`.
      groups: {"near" or "far": the names of its sets}.
    """

    name: str
    test_accuracy: float
    confidences: dict[str, np.ndarray]
    scores: dict[str, dict[str, float]]
    curves: dict[str, dict[str, np.ndarray]]
    groups: dict[str, list[str]]

    def group_scores(self) -> dict[str, dict[str, float]]:
        """{group: the means of its sets' scores}, as OpenOOD has them of near and far sets."""
        found = {}
        for group, labels in self.groups.items():
            each = [self.scores[label] for label in labels]
            found[group] = {key: float(np.mean([one[key] for one in each])) for key in each[0]}
        return found


def confidence_report(
    name: str,
    classifier: KerasClassifier,
    test: Dataset,
    negative_sets: Mapping[str, Negatives],
    groups: Mapping[str, Sequence[str]] | None = None,
) -> ConfidenceReport:
    """Computes the confidences and scores of one classifier.

    Args:
      name: the classifier's name in tables and figures.
      classifier: `KerasClassifier` that `train_classifier` made.
      test: `amnat.data.Dataset`, the positives.
      negative_sets: {name: `Negatives`}.
      groups: {"near" or "far": the names of its sets}.

    Returns: ConfidenceReport.

    Raises: InputError, see `check_classifier`.
    """
    check_classifier(name, classifier, test)
    logits = _logits(classifier, test.samples)
    positives = detection_scores(logits)
    confidences = {POSITIVES: _confidences(logits)}
    scores: dict[str, dict[str, float]] = {}
    curves: dict[str, dict[str, np.ndarray]] = {}
    for label, negatives in negative_sets.items():
        found = _logits(classifier, negatives.samples)
        confidences[label] = _confidences(found)
        scores[label] = negative_scores(confidences[POSITIVES], confidences[label])
        curves[label] = {}
        for score, values in detection_scores(found).items():
            pair = positives[score], values
            prefix = "" if score == SCORE_NAMES[0] else f"{score}_"
            measures = detection_measures(*pair)
            scores[label] |= {f"{prefix}{key}": value for key, value in measures.items()}
            curves[label][score] = roc_curve_at(*pair)
    accuracy = float(np.mean(logits.argmax(axis=1) == test.labels))
    named = {group: list(labels) for group, labels in (groups or {}).items()}
    return ConfidenceReport(name, accuracy, confidences, scores, curves, named)


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
    curves_file: str | os.PathLike[str],
) -> None:
    """Writes reports, as one JSON object and as a CSV table, and their ROC curves.

    Args:
      reports: ConfidenceReports; the first is the report of the run.
      settings: dict of JSON values to record in the JSON file.
      json_file, csv_file, curves_file: paths. A row of the table is for a set of negatives, or for
        the mean over a group of them; a row of the curves for a share of negatives.
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
                "groups": {
                    group: {"sets": report.groups[group]} | scores
                    for group, scores in report.group_scores().items()
                },
            }
            for report in reports
        ],
    }
    rows = [
        {"classifier": report.name, "test_accuracy": report.test_accuracy, "negatives": label}
        | {"samples": sum(len(report.confidences[each]) for each in labels)}
        | scores
        for report in reports
        for label, labels, scores in _rows(report)
    ]
    write_table(csv_file, rows)
    write_table(curves_file, [row for report in reports for row in _curve_rows(report)])
    write_atomically(json_file, json_text.dumps(record, indent=1) + "\n")


def _rows(report: ConfidenceReport) -> Iterator[tuple[str, list[str], dict[str, float]]]:
    """Yields (name, names of its sets, scores) of each set and group."""
    for label, scores in report.scores.items():
        yield label, [label], scores
    for group, scores in report.group_scores().items():
        yield f"mean of {group}", report.groups[group], scores


def _curve_rows(report: ConfidenceReport) -> Iterator[dict[str, Any]]:
    for label, curves in report.curves.items():
        for index, share in enumerate(GRID):
            shares = {score: round(float(curve[index]), 6) for score, curve in curves.items()}
            names = {"classifier": report.name, "negatives": label}
            yield names | {"false_positive_rate": round(float(share), 6)} | shares
