"""Records the flags of every script in tools/ in recorded_flags.json; a test holds scripts to it.

    python tests/record_flags.py

The key flags of a script are those that its --helpshort shows: names, types, defaults, short names,
bounds and choices. Where a flag is added or changed deliberately, record them again and look
through the difference of recorded_flags.json: it has to show that flag only.
"""

import json
import os
import pathlib
import sys
from unittest import mock

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = pathlib.Path(__file__).resolve().with_name("recorded_flags.json")


def script_names():
    """The scripts in tools/, links included."""
    return sorted(path.name for path in (ROOT / "tools").glob("*.py"))


def script_flags(name):
    """{flag: what is recorded of it} of tools/<name>."""
    from script_runs import loaded_script

    path = str(ROOT / "tools" / name)
    # Defaults may depend on both.
    environment = {key: value for key, value in os.environ.items() if key != "XDG_CACHE_HOME"}
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", [path]),
        loaded_script(name),
    ):
        return {flag.name: describe(flag) for flag in flags.FLAGS.get_key_flags_for_module(path)}


def all_flags():
    """{script: its `script_flags`}."""
    return {name: script_flags(name) for name in script_names()}


def describe(flag):
    """An absl flag as JSON values; what it has not is left out."""
    bounds = [getattr(flag.parser, name, None) for name in ("lower_bound", "upper_bound")]
    declared = getattr(flag, "declaration", None)
    if declared is not None:
        bounds = [declared.at_least, declared.at_most]
    found = {
        "short_name": flag.short_name,
        "bounds": bounds if bounds != [None, None] else None,
        "choices": getattr(flag.parser, "enum_values", None),
    }
    kept = {name: value for name, value in found.items() if value is not None}
    return {"type": flag.flag_type(), "default": _portable(flag.default)} | kept


def _portable(default):
    return default.replace(str(ROOT), "<root>") if isinstance(default, str) else default


def as_text(record):
    """JSON with a line for each flag."""
    scripts = []
    for name, found in record.items():
        lines = [f'  "{flag}": {json.dumps(found[flag])}' for flag in sorted(found)]
        scripts.append(f' "{name}": {{\n' + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(scripts) + "\n}\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    RECORD.write_text(as_text(all_flags()), encoding="utf-8")
