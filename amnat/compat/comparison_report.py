"""A comparison as a table on the screen, as JSON, and as one HTML page with a plot."""

import base64
import collections
import dataclasses
import html
import io
import math

from amnat import json_text
from amnat.compat import comparison
from amnat.compat.equality import RECORDED, SHOWN
from amnat.training.run_directory import write_atomically

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


def curves(result):
    """The curves of the plot, {label: [(iteration, largest relative difference)]}."""
    found = {"amnat and the original, float32": [], "the original, float32 and float64": []}
    found["amnat, float32 and float64"] = []
    found["amnat and the original, float64"] = []
    for iteration in RECORDED:
        rows = [r for r in result.group(f"variables after {iteration}") if not r.cancelled]
        if rows:
            values = zip(
                *((r.relative, r.own, r.own_amnat, r.relative_64) for r in rows), strict=True
            )
            for points, numbers in zip(found.values(), values, strict=True):
                points.append((iteration, max(numbers)))
    return found


def write_json(path, about, results):
    """Writes all numbers of the comparison as JSON.

    Args:
      path: the file to write.
      about: dict that describes the run.
      results: `ConfigurationResult`s.
    """
    record = about | {"legend": LEGEND, "configurations": []}
    for result in results:
        entry = dataclasses.asdict(result) | {"passed": result.passed}
        record["configurations"].append(_without_nan(entry))
    write_atomically(path, json_text.dumps(record, indent=1, allow_nan=False) + "\n")


def _without_nan(value):
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _plot(results):
    """Plots how the variables drift apart, with one panel per configuration; returns a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(4, len(results))
    rows = -(-len(results) // columns)
    # The figure is wide enough for the legend, whatever the number of panels.
    figure = Figure(figsize=(max(7.5, 3.4 * columns), 2.7 * rows + 0.9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axis, result in zip(axes, results, strict=False):
        for label, points in curves(result).items():
            # A difference of zero has no logarithm.
            axis.semilogy(*zip(*[(i, max(v, 1e-17)) for i, v in points], strict=True), label=label)
        axis.axhline(
            comparison.TRACE,
            color="grey",
            linewidth=0.8,
            linestyle="--",
            label=f"bound of float32, {comparison.TRACE:g}",
        )
        axis.set_title(result.name, fontsize=9)
        axis.set_xlabel("iteration", fontsize=8)
    figure.supylabel("largest relative difference", fontsize=9)
    for axis in axes[len(results) :]:
        axis.set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=90)
    return stream.getvalue()


def write_html(path, about, results):
    """Writes one self-contained HTML page; the arguments are those of `write_json`."""
    image = base64.b64encode(_plot(results)).decode()
    facts = "".join(f"<li>{html.escape(f'{k}: {v}')}</li>" for k, v in about.items())
    notes = dict.fromkeys(note for result in results for note in result.notes)
    substitutions = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    summary = _html_table(
        ["configuration", "what it is", *_HEADER],
        [[result.name, result.title, *_line(result)] for result in results],
    )
    page = f"""<!doctype html>
<meta charset="utf-8">
<title>amnat compared with {html.escape(str(about["original"]))}</title>
<style>
body {{ font-family: sans-serif; max-width: 72em; margin: 2em auto; }}
table {{ border-collapse: collapse; font-size: 85%; }}
td, th {{ border: 1px solid #ccc; padding: 2px 6px; text-align: left; }}
.bad {{ background: #fcc; }} .judged {{ background: #ffd; }}
</style>
<h1>amnat compared with the original</h1>
<p><b>{_outcome(results)}</b></p>
<ul>{facts}</ul>
<p>These parts were substituted when the original was loaded:</p><ul>{substitutions}</ul>
{summary}
<p>{html.escape(LEGEND)}</p>
<h2>Variables over the iterations</h2>
<p>The plots show the largest relative difference over all variables except those whose gradient
cancels.</p>
<img src="data:image/png;base64,{image}" alt="divergence over iterations">
{"".join(_details(result) for result in results)}
"""
    write_atomically(path, page)


def _outcome(results):
    failed = [result.name for result in results if not result.passed]
    if failed:
        return f"Out of tolerance: {html.escape(', '.join(failed))}."
    judged = len(named(results, comparison.JUDGED))
    return f"All {len(results)} configurations pass; {judged} tensors were judged in float64."


def _details(result):
    settings = {**result.settings, **result.switches}
    rows = [
        [
            row.name,
            f"{row.absolute:.2e}",
            f"{row.relative:.2e}",
            f"{row.tolerance:g}",
            f"{row.own:.2e}",
            f"{row.own_amnat:.2e}",
            f"{row.relative_64:.2e}",
            "cancels" if row.cancelled else "",
            row.verdict,
        ]
        for row in result.rows
    ]
    header = ["tensor", "absolute", "relative", "bound", "original's rounding", "amnat's rounding"]
    header += ["float64", "gradient", "verdict"]
    samples = [
        [row.name, row.values, f"{row.p_value:.3f}", *(f"{x:.4g}" for x in row.stddevs)]
        + [row.verdict]
        for row in result.distributions
    ]
    names = ["initial value or draw", "values", "p", "original's stddev", "amnat's", "verdict"]
    unmatched = "".join(f"<li>only on one side: {html.escape(n)}</li>" for n in result.unmatched)
    return f"""<h2>{html.escape(result.name)}</h2>
<p>{html.escape(result.title)}; {html.escape(json_text.dumps(settings))}</p><ul>{unmatched}</ul>
<details><summary>{len(rows)} tensors</summary>{_html_table(header, rows)}</details>
<details><summary>{len(samples)} distributions</summary>{_html_table(names, samples)}</details>
"""


def _html_table(header, rows):
    marks = {comparison.FAIL: "bad", comparison.JUDGED: "judged"}
    lines = ["<tr>" + "".join(f"<th>{html.escape(text)}</th>" for text in header) + "</tr>"]
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(text))}</td>" for text in row)
        lines.append(f'<tr class="{marks.get(row[-1], "")}">{cells}</tr>')
    return f"<table>{''.join(lines)}</table>"
