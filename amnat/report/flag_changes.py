"""Which flags of a run differ from their script's defaults, asked in a process of its own.

    python -m amnat.report.flag_changes tools/am_gan.py RUN/flags.txt

prints them as JSON. Two scripts define flags of the same names, so that one process can only ask
one script. Only scripts of this checkout's tools/ are imported.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pathlib
import subprocess
import sys
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
    """The running process that is asked about a run.

    Args:
      script: the path of the script, as flags.txt has it; None if it is not known.
      flags_file: the path of the run's flags.txt; None for a script without a run.
    """

    def __init__(self, script: str | None, flags_file: pathlib.Path | None):
        self._process: subprocess.Popen[str] | None = None
        path = own_script(script)
        if path is not None:
            command = [sys.executable, "-m", __spec__.name, str(path), str(flags_file or "")]
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )

    def answer(self) -> dict[str, Any] | None:
        """{"title": the method's name, "changed": {flag: [value, default]}, "place": the flag for
        the folder of runs}; None if the script is not one of amnat's or cannot tell."""
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
        "unknown": [name for name in recorded if name not in defaults],
    }


def main() -> int:
    script, flags_file = sys.argv[1:]
    path = own_script(script)
    if path is None:
        raise InputError(f"{script}: expected a script in {command_text.TOOLS}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None, "it is a file of Python"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    declared: Script = module.SCRIPT()
    declared.declare(str(path))
    flags.FLAGS.mark_as_parsed()
    recorded = read_flag_lines(read_lines(flags_file)) if flags_file else {}
    print(json_text.dumps(changes(declared, recorded)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
