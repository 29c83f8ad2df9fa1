"""How sure a classifier is, as a figure: histograms, as in figure 4 of the NAT paper, and ROC
curves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from amnat.classifiers.confidence_report import POSITIVES, ConfidenceReport
from amnat.metrics.detection import GRID, SCORE_NAMES

import numpy as np
from matplotlib.figure import Figure

BINS = 25


def save_confidence_figure(
    path: str | os.PathLike[str], reports: Sequence[ConfidenceReport]
) -> None:
    """Draws, for each classifier, the share of samples by their maximum confidence, and below it
    the ROC curves of that confidence.

    Args:
      path: path of the PNG file.
      reports: `ConfidenceReport`s of the same sets.
    """
    figure = Figure(figsize=(6 * len(reports), 9), dpi=100, layout="tight")
    histograms, curves = figure.subplots(2, len(reports), sharey="row", squeeze=False)
    for upper, lower, report in zip(histograms, curves, reports, strict=True):
        _draw_histograms(upper, report)
        _draw_curves(lower, report)
    histograms[0].set_ylabel("share of the samples")
    histograms[0].legend(loc="upper center")
    curves[0].set_ylabel("share of test images above the threshold")
    figure.savefig(path)


def _draw_histograms(axes: Any, report: ConfidenceReport) -> None:
    for label, values in report.confidences.items():
        share = np.full(len(values), 1 / len(values))
        style = {"alpha": 0.35, "histtype": "stepfilled"} if label == POSITIVES else {}
        axes.hist(
            values,
            np.linspace(0, 1, BINS + 1),
            weights=share,
            label=label,
            **{"histtype": "step", "linewidth": 1.5} | style,
        )
    axes.set(title=f"{report.name}, test accuracy {report.test_accuracy:.2%}")
    axes.set(xlabel="maximum confidence", xlim=(0, 1), ylim=(0, 1))
    axes.grid(True, alpha=0.3)


def _draw_curves(axes: Any, report: ConfidenceReport) -> None:
    # The first colour is that of the test images above.
    for number, (label, curves) in enumerate(report.curves.items(), 1):
        name = f"{label}: AUROC {report.scores[label]['auroc']:.4f}"
        axes.plot(GRID, curves[SCORE_NAMES[0]], label=name, color=f"C{number % 10}")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlabel="share of negatives above the threshold", xlim=(0, 1), ylim=(0, 1.01))
    axes.grid(True, alpha=0.3)
    axes.legend(loc="lower right")
