"""The processes of a sweep's runs: they are started, logged, and stopped together."""

from __future__ import annotations

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence


class Stopped(Exception):
    """A run was stopped, or not started, because the sweep stops; the next call goes on with it."""


class Processes:
    """Running processes that are stopped together.

    Args:
      jobs: the number that run at the same time; each gets its share of the processor's cores.

    Attributes:
      is_stopping: whether `stop` was called; no process starts any more.
    """

    def __init__(self, jobs: int):
        self.is_stopping = False
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self._environment = dict(os.environ)
        threads = max(1, (os.cpu_count() or 1) // jobs)
        self._environment.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
        if jobs > 1:
            # Otherwise the first run takes the memory of the whole card.
            self._environment.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

    def stop(self) -> None:
        """Sends SIGTERM to all, on which runs save a checkpoint; does not wait for them."""
        with self._lock:
            self.is_stopping = True
            for process in self._running:
                process.terminate()

    def call(self, script: str | os.PathLike[str], words: Sequence[str], log: pathlib.Path) -> None:
        """Runs a Python script with its output at the end of a file.

        Raises:
          Stopped: if it was stopped by `stop`.
          RuntimeError: with its last error or line if it failed.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(script), *words]
        with open(log, "a", encoding="utf-8") as file:
            file.write(shlex.join(command) + "\n")
            file.flush()
            with self._lock:
                if self.is_stopping:
                    raise Stopped
                process = subprocess.Popen(
                    [*_ends_with_us(), *command],
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                )
                self._running.add(process)
            try:
                status = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        if status and self.is_stopping:
            raise Stopped
        if status:
            raise RuntimeError(f"status {status}: {_last_error(log, command)} (see {log})")


def _ends_with_us() -> list[str]:
    """The words before a command whose process gets SIGTERM if the sweep is killed, if Linux's
    setpriv is there. A run would otherwise go on alone, and keep its folder from the next call."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def _last_error(log: pathlib.Path, command: Sequence[str]) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    *_, output = text.rpartition(shlex.join(command))
    lines = output.strip().splitlines() or ["it printed nothing"]
    errors = [line for line in lines if "error: " in line]
    return (errors or lines)[-1]
