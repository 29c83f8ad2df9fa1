"""A comparison as a table on the screen, and as JSON."""

import collections
import dataclasses
import math

from amnat import json_text
from amnat.compat import comparison
from amnat.compat.equality import SHOWN
from amnat.files import write_atomically

_COLUMNS = ("forward", "losses", "gradients", *(f"variables after {count}" for count in SHOWN))
_WIDTH = 13
LEGEND = (
    "Each cell is the largest float32 difference, relative to the largest entry of the tensor. +n "
    f"means that n more tensors exceed the bound ({comparison.SINGLE:g} for one forward and "
    f"backward pass, {comparison.TRACE:g} for later iterations) and are judged in float64 (bounds "
    f"{comparison.SINGLE_64:g} and {comparison.TRACE_64:g}); up to the first update they are also "
    f"at most {comparison.YARDSTICK:g} times as far apart as the original in float32 and in "
    "float64. The last columns are the largest float64 difference after "
    f"{SHOWN[-1]} iterations, and the smallest p-value of the two-sample tests of initial values "
    f"and draws (bound {comparison.SMALLEST_P:g})."
)


def cell(rows):
    """Summarises a group of rows in a few characters."""
    if not rows:
        return "-"
    counts = collections.Counter(row.verdict for row in rows)
    if counts[comparison.FAIL]:
        return f"{counts[comparison.FAIL]} FAIL"
    within = [row.relative for row in rows if row.verdict == comparison.PASS]
    text = f"{max(within):.1e}" if within else ""
    judged = counts[comparison.JUDGED]
    return text + (f" +{judged}" if judged else "")


def _line(result):
    cells = [cell(result.group(column)) for column in _COLUMNS]
    last = [row.relative_64 for row in result.group(_COLUMNS[-1])]
    p_values = [r.p_value for r in result.distributions if not math.isnan(r.p_value)]
    failed = [r for r in result.distributions if r.verdict == comparison.FAIL]
    beginnings = f"{len(failed)} FAIL" if failed else f"{min(p_values, default=1.0):.1e}"
    verdict = "pass" if result.passed else "FAIL"
    return [*cells, f"{max(last):.1e}" if last else "-", beginnings, verdict]


_HEADER = ["forward", "losses", "gradients", *(f"after {count}" for count in SHOWN)]
_HEADER += ["float64", "initial p", "verdict"]


def screen_table(results):
    """The results as text, one line for each configuration."""
    width = max(len(result.name) for result in results) + 1
    lines = ["".join(["".ljust(width), *(text.rjust(_WIDTH) for text in _HEADER)])]
    for result in results:
        cells = (text.rjust(_WIDTH) for text in _line(result))
        lines.append("".join([result.name.ljust(width), *cells]))
    return "\n".join(lines)


def named(results, verdict):
    """Texts about the tensors with a verdict; those whose gradient cancels are marked."""
    lines = []
    for result in results:
        rows = [row for row in result.rows if row.verdict == verdict]
        for row in rows:
            mark = ", cancels by construction" if row.cancelled else ""
            lines.append(
                f"{result.name}: {row.name} float32 {row.relative:.1e} (rounding of the original "
                f"{row.own:.1e}, of amnat {row.own_amnat:.1e}), float64 {row.relative_64:.1e}{mark}"
            )
        if verdict == comparison.FAIL:
            lines += [f"{result.name}: {name} on one side only" for name in result.unmatched]
            lines += [
                f"{result.name}: {row.name} p = {row.p_value:.1e}, standard deviations "
                f"{row.stddevs[0]:.4g} and {row.stddevs[1]:.4g}"
                for row in result.distributions
                if row.verdict == verdict
            ]
    return lines


def record_of(about, results):
    """All numbers of the comparison as JSON values, for `amnat.report.comparison_page`.

    Args:
      about: dict that describes the run.
      results: `ConfigurationResult`s.
    """
    summary = {"header": _HEADER[:-1], "rows": [_line(result)[:-1] for result in results]}
    record = about | {"legend": LEGEND, "summary": summary, "configurations": []}
    for result in results:
        entry = dataclasses.asdict(result) | {"passed": result.passed}
        record["configurations"].append(_without_nan(entry))
    return record


def write_json(path, about, results):
    """Writes the `record_of` a comparison."""
    text = json_text.dumps(record_of(about, results), indent=1, allow_nan=False)
    write_atomically(path, text + "\n")


def _without_nan(value):
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
