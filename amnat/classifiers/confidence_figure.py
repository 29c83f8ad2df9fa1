"""The histogram of maximum confidence, as in figure 4 of the NAT paper."""

from __future__ import annotations

import os
from collections.abc import Sequence

from amnat.classifiers.confidence_report import POSITIVES, ConfidenceReport

import numpy as np
from matplotlib.figure import Figure

BINS = 25


def save_confidence_figure(
    path: str | os.PathLike[str], reports: Sequence[ConfidenceReport]
) -> None:
    """Draws a panel per classifier: the share of samples by their maximum confidence.

    Args:
      path: path of the PNG file.
      reports: `ConfidenceReport`s of the same sets.
    """
    figure = Figure(figsize=(6 * len(reports), 4.5), dpi=100, layout="tight")
    panels = figure.subplots(1, len(reports), sharey=True, squeeze=False)[0]
    for axes, report in zip(panels, reports, strict=True):
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
    panels[0].set_ylabel("share of the samples")
    panels[0].legend(loc="upper center")
    figure.savefig(path)
