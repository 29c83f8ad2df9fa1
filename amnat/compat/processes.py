"""Runs the two sides of a comparison in separate processes and reads their results."""

import dataclasses
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import amnat
from amnat import json_text
from amnat.errors import InputError

import numpy as np

SIDES = ("original", "amnat")
_PACKAGE = pathlib.Path(__file__).resolve().parent.parent.parent
_LINES_SHOWN = 12


def peak_bytes():
    """The peak resident memory of this process in bytes."""
    # Linux reports kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def with_this_amnat():
    """PYTHONPATH for a process that imports this amnat first, and the rest from where this one
    does."""
    return os.pathsep.join(filter(None, [str(_PACKAGE), os.environ.get("PYTHONPATH")]))


class Side:
    """A process that runs the jobs of one side.

    Args:
      side: 'original' or 'amnat'.
      original: `Original`.
      folder: the user's checkout.
      jobs: dicts; see `amnat.compat.comparison_worker`. "configuration" is a `Configuration`.
      scratch: folder for the exchanged files.
      onednn: whether TensorFlow uses oneDNN.

    Attributes:
      started: start time in seconds since the epoch.
    """

    def __init__(self, side, original, folder, jobs, scratch, onednn=True):
        self.side = side
        self._scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"{side}-", dir=scratch))
        self._outs = [self._scratch / f"{number}.npz" for number in range(len(jobs))]
        request = {"side": side, "original": original.name, "folder": str(folder)}
        request["jobs"] = [
            job | {"configuration": dataclasses.asdict(job["configuration"]), "out": str(out)}
            for job, out in zip(jobs, self._outs, strict=True)
        ]
        path = self._scratch / "request.json"
        path.write_text(json_text.dumps(request), encoding="utf-8")
        environment = os.environ | {
            "TF_ENABLE_ONEDNN_OPTS": str(int(onednn)),
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "LC_ALL": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "PYTHONPATH": with_this_amnat(),
        }
        self._errors = open(  # noqa: SIM115
            self._scratch / "stderr.txt", "w+", encoding="utf-8", errors="replace"
        )
        self.started = time.time()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "amnat.compat.comparison_worker", str(path)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            errors="replace",
        )

    def stop(self):
        """Ends the process."""
        self._process.kill()

    def wait(self, report=lambda number: None):
        """Waits for the jobs and calls report(number) after each; returns their results.

        Raises: InputError with the last lines of the process's output if it failed.
        """
        try:
            for line in self._process.stdout:
                if line.startswith("done "):
                    report(int(line.split()[1]))
            status = self._process.wait()
        except BaseException:
            self._process.kill()
            raise
        if status:
            self._errors.seek(0)
            last = self._errors.read().strip().splitlines()[-_LINES_SHOWN:]
            raise InputError(
                f"the {self.side} side failed (status {status}); its last lines:\n"
                + "\n".join(last)
            )
        self._errors.close()
        return [np.load(out, allow_pickle=False) for out in self._outs]


def run_side(side, original, folder, jobs, scratch, onednn=True, report=lambda number: None):
    """Runs jobs in one fresh process; returns (the `Side`, its results)."""
    process = Side(side, original, folder, jobs, scratch, onednn)
    return process, process.wait(report)


def versions():
    """The versions that results depend on, {name: text}."""
    import importlib.metadata
    import platform

    return {
        "amnat": amnat.__version__,
        "tensorflow": importlib.metadata.version("tensorflow"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
    }
