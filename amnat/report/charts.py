"""The curves of a page, and which of them share a chart."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from amnat.metrics import registry
from amnat.report.run_reader import Run
from amnat.report.tables import NumberTable
from amnat.training.figures import LOGITS, SHARES

import numpy as np

# Points of a curve in a page; of longer ones every n-th is shown.
MOST_POINTS = 1000
# Of several runs: each curve costs some kilobytes beside its points.
MOST_CURVES, MOST_POINTS_IN_ALL = 160, 40_000


@dataclasses.dataclass(frozen=True)
class Curve:
    """A line of a chart.

    Attributes:
      label: its name in the legend.
      x, y: float64 [N].
      spread: float64 [N], the standard deviation that is drawn as a band; None without a band.
      colour: the number of its colour.
      faint: whether it is one of several that another curve is the mean of.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    spread: np.ndarray | None = None
    colour: int = 0
    faint: bool = False


@dataclasses.dataclass(frozen=True)
class Chart:
    """Curves with a common axis.

    Attributes:
      title: the heading.
      x_label, y_label: the axes.
      curves: the lines.
      levels: [(label, value), ...], drawn as dashed lines.
      band: what a band is, as a sentence; "" without bands.
      starts_log: whether it is first shown with a logarithmic scale.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    levels: tuple[tuple[str, float], ...] = ()
    band: str = ""
    starts_log: bool = False

    @property
    def may_be_log(self) -> bool:
        """Whether a logarithmic scale has anything to show."""
        return any((curve.y[np.isfinite(curve.y)] > 0).any() for curve in self.curves)


def thinned(curve: Curve, most: int = MOST_POINTS) -> Curve:
    """A curve with at most `most` points, evenly spread, the last one among them."""
    if len(curve.x) <= most:
        return curve
    kept = np.unique(np.linspace(0, len(curve.x) - 1, most).round().astype(int))
    spread = None if curve.spread is None else curve.spread[kept]
    return dataclasses.replace(curve, x=curve.x[kept], y=curve.y[kept], spread=spread)


def charts_of_run(run: Run) -> list[Chart]:
    """The charts of one run: losses, logits and other curves, scores, time and memory."""
    found = []
    for table in sorted(run.numbers, key=lambda table: not table.name.startswith("metrics")):
        if table.name.partition("_")[0] == "scores":
            names = [name for name in table.columns if not _is_spread(name, table)]
            found += [_score_chart(run, table, name) for name in names]
        else:
            found += [_chart(table, *panel) for panel in panels(table)]
    return [*found, *_costs(run)]


def panels(table: NumberTable) -> list[tuple[str, str, list[str]]]:
    """Which columns share a chart, [(title, label of the axis, columns), ...]."""
    names = [name for name in table.columns if not _is_spread(name, table)]
    for player in ("dis", "gen"):
        # Without further terms a player's total is its adversarial loss, and one curve is enough.
        adversarial, total = (table.columns.get(f"loss_{player}_{end}") for end in ("gan", "total"))
        if adversarial is not None and total is not None and np.array_equal(adversarial, total):
            names.remove(f"loss_{player}_gan")
    found = [("Losses", "loss", [name for name in names if "loss" in name])]
    rest = [name for name in names if "loss" not in name]
    for label, end in LOGITS.items():
        chosen = [name for name in rest if "logit" in name and name.endswith(end)]
        found.append((label[0].upper() + label[1:], label, chosen))
    found += [(label[0].upper() + label[1:], label, [name]) for name, label in SHARES.items()]
    taken = {name for *_, chosen in found for name in chosen}
    if table.name in ("metrics", "log") or table.name.startswith("metrics_"):
        found += [(name, name, [name]) for name in rest if name not in taken]
    else:
        others = [name for name in rest if name not in taken]
        found.append((table.name.replace("_", " "), "value", others))
    part = table.name.rpartition("_")[2]
    suffix = f", part {part}" if part.isdecimal() else ""
    kept = [
        (title + suffix, label, [name for name in chosen if name in table.columns])
        for title, label, chosen in found
    ]
    return [each for each in kept if each[2]]


def _is_spread(name: str, table: NumberTable) -> bool:
    """Whether a column is the standard deviation of another."""
    return name.endswith("_std") and bool(
        {name.removesuffix("_std"), f"{name.removesuffix('_std')}_mean"} & set(table.columns)
    )


def _spread_of(name: str, table: NumberTable) -> np.ndarray | None:
    """The standard deviations that belong to a column; None if there are none."""
    return table.columns.get(f"{name}_std", table.columns.get(f"{name.removesuffix('_mean')}_std"))


def _chart(table: NumberTable, title: str, label: str, names: Sequence[str]) -> Chart:
    curves = []
    for number, name in enumerate(names):
        spread = _spread_of(name, table)
        curves.append(thinned(Curve(name, table.steps, table.columns[name], spread, number)))
    has_band = any(curve.spread is not None for curve in curves)
    band = "A band is the standard deviation of the iterations between two points."
    return Chart(title, table.step_name, label, tuple(curves), band=band if has_band else "")


def _score_chart(run: Run, table: NumberTable, name: str) -> Chart:
    levels = [("real data", run.real_scores[name])] if name in run.real_scores else []
    if name in run.paper and is_published_judge(run):
        levels.append(("the paper", run.paper[name]))
    spread = _spread_of(name, table)
    curve = thinned(Curve(name, table.steps, table.columns[name], spread))
    suffix = table.name.removeprefix("scores").replace("_", ", part ")
    band = "" if spread is None else "The band is the standard deviation of the score."
    # The title has the direction; an axis is too short for it.
    axis = name.replace("_", " ")
    title = score_label(name) + suffix
    return Chart(title, table.step_name, axis, (curve,), tuple(levels), band)


def score_label(name: str) -> str:
    """A score's name with its better direction: "Inception score (higher is better)"."""
    label = registry.label_of(name)
    return label[0].upper() + label[1:]


def is_published_judge(run: Run) -> bool:
    """Whether a run's scores come from the ImageNet network, as those of the papers do."""
    return "inception" in run.flags.get("score_classifier", "")


def _costs(run: Run) -> list[Chart]:
    found = []
    for title, label, values in (
        ("Time", "seconds per iteration", run.log.seconds),
        ("Memory", "resident memory in MB", run.log.megabytes),
    ):
        if values:
            x = np.array(sorted(values), np.float64)
            y = np.array([values[int(each)] for each in x])
            found.append(Chart(title, "iteration", label, (thinned(Curve(label, x, y)),)))
    return found


def charts_of_groups(groups: dict[str, list[Run]]) -> tuple[list[Chart], list[str]]:
    """The curves of several runs, a chart for each column, with the mean and the spread of groups.

    Args:
      groups: {name: runs that differ in their seeds only}.

    Returns: (charts, those of scores and losses first; sentences about what was left out).
    """
    columns, notes = _columns(groups), []
    num_runs = sum(map(len, groups.values()))
    with_runs = len(columns) * (num_runs + len(groups)) <= MOST_CURVES
    if not with_runs and num_runs > len(groups):
        notes.append("The charts show means only: there are too many runs for a curve of each.")
    shown = columns[: max(4, MOST_CURVES // (len(groups) + (num_runs if with_runs else 0)))]
    if len(shown) < len(columns):
        names = ", ".join(name for *_, name in columns[len(shown) :])
        notes.append(f"Too many for one page, and left out: {names}.")
    points = MOST_POINTS_IN_ALL // max(1, len(shown) * num_runs)
    points = min(MOST_POINTS // 2, max(40, points))
    return [_group_chart(groups, key, with_runs, points) for key in shown], notes


def _columns(groups: dict[str, list[Run]]) -> list[tuple[str, str, str]]:
    """The columns of all runs, [(table, name of its steps, column), ...]."""
    found = dict.fromkeys(
        (table.name, table.step_name, name)
        for runs in groups.values()
        for run in runs
        for table in run.numbers
        for name in table.columns
        if not _is_spread(name, table)
    )
    return sorted(found, key=lambda key: (not key[0].startswith("scores"), "loss" not in key[2]))


def _group_chart(
    groups: dict[str, list[Run]], key: tuple[str, str, str], with_runs: bool, points: int
) -> Chart:
    table_name, step_name, name = key
    curves = [
        thinned(curve, points)
        for number, (group, runs) in enumerate(groups.items())
        for curve in _group_curves(group, number, runs, key)
        if with_runs or not curve.faint
    ]
    is_score = table_name.startswith("scores")
    title = score_label(name) if is_score else name
    title = title if table_name in ("metrics", "scores") else f"{title} ({table_name})"
    levels = _common_levels(groups, name) if is_score else ()
    several = any(curve.spread is not None for curve in curves)
    band = "A thick line is the mean over the seeds, a band its standard deviation (n - 1)."
    axis = name.replace("_", " ")
    return Chart(title, step_name, axis, tuple(curves), levels, band if several else "")


def _common_levels(groups: dict[str, list[Run]], name: str) -> tuple[tuple[str, float], ...]:
    values = {
        run.real_scores[name] for runs in groups.values() for run in runs if name in run.real_scores
    }
    return (("real data", values.pop()),) if len(values) == 1 else ()


def _group_curves(
    group: str, number: int, runs: Sequence[Run], key: tuple[str, str, str]
) -> list[Curve]:
    """The curves of a group's runs, and their mean where there are several."""
    curves = []
    for run in runs:
        for table in run.numbers:
            if (table.name, table.step_name) == key[:2] and key[2] in table.columns:
                label = group if len(runs) == 1 else f"{group}, seed {run.seed or run.name}"
                curve = Curve(label, table.steps, table.columns[key[2]], None, number)
                curves.append(curve)
    if len(curves) < 2:
        return curves
    faint = [dataclasses.replace(each, faint=True) for each in curves]
    return [*faint, mean_curve(group, number, curves)]


def mean_curve(label: str, number: int, curves: Iterable[Curve]) -> Curve:
    """The mean and the standard deviation (n - 1) where all curves have a point."""
    points = [dict(zip(curve.x.tolist(), curve.y.tolist(), strict=True)) for curve in curves]
    common = sorted(set(points[0]).intersection(*points[1:]))
    values = np.array([[each[x] for x in common] for each in points]).reshape(len(points), -1)
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
    return Curve(f"{label}, mean of {len(points)}", np.array(common), mean, spread, number)
