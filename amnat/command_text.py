"""Commands that users copy from messages: they work as they are printed."""

from __future__ import annotations

import os
import pathlib
import shlex
import shutil
import sys

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "tools"


def command(*arguments: object, script: str | os.PathLike[str] | None = None) -> str:
    """The command that runs a script, quoted for a shell in the current folder.

    Args:
      arguments: of the script.
      script: its path, or its name in tools/; by default the running script.
    """
    path = pathlib.Path(sys.argv[0] if script is None else TOOLS / script)
    words = [_python(), _short(path), *map(str, arguments)]
    return shlex.join(words)


def _python() -> str:
    """`python` if a shell finds this interpreter by that name, otherwise its path."""
    found = shutil.which("python")
    is_this = found and os.path.dirname(found) == os.path.dirname(sys.executable)
    return "python" if is_this else sys.executable


def _short(path: pathlib.Path) -> str:
    """A path, relative if it is below the current folder."""
    absolute = pathlib.Path(os.path.abspath(path))
    here = pathlib.Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
