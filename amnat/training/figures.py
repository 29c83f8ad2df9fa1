"""Figures of a run: sample sheets, their evolution, curves. Does not load TensorFlow."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable, Mapping, Sequence

from amnat import sheets
from amnat.data.dataset import Dataset, scale
from amnat.data.negatives import Negatives
from amnat.drawing import new_figure, pixels_of, save_figure
from amnat.metrics import registry
from amnat.training.run_directory import RunDirectory

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from PIL import Image

MAX_FRAMES = 60
MOST_COLORS = 64
# Sheets with more rows than this show no class in each row.
MOST_CLASS_ROWS = 20
SHEET_COLUMNS, SHEET_IMAGES = 10, 100
# {label of an axis: the end of the names in metrics.csv}.
LOGITS = {
    "logit, or value of the critic": "r2",
    "probability of being real": "rsum",
    "largest class probability": "rmax",
}
# {label of a logarithmic axis: its name in metrics.csv}: the two losses of an auto-encoder, which
# differ by powers of ten. Both are squares of the discriminator's features, which have no unit.
AUTO_ENCODER = {
    "reconstruction:\nmean squared difference of features": "loss_enc_recon",
    "regulariser:\nsquared difference of mean distances": "loss_enc_reg",
}
# {name in metrics.csv: label of its axis}.
SHARES = {
    "accuracy_real": "accuracy on real samples",
    "match_fake": "cosine to the target, generated",
}


def scatter_sheet(generated: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Draws generated points over real ones.

    Args:
      generated, real: float [N, 2]; at most 5,000 of each are drawn.

    Returns: uint8 [600, 600, 3].
    """
    figure = new_figure(6, 6)
    axes = figure.subplots()
    axes.scatter(real[:5000, 0], real[:5000, 1], s=1, color="tab:blue", label="real data")
    axes.scatter(
        generated[:5000, 0], generated[:5000, 1], s=1, color="tab:red", label="generated data"
    )
    axes.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal")
    axes.legend(loc="upper right", markerscale=6)
    figure.tight_layout()
    return pixels_of(figure)


def save_sheet(run: RunDirectory, kind: str, iteration: int, sheet: sheets.Sheet) -> np.ndarray:
    """Writes a sheet to samples/, raw if the run's are; returns its pixels, uint8 [H, W, 3]."""
    title = run.title, f"iteration {iteration:,}"
    pixels, entries = sheets.draw(sheet, title, run.raw_sheets)
    sheets.save_image(run.samples / sheet_name(iteration, kind), pixels, entries)
    return pixels


def save_scatter(
    run: RunDirectory, iteration: int, generated: np.ndarray, real: np.ndarray
) -> np.ndarray:
    """Writes the `scatter_sheet` of an iteration to samples/; returns its pixels."""
    title = [text for text in (run.title, f"iteration {iteration:,}") if text]
    pixels, entries = sheets.captioned(scatter_sheet(generated, real), title)
    sheets.save_image(run.samples / sheet_name(iteration), pixels, entries)
    return pixels


def save_data_sheets(run: RunDirectory, dataset: Dataset, negatives: Negatives | None) -> None:
    """Writes samples/real.png and samples/negatives.png, unless a run has them already.

    A data set of at most 20 classes has a row for each.
    """
    found = {}
    if dataset.is_image:
        found["real.png"] = _real_sheet(dataset), f"{dataset.name}: real images for training"
    if negatives is not None and negatives.samples.ndim == 4:
        images = _scaled(negatives, _spread(negatives.num_samples))
        found["negatives.png"] = sheets.Sheet(images), f"negatives: {negatives.name}"
    for name, (sheet, title) in found.items():
        path = run.samples / name
        if not path.exists():
            sheets.save_image(path, *sheets.draw(sheet, [title], run.raw_sheets))


def _real_sheet(dataset: Dataset) -> sheets.Sheet:
    if not 1 < dataset.num_classes <= MOST_CLASS_ROWS:
        return sheets.Sheet(_scaled(dataset, _spread(dataset.num_samples)))
    rows = np.concatenate(
        [
            np.flatnonzero(dataset.labels == label)[:SHEET_COLUMNS]
            for label in range(dataset.num_classes)
        ]
    )
    images = _scaled(dataset, rows)
    return sheets.class_sheet(images, dataset.labels[rows], dataset.class_names, SHEET_COLUMNS)


def _spread(count: int) -> np.ndarray:
    """The rows of at most 100 samples, spread evenly over all of them."""
    chosen = np.linspace(0, count - 1, min(SHEET_IMAGES, count))
    return chosen.round().astype(np.int64)


def _scaled(source: Dataset | Negatives, rows: np.ndarray) -> np.ndarray:
    samples = source.samples[rows]
    return scale(samples) if samples.dtype == np.uint8 else samples


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


def save_evolution(
    folder: pathlib.Path, path: pathlib.Path, title: str = "", milliseconds: int = 150
) -> None:
    """Writes the sample sheets of a folder as an endless GIF that shows the last one longer.

    Every frame says its iteration. Sheets of another size than the last one, which an earlier
    version of the program drew, are left out.
    """
    found = sheets_in_order(folder)
    if not found:
        return
    chosen = np.unique(np.linspace(0, len(found) - 1, MAX_FRAMES).round().astype(int))
    frames = [_frame(found[index], title) for index in chosen]
    frames = [frame for frame in frames if frame.size == frames[-1].size]
    durations = [milliseconds] * (len(frames) - 1) + [2000]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _frame(found: tuple[int, pathlib.Path], title: str) -> Image.Image:
    """A sheet, (iteration, path), at half its size, with a title at full size."""
    iteration, path = found
    with Image.open(path) as sheet:
        top = int(getattr(sheet, "text", {}).get(sheets.TITLE_HEIGHT_KEY, 0))
        body = sheet.crop((0, top, sheet.width, sheet.height)).convert("RGB")
    smaller = body.resize((body.width // 2, body.height // 2), Image.Resampling.BOX)
    lines = [text for text in (title, f"iteration {iteration:,}") if text]
    return sheets.with_caption(smaller, lines).quantize(MOST_COLORS)


def save_curves(
    path: pathlib.Path,
    columns: Mapping[str, Sequence[float]],
    panels: Mapping[str, Iterable[str]],
    title: str = "",
    real: float | None = None,
    is_logarithmic: bool = False,
) -> None:
    """Draws columns of a CSV file over the iterations; a band shows the standard deviation.

    Args:
      columns: {name: [float, ...]} with 'iteration'; a column `name`_std gives the band of `name`.
      panels: {label of the y axis: the columns to draw}, one below the other; absent columns are
        left out, and panels without any.
      real: the value of real data, drawn as a line.
      is_logarithmic: whether the y axes are; values of 0 are left out then, and so are the bands.
    """
    if is_logarithmic:
        columns = {name: values for name, values in columns.items() if not name.endswith("_std")}
    drawn = {label: [name for name in names if name in columns] for label, names in panels.items()}
    drawn = {label: names for label, names in drawn.items() if names}
    if not drawn:
        return
    figure = new_figure(8, 4.5 if len(drawn) == 1 else 1 + 3 * len(drawn))
    all_axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (label, names) in zip(all_axes, drawn.items(), strict=True):
        _draw_curves(axes, columns, names)
        if is_logarithmic:
            axes.set_yscale("log", nonpositive="mask")
        if real is not None and np.isfinite(real):
            axes.axhline(real, color="black", linestyle="--", linewidth=1, label="real data")
        _add_legend(axes, any(f"{name}_std" in columns for name in names))
        axes.set(ylabel=label)
        axes.grid(True, alpha=0.3)
    all_axes[0].set_title(title)
    all_axes[-1].set_xlabel("iteration")
    figure.tight_layout()
    save_figure(figure, path)


def _draw_curves(axes: Axes, columns: Mapping[str, Sequence[float]], names: Sequence[str]) -> None:
    iterations = np.asarray(columns["iteration"])
    for name in names:
        values = np.asarray(columns[name])
        (line,) = axes.plot(iterations, values, label=name, marker="." if len(values) < 40 else "")
        if f"{name}_std" in columns:
            spread = np.asarray(columns[f"{name}_std"])
            low, high = values - spread, values + spread
            axes.fill_between(iterations, low, high, color=line.get_color(), alpha=0.15)


def _add_legend(axes: Axes, has_band: bool) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if has_band:
        handles.append(Patch(color="0.5", alpha=0.3))
        labels.append("\N{PLUS-MINUS SIGN} standard deviation of the iterations")
    axes.legend(handles, labels, fontsize="small", ncols=2 if len(labels) > 6 else 1)


def save_score_curve(
    path: pathlib.Path,
    columns: Mapping[str, Sequence[float]],
    name: str,
    title: str = "",
    real: float | None = None,
) -> None:
    """Draws a score over the iterations, with the real data's and the better direction."""
    save_curves(path, columns, {registry.label_of(name): [name]}, title, real)


def save_plots(run: RunDirectory, real: Mapping[str, float] | None = None) -> None:
    """Redraws the curves of a run from its CSV files; each part of a file has its own figures.

    Args:
      real: {score: that of real data}.
    """
    table = run.table(run.metrics_file)
    for part in table.parts():
        _save_metrics(run, run.read_rows(part), table.suffix(part))
    table = run.table(run.scores_file)
    for part in table.parts():
        scores = run.read_rows(part)
        for name in scores:
            if name != "iteration":
                path = run.plots / f"score_{name}{table.suffix(part)}.png"
                save_score_curve(path, scores, name, run.title, (real or {}).get(name))


def _save_metrics(run: RunDirectory, metrics: Mapping[str, Sequence[float]], suffix: str) -> None:
    losses = sorted(name for name in metrics if "loss" in name and not name.endswith("_std"))
    losses = [name for name in losses if name not in AUTO_ENCODER.values()]
    # Without further terms a player's total is its adversarial loss, and one curve is enough.
    for player in ("dis", "gen"):
        if metrics.get(f"loss_{player}_gan") == metrics.get(f"loss_{player}_total"):
            losses = [name for name in losses if name != f"loss_{player}_gan"]
    logits = sorted(name for name in metrics if "logit" in name and not name.endswith("_std"))
    by_axis = {
        label: [name for name in logits if name.endswith(end)] for label, end in LOGITS.items()
    }
    save_curves(run.plots / f"losses{suffix}.png", metrics, {"loss": losses}, run.title)
    save_curves(run.plots / f"logits{suffix}.png", metrics, by_axis, run.title)
    encoder = {label: [name] for label, name in AUTO_ENCODER.items()}
    path = run.plots / f"auto_encoder{suffix}.png"
    save_curves(path, metrics, encoder, run.title, is_logarithmic=True)
    shares = {label: [name] for name, label in SHARES.items()}
    save_curves(run.plots / f"shares{suffix}.png", metrics, shares, run.title)
