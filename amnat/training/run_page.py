"""The page of a run that has ended, written by a process of its own.

`amnat.report` stands above this package, and draws with a library that a training does not need.
Whatever becomes of that process, the run stays as it is.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from absl import flags

FLAGS = flags.FLAGS

# If it is set to anything, runs write no page unless --report is given; the tests set it.
NO_PAGES = "AMNAT_NO_REPORT"
# Seconds after which the process is taken to hang.
_HANGS = 300.0
_COMMAND = [sys.executable, "-m", "amnat.report"]


def write_page(folder: pathlib.Path) -> None:
    """Writes report.html into a run's folder if --report says so, and prints its path.

    A failure is one line on stderr; it does not change how the run ended.
    """
    if not FLAGS.report or (os.environ.get(NO_PAGES) and not FLAGS["report"].present):
        return
    command = [*_COMMAND, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_HANGS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        _warn(folder, str(error))
        return
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        _warn(folder, lines[-1].partition("error: ")[2] or lines[-1])
    else:
        print(done.stdout.strip(), flush=True)


def _warn(folder: pathlib.Path, reason: str) -> None:
    again = f"python tools/report.py {folder}"
    print(f"warning: the run has no page ({reason}); {again} writes it", file=sys.stderr)
