"""Numbers over the iterations of a run, in a separate CSV file that a resumed run continues.

This module does not load TensorFlow.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amnat.training.csv_table import ITERATION, CSVTable, read_columns

if TYPE_CHECKING:
    from amnat.training.run_directory import RunDirectory


class Series:
    """Rows of numbers, each with an `iteration`, in a `CSVTable`.

    Args:
      path: path of the CSV file.
      start: number of completed iterations; later rows, which the run will write again, are
        dropped. None keeps the file as it is, to read it.
      depends_on: JSON values that the numbers depend on; see `CSVTable.append`.
      run: the `RunDirectory` that writes the rows; it keeps them while the disk is full.
    """

    def __init__(
        self,
        path: pathlib.Path,
        start: int | None = None,
        depends_on: Any = None,
        run: RunDirectory | None = None,
    ):
        self.depends_on = depends_on
        self._run = run
        self._table = CSVTable(path) if run is None else run.table(path)
        parts = self._table.parts()
        self._part = parts[-1] if parts else path
        if start is not None:
            self.forget_after(start)

    def forget_after(self, iteration: int) -> None:
        """Drops the rows beyond an iteration."""
        self._table.forget_after(iteration)

    def append(self, iteration: int, values: Mapping[str, float]) -> None:
        """Adds {column: number}; raises OSError if the row cannot be written."""
        rounded = {name: float(f"{value:.9g}") for name, value in values.items()}
        row = {ITERATION: iteration} | rounded
        if self._run is None:
            self._table.append(row, self.depends_on)
        else:
            self._run.append_row(self._table.path, row, self.depends_on)
        self._part = self._table.part_of(row, self.depends_on) or self._part

    @property
    def rows(self) -> list[dict[str, float]]:
        """The rows [{column: number}, ...] of the part that was written last."""
        columns = read_columns(self._part)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return [row | {ITERATION: int(row[ITERATION])} for row in rows]

    def column(self, name: str) -> list[float]:
        """The list of the numbers in a column."""
        return [row[name] for row in self.rows]
