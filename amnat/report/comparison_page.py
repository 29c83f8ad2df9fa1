"""The page of a comparison with an original, from the JSON that tools/compare.py writes."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from amnat import json_text
from amnat.report.charts import Chart, Curve
from amnat.report.rendering import Table, render
from amnat.report.run_page import number

import numpy as np

_SERIES = {
    "amnat and the original, float32": "relative",
    "the original, float32 and float64": "own",
    "amnat, float32 and float64": "own_amnat",
    "amnat and the original, float64": "relative_64",
}
_AFTER = re.compile(r"variables after (\d+)")
# A difference of zero has no logarithm.
_SMALLEST = 1e-17
_FAIL, _JUDGED = "FAIL", "judged in float64"
_PARTS = ("configurations", "legend", "summary", "sides", "scores", "real", "settings")


def comparison_page(record: Mapping[str, Any]) -> str:
    """The page as text, for a record of equality, of speed (`--speed`) or of scores (`--train`).

    Raises: KeyError, TypeError or ValueError for other JSON.
    """
    if "configurations" in record:
        return _equality(record)
    return _speed(record) if "sides" in record else _scores(record)


def _title(record: Mapping[str, Any]) -> str:
    name = str(record["original"]).partition(" at commit")[0].rstrip("/").rpartition("/")[2]
    return f"amnat compared with {name}"


def _facts(record: Mapping[str, Any]) -> Table:
    rows = [[name, str(value)] for name, value in record.items() if name not in _PARTS]
    return Table(["", ""], rows)


def _equality(record: Mapping[str, Any]) -> str:
    found = record["configurations"]
    summary = record.get("summary") or {"header": [], "rows": [[] for _ in found]}
    rows = [
        [each["name"], each["title"], *cells, "pass" if each["passed"] else _FAIL]
        for each, cells in zip(found, summary["rows"], strict=True)
    ]
    header = ["configuration", "what it is", *summary["header"], "verdict"]
    notes = [record["legend"], "The curves are the largest relative difference over all variables"]
    notes[1] += ", except those whose gradient cancels."
    return render(
        "comparison.html",
        [_divergence(each) for each in found],
        title=_title(record),
        lead=_outcome(found),
        results=Table(header, rows, sortable=True),
        notes=notes,
        details=[_details(each) for each in found],
        facts=_facts(record),
        substituted=list(dict.fromkeys(note for each in found for note in each["notes"])),
    )


def _outcome(found: Sequence[Mapping[str, Any]]) -> str:
    failed = [each["name"] for each in found if not each["passed"]]
    if failed:
        return f"Out of tolerance: {', '.join(failed)}."
    judged = sum(row["verdict"] == _JUDGED for each in found for row in each["rows"])
    return f"All {len(found)} configurations pass; {judged} tensors were judged in float64."


def _divergence(each: Mapping[str, Any]) -> Chart:
    """How the variables of a configuration drift apart."""
    largest: dict[str, dict[int, float]] = {label: {} for label in _SERIES}
    bound = math.nan
    for row in each["rows"]:
        match = _AFTER.fullmatch(row["group"])
        if match is None or row["cancelled"]:
            continue
        bound = row["tolerance"]
        for label, key in _SERIES.items():
            value = math.inf if row[key] is None else row[key]
            points = largest[label]
            points[int(match[1])] = max(points.get(int(match[1]), _SMALLEST), value)
    curves = []
    for colour, (label, points) in enumerate(largest.items()):
        x = np.array(sorted(points), np.float64)
        y = np.array([points[int(step)] for step in x], np.float64)
        curves.append(Curve(label, x, np.where(np.isfinite(y), y, np.nan), None, colour))
    levels = (("bound of float32", bound),) if math.isfinite(bound) else ()
    label = "largest relative difference"
    return Chart(each["name"], "iteration", label, tuple(curves), levels, starts_log=True)


def _details(each: Mapping[str, Any]) -> dict[str, Any]:
    settings = {**each["settings"], **each["switches"]}
    keys = ("absolute", "relative", "tolerance", "own", "own_amnat", "relative_64")
    rows = [
        [
            row["name"],
            *(_scientific(row[key]) for key in keys),
            "cancels" if row["cancelled"] else "",
            row["verdict"],
        ]
        for row in each["rows"]
    ]
    header = ["tensor", "absolute", "relative", "bound", "original's rounding", "amnat's rounding"]
    header += ["float64", "gradient", "verdict"]
    drawn = [
        [
            row["name"],
            str(row["values"]),
            number(math.nan if row["p_value"] is None else row["p_value"]),
            *(number(math.nan if value is None else value) for value in row["stddevs"]),
            row["verdict"],
        ]
        for row in each["distributions"]
    ]
    names = ["initial value or draw", "values", "p", "original's stddev", "amnat's", "verdict"]
    one_sided = [f"Only on one side: {name}." for name in each["unmatched"]]
    return {
        "name": each["name"],
        "texts": [f"{each['title']}; {json_text.dumps(settings)}", *one_sided],
        "tables": [
            (f"{len(rows)} tensors", Table(header, rows, sortable=True)),
            (f"{len(drawn)} distributions", Table(names, drawn, sortable=True)),
        ],
    }


def _scientific(value: float | None) -> tuple[str, str]:
    return ("not finite", "inf") if value is None else (f"{value:.2e}", repr(value))


def _speed(record: Mapping[str, Any]) -> str:
    header = ["side", "oneDNN", "iterations/s (median)", "seconds to the first report (median)"]
    rows = [
        [
            side,
            "on" if each["onednn"] else "off",
            number(each["median_iterations_per_second"]),
            number(each["median_seconds_to_first"]),
        ]
        for side, each in record["sides"].items()
    ]
    rates = [each["median_iterations_per_second"] for each in record["sides"].values()]
    charts = [
        Chart(
            "Every process",
            "round",
            "iterations per second",
            tuple(
                Curve(side, np.arange(1.0, len(values) + 1), np.array(values, float), None, colour)
                for colour, (side, values) in enumerate(
                    (side, each["iterations_per_second"]) for side, each in record["sides"].items()
                )
            ),
        )
    ]
    return render(
        "comparison.html",
        charts,
        title=f"{_title(record)}: speed",
        lead=f"amnat is {rates[1] / rates[0]:.2f} times as fast ({record['configuration']}).",
        results=Table(header, rows),
        notes=[_settings(record)],
        details=[],
        facts=_facts(record),
        substituted=[],
    )


def _scores(record: Mapping[str, Any]) -> str:
    sides = record["scores"]
    rows = []
    for name in next(iter(sides.values()))[0]:
        cells: list[Any] = [name, number(record["real"].get(name, math.nan))]
        for runs in sides.values():
            values = [run[name] for run in runs]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            mean = statistics.fmean(values)
            cells.append((f"{mean:.4g} ± {spread:.2g}", repr(mean)))
        rows.append(cells)
    count = len(next(iter(sides.values())))
    return render(
        "comparison.html",
        [],
        title=f"{_title(record)}: scores",
        lead=f"{record['configuration']} on {record['dataset']}, {record['iterations']:,} "
        f"iterations, {count} seeds of each side, {record['num_samples']:,} samples.",
        results=Table(["score", "real data", *sides], rows, sortable=True),
        notes=["± is the standard deviation (n - 1) over the seeds.", _settings(record)],
        details=[],
        facts=_facts(record),
        substituted=[],
    )


def _settings(record: Mapping[str, Any]) -> str:
    words = [f"--{name}={value}" for name, value in record["settings"].items()]
    return f"Settings: {' '.join(words) or 'those of the original'}."
