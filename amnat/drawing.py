"""Figures that are drawn into memory. The user's backend, of a notebook for instance, is not used,
and not changed."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def new_figure(width: float, height: float, dpi: int = 100) -> Figure:
    """An empty figure of a size in inches."""
    figure = Figure(figsize=(width, height), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure to an image file atomically; the suffix is the format."""
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        figure.savefig(partial)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def pixels_of(figure: Figure) -> np.ndarray:
    """Draws a figure of `new_figure`; returns uint8 [height, width, 3]."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg), "a figure of new_figure has one"
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
