"""What the words of tools/report.py name: runs, sweeps, or the JSON of a comparison."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from amnat.errors import InputError
from amnat.files import read_text
from amnat.report.run_reader import is_run
from amnat.training.run_lookup import meant

_EXPECTED = (
    "expected the folder of a run (with flags.txt), of a sweep (ROW/seed0/RUN), or a JSON file of "
    "tools/compare.py"
)


def find_folders(words: Sequence[str]) -> list[pathlib.Path]:
    """The folders of runs that words name, without repetitions; a sweep gives all of its runs.

    Raises: InputError about the first word that names none.
    """
    found: list[pathlib.Path] = []
    for word in words:
        path = pathlib.Path(word).expanduser()
        if not path.exists():
            raise InputError(f"{word}: no such folder or file{meant(word)}; {_EXPECTED}")
        if not path.is_dir():
            raise InputError(f"{word}: is a file; {_EXPECTED}")
        found += [path] if is_run(path) else _runs_below(path, word)
    return list({path.resolve(): path for path in found}.values())


def _runs_below(folder: pathlib.Path, word: str) -> list[pathlib.Path]:
    """The runs of a sweep, or those directly in a folder."""
    if is_run(folder.parent):
        raise InputError(f"{word}: is a folder in a run; give the run, {folder.parent}")
    below = [*folder.glob("*/seed*/*"), *folder.glob("*")]
    runs = sorted(path for path in below if path.is_dir() and is_run(path))
    if not runs:
        names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
        shown = ", ".join([*names[:5], *["..."][: len(names) > 5]]) or "nothing"
        raise InputError(f"{word}: holds {shown}; {_EXPECTED}")
    return runs


def is_comparison(word: str) -> bool:
    """Whether a word names a file that has to be the JSON of a comparison."""
    return pathlib.Path(word).suffix == ".json" and not pathlib.Path(word).is_dir()


def read_comparison(word: str) -> Mapping[str, Any]:
    """The record in a JSON file of tools/compare.py; raises InputError for another file."""
    try:
        record = json.loads(read_text(pathlib.Path(word).expanduser()))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{word}: is not whole JSON ({error}); {_EXPECTED}") from error
    kinds = ("configurations", "sides", "scores")
    if not isinstance(record, dict) or "original" not in record or not set(kinds) & set(record):
        held = ", ".join(list(record)[:5]) if isinstance(record, dict) else type(record).__name__
        raise InputError(f"{word}: holds {held or 'nothing'}; expected a file of tools/compare.py")
    return record
