"""The table of a sweep, and the sentences under it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from amnat.evaluation.classifiers import what_outputs_depend_on
from amnat.evaluation.comparability import judge
from amnat.metrics import registry
from amnat.training.csv_table import differences

_ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}
# What a setting that all scripts have, under several names, is called.
_SHARED = {"iterations": "length", "epochs": "length", "width": "width", "rate": "rate"}
_MAX_VALUES = 6


def markdown(
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Mapping[str, float]]],
    real: Mapping[str, Mapping[str, float]],
) -> str:
    """The table in Markdown: means and standard deviations (n - 1) over the seeds.

    Args:
      columns: names of results.
      rows: {name of the row: the results of each seed}.
      real: {name of a reference: the results of its images}.
    """
    head = ["run", "seeds", *(name + _ARROWS[registry.direction(name)] for name in columns)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, found in rows.items():
        cells = [name, str(len(found))]
        for column in columns:
            values = [row[column] for row in found if column in row]
            cells.append(_cell(values) + ("" if len(values) == len(found) else f" ({len(values)})"))
        lines.append("| " + " | ".join(cells) + " |")
    for name, results in real.items():
        cells = [_cell([results[column]] if column in results else []) for column in columns]
        lines.append("| " + " | ".join([f"real images ({name})", "", *cells]) + " |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    spread = f" ± {statistics.stdev(values):.3g}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.3f}{spread}"


def real_images(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """{name of a reference: results of its own images} from records of tools/evaluate.py."""
    found: dict[str, dict[str, float]] = {}
    for record in records:
        if record.get("reference_results"):
            name = record["reference"]["name"]
            # Another classifier's results come beside those of the first one.
            found[name] = record["reference_results"] | found.get(name, {})
    return found


def legend(
    records: Iterable[Mapping[str, Any]], seeds: Sequence[str], columns: Sequence[str]
) -> list[str]:
    """Sentences that say what the table's numbers are.

    Args:
      records: of tools/evaluate.py.
      seeds: the seeds of the sweep.
      columns: names of results.
    """
    lines = ["↑ higher is better, ↓ lower is better; real images score a - where the score is a "]
    lines[0] += "distance to them."
    if len(seeds) > 1:
        lines.append(
            f"± is the standard deviation (n - 1) over the n runs with the seeds {', '.join(seeds)}"
            ", of which the column seeds counts the finished ones. It is not the error of the mean."
        )
    else:
        lines.append(f"There is one seed, {seeds[0]}, so nothing is known of the spread over runs.")
    judges: dict[str, dict[str, None]] = {}
    for record in records:
        if {"samples", "reference", "classifier"} <= set(record) and "count" in record["samples"]:
            sentence = (
                f"Judge: {judge(record['classifier'])}. {record['samples']['count']:,} images of "
                f"each run against {record['reference']['count']:,} of "
                f"{record['reference']['name']}."
            )
            judges.setdefault(sentence, {}).update(dict.fromkeys(record.get("results", {})))
    for sentence, results in judges.items():
        names = ", ".join(name for name in columns if name in results)
        lines.append(f"{sentence} It gave {names}." if len(judges) > 1 and names else sentence)
    return lines


def incomparable(
    records: Mapping[str, Mapping[str, Any]], paths: Mapping[str, object]
) -> Iterator[str]:
    """Yields a line for each run whose scores come from another classifier, or other settings, than
    the first one's on the same reference.

    Args:
      records: {run: record of tools/evaluate.py}.
      paths: {run: the file to remove for new scores}.
    """
    first: dict[str, tuple[str, dict[str, Any]]] = {}
    for run, record in records.items():
        if "classifier" not in record:
            continue
        basis = {"classifier": what_outputs_depend_on(record["classifier"])}
        basis |= {name: record[name] for name in ("settings", "version") if name in record}
        other, expected = first.setdefault(record["reference"]["name"], (run, basis))
        differing = ", ".join(differences(basis, expected))
        if differing:
            yield (
                f"Not comparable: {run} was scored with {differing} as {other}; remove "
                f"{paths[run]} and run the command again."
            )


def differing_settings(descriptions: Mapping[str, Mapping[str, Any]]) -> str:
    """The settings in which rows differ besides the method, as a sentence; "" for a single row.

    Lengths, widths, rates and batch sizes are compared across scripts, others by their names among
    the rows that have them.

    Args:
      descriptions: {row: what `amnat.sweep.describe` prints of it}.
    """
    if len(descriptions) < 2:
        return ""
    settings: dict[str, dict[str, str]] = {}
    for row, each in descriptions.items():
        for name, text in _settings(each["flags"]).items():
            settings.setdefault(name, {})[row] = text
    parts = []
    for name, values in settings.items():
        if name in (*_SHARED.values(), "batch size"):
            values = {row: values.get(row, "no such flag") for row in descriptions}
        groups: dict[str, list[str]] = {}
        for row, text in values.items():
            groups.setdefault(text, []).append(row)
        if len(groups) > 1:
            parts.append(f"{name} ({_grouped(groups, len(values))})")
    if not parts:
        return "Rows do not differ in other settings than the method."
    return f"Besides the method, rows differ in: {'; '.join(parts)}."


def _grouped(groups: Mapping[str, Sequence[str]], count: int) -> str:
    """ "0.1: wide, deep; 0.2: the others", the largest group last."""
    ordered = sorted(groups.items(), key=lambda item: len(item[1]))
    texts = []
    for number, (text, rows) in enumerate(ordered, 1):
        is_rest = number == len(ordered) and len(rows) > 1 and len(rows) < count
        texts.append(f"{text}: {'the others' if is_rest else ', '.join(rows)}")
    if len(texts) > _MAX_VALUES:
        texts = [*texts[:_MAX_VALUES], f"and {len(texts) - _MAX_VALUES} more"]
    return ", ".join(texts)


def _settings(flags: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """{name of a setting: its value as text} of a row."""
    found: dict[str, list[str]] = {}
    for name, flag in flags.items():
        means, value = flag["means"], flag["value"]
        if means == "method" or not flag["compared"]:
            continue
        shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        setting = _SHARED.get(means, "batch size" if means == "batch" else name)
        text = f"{shown} {means}" if setting == "length" else shown
        # Players usually have the same width and rate: it stands once.
        if text not in found.setdefault(setting, []):
            found[setting].append(text)
    return {setting: "/".join(texts) for setting, texts in found.items()}
