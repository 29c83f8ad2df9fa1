"""Figures of a run: sample sheets, their evolution, curves. Does not load TensorFlow."""

from __future__ import annotations

import math
import os
import pathlib
import re
from collections.abc import Iterable, Mapping, Sequence

from amnat.data import unscale
from amnat.drawing import new_figure, pixels_of
from amnat.training.run_directory import RunDirectory

import numpy as np
from PIL import Image

# Each pixel of a sheet is drawn three times as wide and high, as in the AM-GAN authors' code.
ENLARGEMENT = 3
MAX_FRAMES = 60
EMPTY_CELL = 128
# Logged quantities in [0, 1]: the accuracy on real samples, and the share of fake samples in their
# target class.
SHARES = ("accuracy_real", "match_fake")


def image_sheet(images: np.ndarray, columns: int = 10) -> np.ndarray:
    """Tiles images into one image, row by row.

    Args:
      images: float [N, H, W, C] in [-1, 1], C 1 or 3.

    Returns: uint8 [rows * H * 3, columns * W * 3, 3].
    """
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, height, width, channels), np.uint8)
    tiles[:count] = unscale(images)
    sheet = tiles.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    sheet = sheet.reshape(rows * height, columns * width, channels)
    sheet = np.broadcast_to(sheet, (*sheet.shape[:2], 3))
    return sheet.repeat(ENLARGEMENT, axis=0).repeat(ENLARGEMENT, axis=1)


def class_sheet(
    images: np.ndarray, classes: np.ndarray, num_classes: int, columns: int = 10
) -> np.ndarray:
    """Tiles the first images of every class, one row per class; missing ones are grey.

    Args:
      images: float [N, H, W, C] in [-1, 1], C 1 or 3.
      classes: int [N], in [0, num_classes).

    Returns: uint8 [num_classes * H * 3, columns * W * 3, 3].
    """
    cells = np.zeros((num_classes * columns, *images.shape[1:]), np.float32)
    empty = np.ones(len(cells), bool)
    for label in range(num_classes):
        found = images[classes == label][:columns]
        cells[label * columns :][: len(found)] = found
        empty[label * columns :][: len(found)] = False
    sheet = image_sheet(cells, columns)
    height, width = (ENLARGEMENT * side for side in images.shape[1:3])
    tiles = sheet.reshape(num_classes, height, columns, width, 3).swapaxes(1, 2)
    tiles[empty.reshape(num_classes, columns)] = EMPTY_CELL
    return sheet


def save_image(path: str | os.PathLike[str], pixels: np.ndarray) -> None:
    """Writes uint8 [H, W, 3] to a file atomically."""
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        Image.fromarray(pixels).save(partial)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def scatter_sheet(generated: np.ndarray, real: np.ndarray, title: str) -> np.ndarray:
    """Draws generated points over real ones.

    Args:
      generated, real: float [N, 2]; at most 5,000 of each are drawn.

    Returns: uint8 [H, W, 3].
    """
    figure = new_figure(6, 6)
    axes = figure.subplots()
    axes.scatter(real[:5000, 0], real[:5000, 1], s=1, color="tab:blue", label="real")
    axes.scatter(generated[:5000, 0], generated[:5000, 1], s=1, color="tab:red", label="generated")
    axes.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal", title=title)
    axes.legend(loc="upper right", markerscale=6)
    return pixels_of(figure)


def sheet_name(iteration: int, kind: str = "train") -> str:
    """The file name of a sheet, numbered as in the AM-GAN authors' code."""
    return f"{kind}_{iteration // 10000:02d}_{iteration % 10000:04d}.png"


def sheets_in_order(folder: pathlib.Path) -> list[tuple[int, pathlib.Path]]:
    """[(iteration, path), ...] of the sample sheets in a folder."""
    found = []
    for path in folder.glob("train_*.png"):
        match = re.fullmatch(r"train_(\d+)_(\d{4})\.png", path.name)
        if match:
            found.append((int(match[1]) * 10000 + int(match[2]), path))
    return sorted(found)


def save_evolution(folder: pathlib.Path, path: pathlib.Path, milliseconds: int = 150) -> None:
    """Writes the sample sheets of a folder as an endless GIF that shows the last one longer."""
    sheets = [sheet for _, sheet in sheets_in_order(folder)]
    if not sheets:
        return
    chosen = np.unique(np.linspace(0, len(sheets) - 1, MAX_FRAMES).round().astype(int))
    frames = []
    for index in chosen:
        with Image.open(sheets[index]) as sheet:
            smaller = sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.BOX)
            frames.append(smaller.quantize(64))
    durations = [milliseconds] * (len(frames) - 1) + [2000]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def save_curves(
    path: pathlib.Path, columns: Mapping[str, Sequence[float]], names: Iterable[str], ylabel: str
) -> None:
    """Draws columns of metrics.csv over the iterations; a band shows the standard deviation.

    Args:
      columns: {name: [float, ...]} with 'iteration'; a column `name`_std gives the band of `name`.
      names: the columns to draw; absent ones are left out.
    """
    names = [name for name in names if name in columns]
    if not names:
        return
    iterations = np.asarray(columns["iteration"])
    figure = new_figure(8, 4.5)
    axes = figure.subplots()
    for name in names:
        values = np.asarray(columns[name])
        (line,) = axes.plot(iterations, values, label=name, marker="." if len(values) < 3 else "")
        if f"{name}_std" in columns:
            spread = np.asarray(columns[f"{name}_std"])
            axes.fill_between(
                iterations, values - spread, values + spread, color=line.get_color(), alpha=0.15
            )
    axes.set(xlabel="iteration", ylabel=ylabel)
    axes.grid(True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def save_plots(run: RunDirectory) -> None:
    """Redraws the curves of a run from its CSV files; each part of a file has its own figures."""
    table = run.table(run.metrics_file)
    for part in table.parts():
        _save_metrics(run, run.read_rows(part), table.suffix(part))
    table = run.table(run.scores_file)
    for part in table.parts():
        scores = run.read_rows(part)
        for name in scores:
            if name != "iteration":
                path = run.plots / f"score_{name}{table.suffix(part)}.png"
                save_curves(path, scores, [name], name)


def _save_metrics(run: RunDirectory, metrics: Mapping[str, Sequence[float]], suffix: str) -> None:
    losses = sorted(name for name in metrics if "loss" in name and not name.endswith("_std"))
    # Without further terms a player's total is its adversarial loss, and one curve is enough.
    for player in ("dis", "gen"):
        if metrics.get(f"loss_{player}_gan") == metrics.get(f"loss_{player}_total"):
            losses = [name for name in losses if name != f"loss_{player}_gan"]
    logits = sorted(name for name in metrics if "logit" in name and not name.endswith("_std"))
    save_curves(run.plots / f"losses{suffix}.png", metrics, losses, "loss (nats)")
    label = "logit" if any(name.endswith("r2") for name in logits) else "probability"
    save_curves(run.plots / f"logits{suffix}.png", metrics, logits, label)
    shares = [name for name in metrics if name in SHARES]
    save_curves(run.plots / f"shares{suffix}.png", metrics, shares, "share")
