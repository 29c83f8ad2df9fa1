"""What classifiers make of negatives: confidences, their scores, files and text."""

import csv
import io
import json
from typing import NamedTuple

from amnat.classifiers.negatives import network_images
from amnat.errors import InputError
from amnat.metrics.confidence import THRESHOLDS, maximum_confidence, negative_scores
from amnat.training.run_directory import write_atomically

import numpy as np
import scipy.special

BATCH_SIZE = 256
POSITIVES = "test images"


class ConfidenceReport(NamedTuple):
    """One classifier on the same data as others.

    Attributes:
      name: what tables and figures call it.
      test_accuracy: in [0, 1].
      confidences: {name: float64 [N]} of the maximum confidence, first of `POSITIVES`, then of each
        set of negatives.
      scores: {set of negatives: `confidence.negative_scores`}.
    """

    name: str
    test_accuracy: float
    confidences: dict
    scores: dict


def confidence_report(name, classifier, test, negative_sets):
    """Takes the confidences and scores of one classifier.

    Args:
      name: of the report.
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


def check_classifier(name, classifier, test):
    """Raises InputError unless the classifier is one for these images and says how it
    standardises them."""
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


def _logits(classifier, samples):
    """float32 [N, K]. Noise lies outside the range that a classifier's own call accepts."""
    mean, variance = (np.asarray(classifier.metadata[key]) for key in ("mean", "variance"))
    pieces = []
    for start in range(0, len(samples), BATCH_SIZE):
        images = network_images(samples[start : start + BATCH_SIZE], mean, variance)
        pieces.append(classifier.model(images, training=False)["logits"].numpy())
    return np.concatenate(pieces)


def _confidences(logits):
    return maximum_confidence(scipy.special.softmax(logits.astype(np.float64), axis=1))


def write_reports(reports, settings, json_file, csv_file):
    """Writes what was found, as one JSON object and as a table.

    Args:
      reports: ConfidenceReports; the first is that of the run.
      settings: dict of JSON values to keep in the JSON.
      json_file, csv_file: paths.
    """
    record = {
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
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(csv_file, text.getvalue())
    write_atomically(json_file, json.dumps(record, indent=1) + "\n")


def table(report):
    """The report as lines of text."""
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
