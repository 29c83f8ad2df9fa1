"""Charts as one picture, for readers without JavaScript, and on paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from amnat.drawing import new_figure
from amnat.report.charts import Chart
from amnat.report.pictures import Picture, from_bytes

import numpy as np
from matplotlib.axes import Axes

# A picture of more charts would be taller than readers scroll.
MOST_CHARTS = 24
_COLUMNS = 2
_DPI = 70


def still(charts: Sequence[Chart], label: str = "The curves as a picture") -> Picture | None:
    """The first MOST_CHARTS charts in two columns; None if there is no chart."""
    shown = charts[:MOST_CHARTS]
    if not shown:
        return None
    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = new_figure(12 if columns > 1 else 8, 3.2 * rows, _DPI)
    all_axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, chart in zip(all_axes, shown, strict=False):
        _draw(axes, chart)
    for axes in all_axes[len(shown) :]:
        axes.set_visible(False)
    # A layout that measures its texts would draw everything twice.
    height = 3.2 * rows
    figure.subplots_adjust(
        left=0.07, right=0.98, top=1 - 0.3 / height, bottom=0.55 / height, wspace=0.16, hspace=0.42
    )
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return from_bytes(stream.getvalue(), label)


def _draw(axes: Axes, chart: Chart) -> None:
    for curve in chart.curves:
        style: dict[str, Any] = {"color": f"C{curve.colour % 10}"}
        style["linewidth"] = 0.7 if curve.faint else 1.5
        marker = "." if len(curve.x) < 40 and not curve.faint else ""
        label = "" if curve.faint else curve.label
        alpha = 0.5 if curve.faint else 1
        axes.plot(curve.x, curve.y, label=label, marker=marker, alpha=alpha, **style)
        if curve.spread is not None:
            low, high = curve.y - curve.spread, curve.y + curve.spread
            axes.fill_between(curve.x, low, high, color=style["color"], alpha=0.15, linewidth=0)
    for label, value in chart.levels:
        if np.isfinite(value):
            axes.axhline(value, color="black", linestyle="--", linewidth=1, label=label)
    if chart.starts_log:
        axes.set_yscale("log")
    axes.set_title(chart.title, fontsize=10)
    axes.set_xlabel(chart.x_label, fontsize=8)
    axes.set_ylabel(chart.y_label, fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(True, alpha=0.3)
    named = axes.get_legend_handles_labels()[1]
    if 1 < len(named) <= 14:
        axes.legend(fontsize=7, ncols=2 if len(named) > 6 else 1)
