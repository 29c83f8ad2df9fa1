"""Tables in CSV files, whose rows go under their own names or into a new file.

This module does not load TensorFlow.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import pathlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from amnat import json_text
from amnat.errors import InputError
from amnat.files import write_atomically

# The name of the column of every curve, which is its first one.
ITERATION = "iteration"
# How many columns a message names.
MAX_NAMES = 4


def _print(text: str) -> None:
    print(f"\n{text}", file=sys.stderr)


class CSVTable:
    """Rows over the iterations of a run: NAME.csv and, if there have to be more, NAME_2.csv, ...

    All rows of one part have the same columns, and were computed from the same things: these are in
    NAME.json beside the part (`recorded`). A row that fits no part begins a new one.

    Args:
      path: the path of the first part.
      report: callable that gets one line of text when a new part begins.
    """

    def __init__(self, path: str | os.PathLike[str], report: Callable[[str], None] = _print):
        self.path = pathlib.Path(path)
        self.report = report

    def parts(self) -> list[pathlib.Path]:
        """The parts that have a header, in order."""
        return [path for path in self._files() if _header(path)]

    def _files(self) -> list[pathlib.Path]:
        pattern = re.compile(rf"{re.escape(self.path.stem)}_(\d+)\.csv")
        matches = (pattern.fullmatch(path.name) for path in self.path.parent.glob("*.csv"))
        numbers = sorted(int(match[1]) for match in matches if match)
        return [self.path] * self.path.is_file() + [self._numbered(number) for number in numbers]

    def _numbered(self, number: int) -> pathlib.Path:
        return self.path.with_name(f"{self.path.stem}_{number}.csv")

    def suffix(self, part: pathlib.Path) -> str:
        """What the name of a part has more than that of the first: '', '_2', ..."""
        return part.stem.removeprefix(self.path.stem)

    def part_of(self, names: Iterable[str], depends_on: Any = None) -> pathlib.Path | None:
        """The part with these columns, in whatever order, and this record or none."""
        columns, wanted = set(names), _as_json(depends_on)
        for path in self.parts():
            before = recorded(path)
            if set(_header(path)) == columns and (
                before is None or wanted is None or before == wanted
            ):
                return path
        return None

    def append(self, row: Mapping[str, Any], depends_on: Any = None) -> None:
        """Appends a row to the part that it fits, or begins a new part with it and reports why.

        Args:
          row: {column: number or text} with `iteration`.
          depends_on: JSON values that the numbers depend on; None if nothing is known. A part
            without a record, of an earlier version, is gone on with, and gets one for its new rows.

        Raises: OSError if the row cannot be written; the file is then as before.
        """
        path = self.part_of(row, depends_on)
        reason = ""
        if path is None:
            path, reason = self._next_part(row, depends_on)
            _write_record(path, depends_on)
        elif depends_on is not None and recorded(path) is None:
            _write_record(path, depends_on, since=row[ITERATION])
        _append_line(path, row)
        if reason:
            self.report(f"{path} begins at iteration {row[ITERATION]}: {reason}")

    def _next_part(self, row: Mapping[str, Any], depends_on: Any) -> tuple[pathlib.Path, str]:
        """(the path of a new part, why the last one does not fit, '' if there is none)."""
        parts = self.parts()
        if not parts:
            return self.path, ""
        last = parts[-1]
        number = int(self.suffix(last).removeprefix("_") or 1) + 1
        if set(_header(last)) != set(row):
            columns = [name for name in _header(last) if name != ITERATION]
            some = ", ".join([*columns[:MAX_NAMES], *["..."][: len(columns) > MAX_NAMES]])
            return self._numbered(number), f"{last.name} has other columns ({some})"
        differing = ", ".join(differences(recorded(last), _as_json(depends_on)))
        return self._numbered(number), f"{last.name} was computed with {differing}"

    def forget_after(self, iteration: int) -> None:
        """Drops the rows of all parts beyond an iteration, and an incomplete last line.

        Other lines that do not fit their header, which earlier versions could write, are dropped
        and reported.
        """
        for path in self._files():
            self._keep_rows(path, iteration)

    def _keep_rows(self, path: pathlib.Path, iteration: int) -> None:
        text = path.read_text(encoding="utf-8", errors="replace")
        header, *lines = text.splitlines(keepends=True) or [""]
        header = header.strip()
        kept, misfits = [], 0
        for line in lines:
            first = line.partition(",")[0]
            is_whole = line.count(",") == header.count(",") and line.endswith("\n")
            if not (is_whole and first.isdecimal()):
                misfits += line.endswith("\n")
            elif int(first) <= iteration:
                kept.append(line.strip())
        if misfits:
            self.report(f"warning: {path}: {misfits} lines that do not fit its header are removed")
        if kept:
            write_atomically(path, "\n".join([header, *kept]) + "\n")
        else:
            path.unlink()
            _record_file(path).unlink(missing_ok=True)


def recorded(path: pathlib.Path) -> Any:
    """What the numbers of a part depend on, JSON values; None if it is not known."""
    try:
        return json.loads(_record_file(path).read_text(encoding="utf-8"))["depends_on"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_columns(path: pathlib.Path) -> dict[str, list[float]]:
    """The numbers of a CSV file as {column: [float, ...]}; empty if there is no row.

    An empty cell is NaN, and an incomplete last line does not count.

    Raises: ValueError if a cell is no number or a row does not fit the header.
    """
    rows = read_table(path)
    names = rows[0] if rows else ()
    return {name: [float(row[name] or math.nan) for row in rows] for name in names}


def read_table(path: pathlib.Path) -> list[dict[str, str]]:
    """The rows of a CSV file as [{column: text}, ...]; empty if there is no file.

    Raises: ValueError if a row does not fit the header.
    """
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    whole, newline, _ = text.rpartition("\n")
    header, *rows = list(csv.reader(io.StringIO(whole + newline))) or [[]]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{path}: {len(row)} cells in a row, expected {len(header)}")
    return [dict(zip(header, row, strict=True)) for row in rows]


def open_table(path: pathlib.Path, columns: Sequence[str], flag: str) -> list[dict[str, str]]:
    """The rows that an earlier call wrote and this one goes on with, each with these columns.

    Args:
      flag: the name of the flag for the folder, for errors.

    Raises: InputError if the rows have other columns, e.g. of another version.
    """
    try:
        rows = read_table(path)
    except ValueError as error:
        raise InputError(f"--{flag}: {error}; choose another folder") from error
    for row in rows:
        if set(row) != set(columns):
            raise InputError(
                f"--{flag}: {path} has the columns {', '.join(row)}, expected "
                f"{', '.join(columns)}; choose another folder"
            )
    return rows


def write_table(path: str | os.PathLike[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes a CSV file atomically, every cell under its name; what a row lacks is left empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_atomically(path, _lines(names, rows, header=True))


def _lines(names: Sequence[str], rows: Iterable[Mapping[str, Any]], header: bool) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _header(path: pathlib.Path) -> list[str]:
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return next(csv.reader([file.readline()]), [])
    return []


def _append_line(path: pathlib.Path, row: Mapping[str, Any]) -> None:
    names = _header(path)
    with open(path, "ab") as file:
        size = file.tell()
        try:
            file.write(_lines(names or list(row), [row], header=not names).encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            # The next line must not be appended to half a line.
            os.truncate(path, size)
            raise


def _record_file(path: pathlib.Path) -> pathlib.Path:
    return path.with_suffix(".json")


def _write_record(path: pathlib.Path, depends_on: Any, since: int | None = None) -> None:
    if depends_on is None:
        _record_file(path).unlink(missing_ok=True)
        return
    record = {"depends_on": depends_on}
    if since is not None:
        record |= {"known_from_iteration": since}
    write_atomically(_record_file(path), json_text.dumps(record, indent=1) + "\n")


def _as_json(values: Any) -> Any:
    return json.loads(json_text.dumps(values))


def differences(before: Any, after: Any, name: str = "") -> list[str]:
    """The values in which two nested dicts of JSON values differ, each as 'name before, not after'
    with the beginnings of the values."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        texts = (str(value)[:12] for value in (before, after))
        return [] if before == after else [f"{name} {', not '.join(texts)}"]
    found = []
    for key in dict.fromkeys([*before, *after]):
        inner = f"{name}.{key}" if name else key
        found += differences(before.get(key), after.get(key), inner)
    return found
