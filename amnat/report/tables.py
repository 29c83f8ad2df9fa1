"""The CSV files of a run as columns of numbers over iterations, steps or epochs, or as text."""

from __future__ import annotations

import dataclasses
import math
import pathlib

from amnat.errors import InputError
from amnat.training.csv_table import read_table

import numpy as np

# What the first column of a table over the length of a run is called.
STEPS = ("iteration", "step", "epoch")
MOST_TEXT_ROWS = 40


@dataclasses.dataclass(frozen=True)
class NumberTable:
    """Columns of numbers over the length of a run.

    Attributes:
      name: the file's name without .csv, e.g. 'metrics'.
      step_name: 'iteration', 'step' or 'epoch'.
      steps: float64 [N].
      columns: {name: float64 [N]}; an empty cell is NaN.
    """

    name: str
    step_name: str
    steps: np.ndarray
    columns: dict[str, np.ndarray]

    def last(self, column: str) -> float:
        """The last finite number of a column; NaN if there is none."""
        values = self.columns.get(column, np.empty(0))
        values = values[np.isfinite(values)]
        return float(values[-1]) if len(values) else math.nan


@dataclasses.dataclass(frozen=True)
class TextTable:
    """A table whose cells are shown as they are.

    Attributes:
      name: the file's name without .csv.
      header: names of the columns.
      rows: the cells of at most MOST_TEXT_ROWS rows.
      left_out: the number of further rows.
    """

    name: str
    header: list[str]
    rows: list[list[str]]
    left_out: int


def read_tables(folder: pathlib.Path) -> tuple[list[NumberTable], list[TextTable]]:
    """The CSV files directly in a folder, by their names; those without a row are left out.

    Raises: InputError about a file whose rows do not fit its header, or that is no text.
    """
    numbers, texts = [], []
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = read_table(path)
        except (ValueError, OSError) as error:
            text = " ".join(str(error).split())
            reason = text if str(path) in text else f"{path}: {text}"
            raise InputError(f"{reason}; expected the CSV file of a run") from error
        if not rows:
            continue
        found = _as_numbers(path.stem, rows)
        if found is None:
            texts.append(_as_text(path.stem, rows))
        else:
            numbers.append(found)
    return numbers, texts


def _as_numbers(name: str, rows: list[dict[str, str]]) -> NumberTable | None:
    step_name, *others = rows[0]
    if step_name not in STEPS:
        return None
    try:
        cells = {key: [float(row[key] or "nan") for row in rows] for key in (step_name, *others)}
    except ValueError:
        return None
    columns = {key: np.array(values, np.float64) for key, values in cells.items()}
    return NumberTable(name, step_name, columns.pop(step_name), columns)


def _as_text(name: str, rows: list[dict[str, str]]) -> TextTable:
    shown = [list(row.values()) for row in rows[:MOST_TEXT_ROWS]]
    return TextTable(name, list(rows[0]), shown, len(rows) - len(shown))
