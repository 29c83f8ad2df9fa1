"""Which flags of runs differ from their script's defaults, asked in a process of its own.

    python -m amnat.report.flag_changes tools/am_gan.py RUN/flags.txt ...

prints a JSON list with an answer for each run. Two scripts define flags of the same names, so that
one process can only ask one script. Only scripts of this checkout's tools/ are imported.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pathlib
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import amnat.start  # noqa: F401  (before the others)
from amnat import command_text, json_text
from amnat.errors import InputError
from amnat.training import declarations
from amnat.training.flag_record import differences, read_lines
from amnat.training.main import Script
from amnat.training.run_directory import read_flag_lines

from absl import flags

# Seconds after which the process is taken to hang.
_HANGS = 120.0


class Question:
    """The running process that is asked about a script and its runs.

    Args:
      script: the path of the script, as flags.txt has it; None if it is not known.
      flags_files: the paths of the runs' flags.txt; none for a question about the script alone.
    """

    def __init__(self, script: str | None, flags_files: Sequence[pathlib.Path] = ()):
        self._count = max(1, len(flags_files))
        self._answers: list[Any] | None = None
        self._process: subprocess.Popen[str] | None = None
        path = own_script(script)
        if path is not None:
            command = [sys.executable, "-m", __spec__.name, str(path), *map(str, flags_files)]
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )

    def answers(self) -> list[dict[str, Any] | None]:
        """For each run {"title": the method's name, "changed": {flag: [value, default]}, "place":
        the flag for the folder of runs, "takes_data": whether it has --data_dir, "unknown": flags
        that the script lacks}; None if the script is not one of amnat's or cannot tell."""
        if self._answers is None:
            self._answers = self._wait() or [None] * self._count
        return self._answers

    def _wait(self) -> list[Any] | None:
        if self._process is None:
            return None
        try:
            output, _ = self._process.communicate(timeout=_HANGS)
            return json.loads(output) if self._process.returncode == 0 else None
        except (subprocess.TimeoutExpired, ValueError):
            self._process.kill()
            return None


def own_script(script: str | None) -> pathlib.Path | None:
    """The script in this checkout's tools/ that has this path or name; None if there is none."""
    if script is None:
        return None
    path = command_text.TOOLS / pathlib.Path(script).name
    is_own = script == f"tools/{path.name}" or pathlib.Path(script) == path
    return path if is_own and path.is_file() else None


def changes(script: Script, recorded: dict[str, str]) -> dict[str, Any]:
    """The answer about recorded flags, {name: text}, for a script that has been declared."""
    defaults = {}
    for name in recorded:
        if name in flags.FLAGS and declarations.declaration(name) is not None:
            default = flags.FLAGS[name].default_as_str
            defaults[name] = "" if default is None else default.strip("'")
    known = {name: recorded[name] for name in defaults}
    for name, text in known.items():
        # A value that this version no longer takes does not change the title.
        with contextlib.suppress(flags.Error):
            flags.FLAGS[name].parse(text)
    title = getattr(script, "title", None)
    places = script.place_flags()
    return {
        "title": title() if title is not None else "",
        "changed": {
            name: [now, before] for name, (before, now) in differences(defaults, known).items()
        },
        "place": places[0] if places else "",
        "takes_data": "data_dir" in script.flag_names,
        "unknown": [name for name in recorded if name not in defaults],
    }


def main() -> int:
    script, *flags_files = sys.argv[1:]
    path = own_script(script)
    if path is None:
        raise InputError(f"{script}: expected a script in {command_text.TOOLS}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None, "it is a file of Python"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    declared: Script = module.SCRIPT()
    declared.declare(str(path))
    found = []
    for recorded in [read_flag_lines(read_lines(each)) for each in flags_files] or [{}]:
        # Back to the defaults: a value of the run before is none of this one's.
        flags.FLAGS.unparse_flags()
        for name in flags.FLAGS:
            flags.FLAGS[name].unparse()
        flags.FLAGS.mark_as_parsed()
        found.append(changes(declared, recorded))
    print(json_text.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
