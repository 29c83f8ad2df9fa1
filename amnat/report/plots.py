"""Charts that can be zoomed and hovered over, as JSON for Bokeh's script, which is in the page.

Bokeh is imported only here, and only in the functions.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from amnat.report.charts import Chart, Curve

import numpy as np

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

# Readable on white and on black.
_INK = "#7a7a7a"
_HEIGHT = 320
# A longer legend would be taller than its chart; the table of runs names the colours instead.
_MOST_IN_LEGEND = 14


@functools.cache
def script() -> str:
    """Bokeh's JavaScript, without its widgets and other parts that pages do not use."""
    from bokeh.resources import Resources

    return "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw)


def colour(number: int) -> str:
    """The colour of a curve, '#rrggbb'."""
    from bokeh.palettes import Category10_10

    return Category10_10[number % 10]


def chart_item(chart: Chart) -> dict[str, Any]:
    """A chart as what `Bokeh.embed.embed_item` takes. It has a linear and, where it has positive
    values, a logarithmic axis, of which the page shows one."""
    from bokeh.embed import json_item

    return dict(json_item(_figure(chart)))


def _source(curve: Curve) -> Any:
    from bokeh.models import ColumnDataSource

    data = {"x": curve.x, "y": curve.y, "smooth": curve.y}
    if curve.spread is not None:
        data |= {"low": curve.y - curve.spread, "high": curve.y + curve.spread}
    # Four bytes are as precise as a screen, and half of a page.
    # They hold the iterations of a run as they are, up to 16 million.
    small = {name: np.asarray(values, np.float32) for name, values in data.items()}
    return ColumnDataSource(small, name=curve.label)


def _figure(chart: Chart) -> Figure:
    from bokeh.models import HoverTool, NumeralTickFormatter
    from bokeh.models.annotations import Legend, LegendItem
    from bokeh.plotting import figure

    made = figure(
        height=_HEIGHT,
        sizing_mode="stretch_width",
        x_axis_label=chart.x_label,
        y_axis_label=chart.y_label,
        tools="pan,box_zoom,wheel_zoom,reset,save",
        toolbar_location="above",
    )
    items: list[LegendItem] = []
    for curve in chart.curves:
        lines = _draw(made, curve)
        if not curve.faint:
            items.append(LegendItem(label=curve.label, renderers=lines))
    ends = [float(each([each(curve.x) for curve in chart.curves])) for each in (min, max)]
    for label, value in chart.levels:
        # A Span would not count for the range of the axis.
        line: Any = made.line(ends, [value, value], line_dash="dashed", line_color=_INK)
        items.append(LegendItem(label=f"{label}, {value:.4g}", renderers=[line]))
    if (len(items) > 1 or chart.levels) and len(items) <= _MOST_IN_LEGEND:
        legend = Legend(items=items, click_policy="hide", ncols=2, location="left")
        made.add_layout(legend, "below")
        legend.update(label_text_color=_INK, label_text_font_size="9pt", border_line_alpha=0)
        legend.update(background_fill_alpha=0, padding=2, spacing=10)
    drawn: list[Any] = [each for each in made.renderers if "smooth" in each.tags]
    made.add_tools(
        HoverTool(
            renderers=drawn,
            tooltips=[
                ("", "$name"),
                (chart.x_label, "@x{0,0}"),
                ("value", "@y{0.0000a}" if chart.y_label.endswith("MB") else "@y{0.[000000]}"),
            ],
        )
    )
    if chart.may_be_log:
        _add_log_axis(made, chart.y_label)
    _colour_axes(made)
    made.xaxis.formatter = NumeralTickFormatter(format="0,0")
    return made


def _add_log_axis(made: Figure, label: str) -> None:
    """Adds a second axis and grid, which the page shows in place of the first ones."""
    from bokeh.models.axes import LogAxis
    from bokeh.models.grids import Grid

    axis = LogAxis(axis_label=label, visible=False)
    made.add_layout(axis, "left")
    made.add_layout(Grid(dimension=1, axis=axis, visible=False), "center")


def _draw(made: Figure, curve: Curve) -> list[Any]:
    """Draws a curve and its band; returns what its legend hides."""
    source = _source(curve)
    shade = colour(curve.colour)
    lines: list[Any] = []
    if curve.spread is not None:
        band = made.varea("x", "low", "high", source=source, color=shade, alpha=0.15)
        band.tags = ["band"]
        lines.append(band)
    style: dict[str, Any] = {"source": source, "color": shade, "name": curve.label}
    raw = made.line("x", "y", alpha=0.25, line_width=1, visible=False, **style)
    raw.tags = ["raw"]
    width, alpha = (1, 0.4) if curve.faint else (2, 1.0)
    smooth = made.line("x", "smooth", alpha=alpha, line_width=width, **style)
    smooth.tags = ["smooth"]
    # The first one of a legend's lines decides whether its name is grey.
    lines.insert(0, smooth)
    if len(curve.x) < 40 and not curve.faint:
        points = made.scatter("x", "smooth", size=5, **style)
        points.tags = ["points"]
        lines.append(points)
    return lines


def _colour_axes(made: Figure) -> None:
    made.update(background_fill_alpha=0, border_fill_alpha=0, outline_line_color=None)
    for axis in made.axis:
        axis.update(axis_label_text_color=_INK, major_label_text_color=_INK, axis_line_color=_INK)
        axis.update(major_tick_line_color=_INK, minor_tick_line_color=None)
        axis.update(axis_label_text_font_style="normal")
    for grid in made.grid:
        grid.update(grid_line_color=_INK, grid_line_alpha=0.25)
    made.toolbar.logo = None
