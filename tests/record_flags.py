"""Records the flags of every script in tools/ in recorded_flags.json; a test holds scripts to it.

    python tests/record_flags.py

The key flags of a script, those that its --helpshort shows: names, types, defaults, short names,
bounds and choices. Where a flag is added or changed deliberately, record them again and look
through the difference of recorded_flags.json: it has to show that flag alone.
"""

import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import runpy
import subprocess
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = pathlib.Path(__file__).resolve().with_name("recorded_flags.json")
# Defaults depend on it.
DROPPED_VARIABLES = ("PYTHONPATH", "XDG_CACHE_HOME")


def script_names():
    """The scripts in tools/, links included."""
    return sorted(path.name for path in (ROOT / "tools").glob("*.py"))


def script_flags(name):
    """{flag: what is recorded of it} of tools/<name>, as a process of its own finds it."""
    environment = {key: os.environ[key] for key in os.environ if key not in DROPPED_VARIABLES}
    finished = subprocess.run(
        [sys.executable, __file__, str(ROOT / "tools" / name)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"{name}: {finished.stderr}")
    return json.loads(finished.stdout)


def all_flags():
    """{script: its `script_flags`}."""
    names = script_names()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(script_flags, names), strict=True))


def show(path):
    """Runs the script at `path` for its help; prints its flags as JSON."""
    sys.argv = [path, "--helpshort"]
    sys.path[0] = os.path.dirname(path)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        runpy.run_path(path, run_name="__main__")
    found = flags.FLAGS.get_key_flags_for_module(path)
    print(json.dumps({flag.name: describe(flag) for flag in found}))


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


def main():
    if len(sys.argv) > 1:
        show(sys.argv[1])
        return
    RECORD.write_text(as_text(all_flags()), encoding="utf-8")


if __name__ == "__main__":
    main()
