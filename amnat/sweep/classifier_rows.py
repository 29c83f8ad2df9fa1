"""Rows of a sweep that train classifiers: their results, table and ROC curves.

A run of tools/nat_classifier.py reports its confidences itself, in confidence.json and roc.csv.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amnat.metrics.confidence import THRESHOLDS
from amnat.metrics.detection import MEASURES, SCORE_NAMES
from amnat.training.csv_table import read_table

import numpy as np
from matplotlib.figure import Figure

# The folder of a run in that of its job.
RUN = "run"
ACCURACY = "test_accuracy"
COLUMNS = (
    *(ACCURACY, "ncr_0.9", "auroc", "aupr_in", "aupr_out", "fpr95"),
    *("max_logit_auroc", "energy_auroc", "entropy_auroc"),
)
# All results of a set of negatives, and which direction is better.
DIRECTIONS = {ACCURACY: "↑"} | {f"ncr_{threshold:g}": "↓" for threshold in THRESHOLDS}
DIRECTIONS |= {
    f"{'' if score == SCORE_NAMES[0] else f'{score}_'}{measure}": (
        "↓" if measure.startswith("fpr") else "↑"
    )
    for score in SCORE_NAMES
    for measure in MEASURES
}

# {name of a set of negatives or of a group: {result: number}}.
Results = dict[str, dict[str, float]]


def results(folder: pathlib.Path) -> Results | None:
    """The results of a job's run; None before it has ended.

    Args:
      folder: the job's folder.
    """
    try:
        record = json.loads((folder / RUN / "confidence.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    run = record["classifiers"][0]
    found = dict(run["negatives"])
    found |= {f"mean of {name}": scores for name, scores in run["groups"].items()}
    accuracy = {ACCURACY: run[ACCURACY]}
    return {
        name: {key: value for key, value in scores.items() if key in DIRECTIONS} | accuracy
        for name, scores in found.items()
    }


def markdown(columns: Sequence[str], rows: Mapping[str, Sequence[Results]]) -> str:
    """The table in Markdown: means and standard deviations (n - 1) over the seeds.

    Args:
      columns: names in `DIRECTIONS`.
      rows: {name of the row: the results of each seed}.
    """
    head = ["negatives", "run", "seeds", *(f"{name} {DIRECTIONS[name]}" for name in columns)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for negatives in dict.fromkeys(
        name for found in rows.values() for one in found for name in one
    ):
        for row, found in rows.items():
            own = [one[negatives] for one in found if negatives in one]
            if own:
                cells = [_cell([one[column] for one in own]) for column in columns]
                lines.append("| " + " | ".join([negatives, row, str(len(own)), *cells]) + " |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.4f}{spread}"


def report(
    columns: Sequence[str], rows: Mapping[str, Sequence[Results]], seeds: Sequence[str]
) -> str:
    """The table and the sentences that say what its numbers are; see `markdown`."""
    lines = [
        markdown(columns, rows),
        "↑ higher is better, ↓ lower is better. Names without a score are by the largest softmax "
        "probability; test images are the positive class of auroc, aupr_in and fpr95, negatives "
        "that of aupr_out and fpr95_out.",
    ]
    if len(seeds) > 1:
        lines.append(
            f"± is the standard deviation (n - 1) over the finished runs with the seeds "
            f"{', '.join(seeds)}. It is not the error of the mean."
        )
    else:
        lines.append(f"There is one seed, {seeds[0]}, so nothing is known of the spread over runs.")
    return "\n\n".join(lines)


def save_curves(
    path: str | os.PathLike[str], rows: Mapping[str, Sequence[pathlib.Path]]
) -> pathlib.Path | None:
    """Draws the ROC curves of all rows, a panel for each set of negatives and score.

    A line is the mean over the seeds of the share of test images at each share of negatives, and
    the band around it goes from the smallest to the largest.

    Args:
      path: path of the PNG file.
      rows: {name of the row: the folders of its jobs}.

    Returns: the path; None if no run has curves.
    """
    curves: dict[tuple[str, str], dict[str, list[np.ndarray]]] = {}
    for row, folders in rows.items():
        for folder in folders:
            for negatives, score, points in _curves_of(folder):
                curves.setdefault((negatives, score), {}).setdefault(row, []).append(points)
    if not curves:
        return None
    # A row has one colour, also in panels without another row's negatives.
    colors = {row: f"C{number % 10}" for number, row in enumerate(rows)}
    names = list(dict.fromkeys(negatives for negatives, _ in curves))
    size = len(names), len(SCORE_NAMES)
    figure = Figure(figsize=(4 * size[1], 3.5 * size[0]), dpi=100, layout="tight")
    panels = figure.subplots(*size, sharex=True, sharey=True, squeeze=False)
    for negatives, line in zip(names, panels, strict=True):
        for score, axes in zip(SCORE_NAMES, line, strict=True):
            _draw(axes, curves[negatives, score], colors)
            axes.set_title(f"{negatives}\n{score}", fontsize="medium")
    for axes in panels[-1]:
        axes.set_xlabel("share of negatives above the threshold")
    for axes in panels[:, 0]:
        axes.set_ylabel("share of test images")
    for row, color in colors.items():
        panels[0, 0].plot([], [], color=color, label=row)
    panels[0, 0].legend(loc="lower right")
    figure.savefig(path)
    return pathlib.Path(path)


def _curves_of(folder: pathlib.Path) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yields (negatives, score, points [G, 2]) of a job's classifier."""
    found: dict[str, list[dict[str, str]]] = {}
    rows = read_table(folder / RUN / "roc.csv")
    for row in rows:
        # The classifiers behind the first are those of --compare_to.
        if row["classifier"] == rows[0]["classifier"]:
            found.setdefault(row["negatives"], []).append(row)
    for negatives, points in found.items():
        for score in SCORE_NAMES:
            pairs = [(float(row["false_positive_rate"]), float(row[score])) for row in points]
            yield negatives, score, np.asarray(pairs)


def _draw(axes: Any, rows: Mapping[str, Sequence[np.ndarray]], colors: Mapping[str, str]) -> None:
    for row, runs in rows.items():
        shares, color = np.stack([run[:, 1] for run in runs]), colors[row]
        axes.plot(runs[0][:, 0], shares.mean(axis=0), color=color)
        ends = shares.min(axis=0), shares.max(axis=0)
        axes.fill_between(runs[0][:, 0], *ends, color=color, alpha=0.2, linewidth=0)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    axes.grid(True, alpha=0.3)
