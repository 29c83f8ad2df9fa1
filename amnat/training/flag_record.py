"""The text of flags.txt: the script that it names, the flags, and what was changed in between.

    #     python tools/am_gan.py --flagfile=THIS_FILE
    # changed at iteration 500: --fLrIni=0.0004 -> 0.0001
    --fLrIni=0.0001

This module does not load TensorFlow.
"""

from __future__ import annotations

import os
import pathlib
import re
import shlex
from collections.abc import Sequence

from amnat.files import write_atomically
from amnat.training import declarations
from amnat.training.run_directory import read_flag_lines

from absl import flags

FLAGS = flags.FLAGS

FILE_NAME = "flags.txt"
_SCRIPT = re.compile(r"#\s+python (.+) --flagfile=THIS_FILE")
_CHANGE = re.compile(r"# changed (at iteration|after epoch) (\d+): --(\w+)=(.*) -> (.*)")


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a flags.txt."""
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def script_line(script: str) -> str:
    """The first line of flags.txt, a comment that names the script by its path."""
    return f"#     python {shlex.quote(script)} --flagfile=THIS_FILE"


def script_of(lines: Sequence[str]) -> str | None:
    """The path of the script that lines of flags.txt name; None if an early version wrote them."""
    match = _SCRIPT.fullmatch(lines[0]) if lines else None
    return shlex.split(match[1])[0] if match else None


def update(path: pathlib.Path, lines: Sequence[str], start: int, unit: str) -> list[str]:
    """Writes flags that a resumed run changes into its flags.txt, in one step.

    Args:
      path: of flags.txt.
      lines: the present lines of flags.txt (`flags.replay_flags`).
      start: the number of iterations or epochs after which the run is resumed.
      unit: 'at iteration' or 'after epoch'.

    Returns: the changes that are new, as '--NAME=BEFORE -> AFTER'. The file is kept if there are
      none.
    Raises: OSError if the file cannot be written; it is then as before.
    """
    before = read_lines(path)
    found = differences(read_flag_lines(before), read_flag_lines(lines))
    changes = _known_changes(before, start)
    for name, values in found.items():
        first = changes.pop((start, name), values)[0]
        changes[start, name] = first, values[1]
    noted = [
        f"# changed {unit} {at}: --{name}={first} -> {last}"
        for (at, name), (first, last) in changes.items()
        if first != last
    ]
    if found or noted != [line for line in before if _CHANGE.fullmatch(line)]:
        write_atomically(path, "\n".join([lines[0], *noted, *lines[1:]]) + "\n")
    return [f"--{name}={first} -> {last}" for name, (first, last) in found.items()]


def _known_changes(lines: Sequence[str], start: int) -> dict[tuple[int, str], tuple[str, str]]:
    """{(iteration, flag): (before, after)} of earlier changes. What was changed beyond `start`,
    where the newest checkpoint is no longer whole, only holds from `start` on."""
    changes: dict[tuple[int, str], tuple[str, str]] = {}
    for line in lines:
        match = _CHANGE.fullmatch(line)
        if match:
            key = min(int(match[2]), start), match[3]
            first = changes.pop(key, (match[4], ""))[0]
            changes[key] = first, match[5]
    return changes


def differences(before: dict[str, str], now: dict[str, str]) -> dict[str, tuple[str, str]]:
    """{flag: (text before, text now)} of the flags whose recorded values differ."""
    found = {}
    for name in dict.fromkeys([*before, *now]):
        if name not in FLAGS:
            continue  # of an early version
        first, last = before.get(name), now.get(name)
        if first is None or last is None:
            # A record leaves out flags that have no value, and those that were not there yet.
            default = _default_text(name)
            first, last = (default if text is None else text for text in (first, last))
        if not declarations.same_value(name, first, last):
            found[name] = first, last
    return found


def _default_text(name: str) -> str:
    text = FLAGS[name].default_as_str
    return "" if text is None else text.strip("'")
