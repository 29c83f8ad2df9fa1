"""Numbers over the iterations of a run, in a separate CSV file that a resumed run continues.

This module does not load TensorFlow.
"""

from __future__ import annotations

import csv
import io
import pathlib
from collections.abc import Mapping

from amnat.training.run_directory import write_atomically


class Series:
    """Rows of numbers, each with an `iteration`; the whole file is rewritten for every new row.

    Args:
      path: path of the CSV file.
      start: number of completed iterations; later rows, which the run will write again, are
        dropped.
    """

    def __init__(self, path: pathlib.Path, start: int):
        self.path = path
        self.rows: list[dict[str, float]] = []
        if path.exists():
            with open(path, newline="", encoding="utf-8") as file:
                rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
            self.rows = [row | {"iteration": int(row["iteration"])} for row in rows]
        self.forget_after(start)

    def forget_after(self, iteration: int) -> None:
        """Drops the rows beyond an iteration."""
        self.rows = [row for row in self.rows if row["iteration"] <= iteration]

    def append(self, iteration: int, values: Mapping[str, float]) -> None:
        """Adds {column: number} and writes the file; raises OSError if it cannot be written."""
        rounded = {name: float(f"{value:.9g}") for name, value in values.items()}
        self.rows.append({"iteration": iteration} | rounded)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_atomically(self.path, text.getvalue())

    def column(self, name: str) -> list[float]:
        """The list of the numbers in a column."""
        return [row[name] for row in self.rows]
