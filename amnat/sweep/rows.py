"""The rows of a sweep: a flagfile each, with flags of its own."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
from collections.abc import Sequence

from amnat.errors import InputError
from amnat.files import read_text
from amnat.sweep.shared_names import SHARED_NAMES
from amnat.training.run_directory import results_root

_NAME = re.compile(r"([\w.+-]+):(?:\s+|$)")


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
      name: its name in the table, and of its folder.
      flagfile: the path of its flagfile.
      script: the path of the training script.
      flags: its own flags, as words of a command line.
      shared: {shared name: value} of its own.
    """

    name: str
    flagfile: pathlib.Path
    script: pathlib.Path
    flags: tuple[str, ...] = ()
    shared: tuple[tuple[str, str], ...] = ()


def find_flagfile(text: str, flag: str) -> pathlib.Path:
    """Finds a flagfile by its path, or by its name in flags/; raises InputError about `flag`."""
    folder = results_root() / "flags"
    for path in (pathlib.Path(text), folder / f"{text}.flags"):
        if path.is_file():
            return path.resolve()
    raise InputError(f"--{flag}: {text}: no such flagfile, also not in {folder}")


def script_of(flagfile: str | os.PathLike[str]) -> pathlib.Path:
    """The script that the first line of a flagfile calls; raises InputError."""
    text = read_text(flagfile)
    words = text.partition("\n")[0].split()
    scripts = [results_root() / word for word in words if word.startswith("tools/")]
    if not scripts or not scripts[0].is_file():
        raise InputError(f"{flagfile}: its first line does not name a script in tools/")
    return scripts[0]


def plain_row(text: str) -> Row:
    """The row of a value of --runs: a flagfile without flags of its own."""
    path = find_flagfile(text, "runs")
    return Row(path.stem, path, script_of(path))


def parse_row(text: str) -> Row:
    """The row of a value of --row: "[NAME: ]FLAGFILE [--flag=value ...]"; raises InputError."""
    match = _NAME.match(text.strip())
    rest = text.strip()[match.end() :] if match else text
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise InputError(f"--row={text}: {error}") from error
    if not words or words[0].startswith("-"):
        raise InputError(f"--row={text}: expected NAME: FLAGFILE --flag=value ...")
    stray = [word for word in words[1:] if not word.startswith("--")]
    if stray:
        raise InputError(f"--row={text}: '{stray[0]}' is no flag; expected --flag=value")
    shared, own = {}, []
    for word in words[1:]:
        name, equals, value = word.removeprefix("--").partition("=")
        if name in SHARED_NAMES and equals:
            shared[name] = value
        else:
            own.append(word)
    path = find_flagfile(words[0], "row")
    name = match[1] if match else path.stem
    if name in (".", ".."):
        raise InputError(f"--row={text}: expected a name that can be a folder's")
    return Row(name, path, script_of(path), tuple(own), tuple(shared.items()))


def all_rows(runs: Sequence[str], rows: Sequence[str]) -> list[Row]:
    """The rows of --runs and --row; raises InputError if two have one name."""
    found = [*map(plain_row, runs), *map(parse_row, rows)]
    names = [row.name for row in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"--runs, --row: two flagfiles have the same name or two rows do, {twice[0]}; name "
            f"one as in --row='another: {twice[0]}'"
        )
    return found
