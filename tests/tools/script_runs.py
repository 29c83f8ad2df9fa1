"""Runs the scripts as a user does."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def flagfiles_of(script):
    """The flagfiles whose first line calls tools/<script>, sorted."""
    files = sorted((ROOT / "flags").glob("*.flags"))
    return [path for path in files if f"tools/{script} " in path.read_text().splitlines()[0]]


def run_script(name, *arguments, cwd=None, timeout=300):
    """Runs tools/<name>; returns the finished process with its output as text."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / name), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
