"""Runs tasks in fresh processes and reads their results. Does not load TensorFlow."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from amnat import json_text
from amnat.compat import originals
from amnat.compat.processes import run_side, with_this_amnat
from amnat.errors import InputError
from amnat.files import scratch_folder

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TORCH_PROGRAM = ROOT / "tools" / "torch_benchmark"
# How a PyTorch program runs -> the name of that side.
TORCH_SIDES = {"eager": "torch", "compile": "torch_compile", "graphs": "torch_graphs"}
_LINES_SHOWN = 12


def find_torch(interpreter):
    """Finds the interpreter for the PyTorch programs: the given one, this one, or None.

    Raises: InputError if the given interpreter has no PyTorch.
    """
    if not interpreter:
        return sys.executable if importlib.util.find_spec("torch") else None
    # The system's own error for a missing program depends on the folders that it searches.
    found = shutil.which(os.path.expanduser(interpreter))
    if found is None:
        exists = os.path.exists(os.path.expanduser(interpreter))
        reason = "is not a program that can be run" if exists else "no such program"
        raise InputError(f"--torch_python={interpreter}: {reason}")
    try:
        done = subprocess.run([found, "-c", "import torch"], capture_output=True, check=False)
    except OSError as error:
        raise InputError(f"--torch_python={interpreter}: {error.strerror}") from error
    if done.returncode:
        raise InputError(f"--torch_python={interpreter}: it cannot import torch; pip install torch")
    return found


def run_task(command, request, **variables):
    """Runs a program on a request; returns (its result, its start in seconds since the epoch).

    Args:
      command: list of words, to which the path of the request file is appended.
      request: dict without "out".
      variables: changes of the environment.

    Raises: InputError with the last lines of the program's output if it failed.
    """
    with scratch_folder("amnat-benchmark-") as scratch:
        path, out = scratch / "request.json", scratch / "result.json"
        path.write_text(json_text.dumps(request | {"out": str(out)}), encoding="utf-8")
        started = time.time()
        done = subprocess.run(
            [*command, str(path)],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"} | variables,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            last = "\n".join(done.stderr.strip().splitlines()[-_LINES_SHOWN:])
            what = f"{request['task']} of {request.get('workload', 'a matrix product')}"
            raise InputError(f"{what} failed (status {done.returncode}); its last lines:\n{last}")
        return json.loads(out.read_text(encoding="utf-8")), started


def run_amnat(request):
    """Runs a task of `amnat.benchmark.task_worker`."""
    command = [sys.executable, "-m", "amnat.benchmark.task_worker"]
    return run_task(command, request, PYTHONPATH=with_this_amnat())


class Sides:
    """The sides that can run workloads.

    Args:
      torch: an interpreter with PyTorch, or None.
      torch_modes: the ways in which the PyTorch programs run, of 'eager', 'compile' and 'graphs'.
      originals_dir: folder whose subfolders are checkouts with the names of their repositories
        (AM-GAN2, gan-intro), or None.
      onednn: whether the originals use oneDNN; as published they do not.
    """

    def __init__(self, torch=None, originals_dir=None, onednn=False, torch_modes=("eager",)):
        self.torch, self.onednn, self.torch_modes = torch, onednn, torch_modes
        self.originals_dir = originals_dir and pathlib.Path(originals_dir).expanduser()

    def names(self, workload):
        """The sides that run a workload, amnat first."""
        found = ["amnat"]
        if workload.original and self.originals_dir and self.checkout(workload).is_dir():
            found.append("original")
        if workload.torch and self.torch:
            modes = [mode for mode in workload.torch_modes if mode in self.torch_modes]
            found += [TORCH_SIDES[mode] for mode in modes]
        return found

    def checkout(self, workload):
        """The folder of a workload's original."""
        url = originals.module(workload.original.name).ORIGINAL.url
        return self.originals_dir / url.rpartition("/")[2]

    def check(self, workload):
        """Raises InputError if a checkout exists but is not the expected one."""
        if "original" in self.names(workload):
            original = originals.module(workload.original.name).ORIGINAL
            originals.check_checkout(original, self.checkout(workload))

    def time(self, side, workload, settings, calls):
        """Times one process.

        Returns: {"rate": units per second, "seconds_to_first", "peak_bytes", "gpu_peak_bytes": of
          the first GPU, None without one}.
        """
        if side == "original":
            result, started = self._original(workload, settings, calls)
        else:
            request = {"task": "time", "workload": workload.name, "settings": settings}
            request |= {"calls": calls, "program": workload.torch}
            if side == "amnat":
                result, started = run_amnat(request)
            else:
                modes = {name: mode for mode, name in TORCH_SIDES.items()}
                result, started = self._torch(request | {"mode": modes[side]})
        times = result["times"]
        (first, first_done), (last, last_done) = times[1], times[-1]
        rate = (last_done - first_done) / (last - first)
        return {
            "rate": rate * workload.units(settings),
            "seconds_to_first": first - started,
            "peak_bytes": result["peak_bytes"],
            "gpu_peak_bytes": result.get("gpu_peak_bytes"),
        }

    def _torch(self, request):
        return run_task([self.torch, str(TORCH_PROGRAM)], request)

    def product(self, library, size, dtype, seconds):
        """The flops per second of a large matrix product with the library 'amnat' or 'torch'."""
        request = {"task": "product", "size": size, "dtype": dtype, "seconds": seconds}
        run = run_amnat if library == "amnat" else self._torch
        return run(request)[0]["flops_per_second"]

    def _original(self, workload, settings, calls):
        original = originals.module(workload.original.name).ORIGINAL
        configuration = original.configurations[workload.original.configuration]
        # These texts, as from a command line, override the settings of the configuration.
        changes = {k: str(v) for k, v in workload.original.settings(settings).items()}
        job = {
            "task": "speed",
            "configuration": configuration.with_changes(changes),
            "iterations": calls,
        }
        with scratch_folder("amnat-benchmark-") as scratch:
            folder = self.checkout(workload)
            process, (stored,) = run_side("original", original, folder, [job], scratch, self.onednn)
            times = stored["times"].tolist()
            return {"times": times, "peak_bytes": float(stored["peak_bytes"])}, process.started
