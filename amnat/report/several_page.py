"""The page of several runs, or of a sweep: side by side, with means over seeds."""

from __future__ import annotations

import math
import os
import pathlib
import re
import statistics
from collections.abc import Sequence
from typing import Any

from amnat.report.charts import charts_of_groups, score_label
from amnat.report.pictures import Picture, sheet_frames
from amnat.report.rendering import Table, render
from amnat.report.run_page import commands, number, repeat_command, strips, warnings
from amnat.report.run_reader import Run, is_of_sweep

_SHEETS_SHARE = 0.45
# Flags in which runs of one group may differ: they say where, how often and with which seed.
_OF_A_RUN = re.compile(
    r"seed|.*_every|max_to_keep|data_dir|report|resume|.*[rR]esult_?(Dir|dir|Tag)|tag|out_dir"
)
MOST_STRIPS = 12


def several_page(runs: Sequence[Run], title: str, max_bytes: int) -> str:
    """The page of several runs as text.

    Args:
      runs: at least two.
      title: the heading.
      max_bytes: what the page should not be larger than.
    """
    groups = grouped(runs)
    shown = list(runs) if len(runs) <= MOST_STRIPS else [each[0] for each in groups.values()]
    shown, left = shown[:MOST_STRIPS], len(runs) - len(shown[:MOST_STRIPS])
    budget = int(max_bytes * _SHEETS_SHARE / max(1, len(shown)))
    notes = [f"The sheets of {left} further runs are left out."] if left > 0 else []
    named: list[tuple[str, list[Picture]]] = []
    for run in shown:
        frames, more = sheet_frames(run.sheets, budget, run_name(run, runs))
        named.append((run_name(run, runs), frames))
        notes += [f"{run_name(run, runs)}: {note}" for note in more]
    charts, chart_notes = charts_of_groups(groups)
    return render(
        "several.html",
        charts,
        title=title,
        lead=f"{len(runs)} runs in {len(groups)} groups; a group differs in the seed only.",
        warnings=[f"{run_name(run, runs)}: {text}" for run in runs for text in warnings(run)],
        means=_means(groups),
        results=_results(runs),
        notes=_notes(runs),
        strips=strips(named),
        sheet_notes=notes,
        chart_notes=chart_notes,
        differing=_differing(groups),
        commands=_commands(groups, runs),
    )


def run_name(run: Run, runs: Sequence[Run]) -> str:
    """The part of a run's path in which it differs from the others."""
    paths = [os.fspath(each.path.absolute()) for each in runs]
    shared = os.path.commonpath(paths)
    own = pathlib.Path(os.path.relpath(run.path.absolute(), shared))
    row, seed = _row_of_sweep(run)
    return f"{row}, seed {seed}" if row else str(own)


def _row_of_sweep(run: Run) -> tuple[str, str]:
    """(row, seed) of a run in a sweep's folder; ("", "") elsewhere."""
    if not is_of_sweep(run.path):
        return "", ""
    parent = run.path.absolute().parent
    return parent.parent.name, parent.name.removeprefix("seed")


def grouped(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """{name: runs that differ in their seeds and places only}, in the order of the runs."""
    found: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        settings = {name: text for name, text in run.flags.items() if not _is_of_a_run(name)}
        key = (_row_of_sweep(run)[0], run.script, run.data, tuple(sorted(settings.items())))
        # Without flags nothing is known: such runs stay apart.
        found.setdefault(key if run.flags else (run.path,), []).append(run)
    titles = [members[0].title for members in found.values()]
    named: dict[str, list[Run]] = {}
    for members in found.values():
        first = members[0]
        name = _row_of_sweep(first)[0] or first.title
        if titles.count(first.title) > 1 or name in named:
            name = _row_of_sweep(first)[0] or run_name(first, runs)
        named[name if name not in named else os.fspath(first.path)] = members
    return named


def _is_of_a_run(name: str) -> bool:
    return _OF_A_RUN.fullmatch(name) is not None


def _columns(runs: Sequence[Run]) -> list[str]:
    """The scores that the tables show; without scores, the losses."""
    scores = list(dict.fromkeys(name for run in runs for name in run.scores))
    return scores or ["loss_dis_total", "loss_gen_total"]


def _label(column: str) -> str:
    """The heading of a column; losses have no better direction."""
    return column if column.startswith("loss") else score_label(column)


def _value(run: Run, name: str) -> float:
    if name in run.scores:
        return run.scores[name]
    for table in run.numbers:
        if name in table.columns:
            return table.last(name)
    return math.nan


def _means(groups: dict[str, list[Run]]) -> Table:
    if all(len(runs) == 1 for runs in groups.values()):
        return Table([], [])
    columns = _columns([run for runs in groups.values() for run in runs])
    rows: list[list[Any]] = []
    for name, runs in groups.items():
        cells: list[Any] = [name, (str(len(runs)), str(len(runs)))]
        for column in columns:
            values = [_value(run, column) for run in runs]
            cells.append(_mean([value for value in values if math.isfinite(value)]))
        rows.append(cells)
    caption = "Means over the seeds, ± their standard deviation (n - 1)."
    header = ["group", "runs", *map(_label, columns)]
    return Table(header, rows, caption, sortable=True)


def _mean(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return "-", ""
    mean = statistics.fmean(values)
    spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    return f"{mean:.4g}{spread}", repr(mean)


def _results(runs: Sequence[Run]) -> Table:
    columns = _columns(runs)
    real = {name: run.real_scores[name] for run in runs for name in run.real_scores}
    rows: list[list[Any]] = []
    for run in runs:
        log = run.log
        memory = max(log.megabytes.values(), default=math.nan)
        minutes = log.total_seconds / 60 if log.seconds else math.nan
        rows.append(
            [
                run_name(run, runs),
                run.method or "-",
                run.data,
                (run.seed, run.seed),
                (f"{run.iterations:,}", str(run.iterations)),
                number(minutes),
                number(memory),
                *(number(_value(run, column)) for column in columns),
            ]
        )
    if any(name in real for name in columns):
        empty = ("", "")
        cells = [number(real.get(name, math.nan)) for name in columns]
        rows.append(["real data", "", "", empty, empty, empty, empty, *cells])
    header = ["run", "method", "data", "seed", "iterations", "minutes", "memory (MB)"]
    return Table([*header, *map(_label, columns)], rows, "Each run.", sortable=True)


def _notes(runs: Sequence[Run]) -> list[str]:
    found = []
    if not any(run.scores for run in runs):
        found.append("No run has scores; the losses are the last ones that were logged.")
    if len({run.data for run in runs}) > 1:
        found.append("The runs have different data: their scores cannot be compared.")
    judges = {run.flags.get("score_classifier", "") for run in runs if run.scores}
    if len(judges) > 1:
        found.append("The runs were scored by different classifiers and cannot be compared.")
    return found


def _differing(groups: dict[str, list[Run]]) -> Table:
    firsts = {name: runs[0] for name, runs in groups.items()}
    names = dict.fromkeys(name for run in firsts.values() for name in run.flags)
    rows = []
    for name in sorted(names):
        values = [run.flags.get(name, "-") for run in firsts.values()]
        if len(set(values)) > 1 and not _is_of_a_run(name):
            rows.append([f"--{name}", *values])
    return Table(["flag", *firsts], rows)


def _commands(groups: dict[str, list[Run]], runs: Sequence[Run]) -> list[tuple[str, str]]:
    found = [
        (f"Train {name} again, in another folder:", repeat_command(members[0]))
        for name, members in groups.items()
    ]
    for name, members in groups.items():
        for label, command in commands(members[0]):
            if label.startswith("Export"):
                found.append((f"Export {name}:", command))
    return [(label, command) for label, command in found if command]
