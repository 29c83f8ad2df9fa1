"""Whether XLA compiles the training step, how many iterations form one call, and XLA's settings.

This module does not load TensorFlow.
"""

from __future__ import annotations

import math
import os
import pathlib
import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import BinaryIO

from amnat.training import gpu
from amnat.training.declarations import AUTO

from absl import flags

FLAGS = flags.FLAGS

# The most iterations that 'auto' puts into one call.
MOST_STEPS = 50
# What a run that recorded no value had.
_BEFORE = {"jit_compile": "false", "steps_per_execution": "1"}
# Why XLA cannot compile a step with `amnat.models.labelled_batches`.
LABELLED_OBSTACLE = (
    "the step shuffles the labelled samples by an operation that XLA lacks (RandomIndexShuffle)"
)
_COMPILE_ERROR = re.compile(
    r"tf2xla conversion failed|unsupported operations|not compilable|XLA compilation|No registered "
    r"'\w+' OpKernel for XLA"
)
_OPERATION = re.compile(r"No registered '(\w+)' OpKernel")
_DETERMINISTIC = "--xla_gpu_deterministic_ops=true"


def set_environment() -> None:
    """Sets what TensorFlow and XLA read when they load, unless the user's environment says so.

    A setting that the user's TF_XLA_FLAGS or XLA_FLAGS name is left as it is. TensorFlow must not
    be loaded yet. Without a GPU nothing is set.
    """
    if not gpu.usable_gpus():
        return
    if "deterministic" in FLAGS and FLAGS["deterministic"].value:
        _add("XLA_FLAGS", _DETERMINISTIC)
    folder = _cache_folder()
    if folder is not None:
        _add("TF_XLA_FLAGS", f"--tf_xla_persistent_cache_directory={folder / 'programs'}")
        _add("XLA_FLAGS", f"--xla_gpu_per_fusion_autotune_cache_dir={folder / 'autotuning'}")


def _add(variable: str, setting: str) -> None:
    present = os.environ.get(variable, "")
    if setting.partition("=")[0] not in present:
        os.environ[variable] = f"{present} {setting}".strip()


def _cache_folder() -> pathlib.Path | None:
    """The folder of compiled programs for this TensorFlow, GPU and driver; None without one.

    On a CPU there is none: starting is little faster there, and programs would have to be kept
    apart by processor.
    """
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    try:
        version = metadata.version("tensorflow")
        name = re.sub(r"[^\w.]+", "_", f"tensorflow {version} {gpu.installed_gpus()[0]}")
        folder = root / "amnat" / "xla" / name
        for part in ("programs", "autotuning"):
            (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        # TensorFlow ends a run if it cannot read or write a program.
        for program in (folder / "programs").iterdir():
            if not _is_whole(program):
                program.unlink()
        space = os.statvfs(folder)
    except (OSError, metadata.PackageNotFoundError):
        return None
    enough = space.f_bavail * space.f_frsize > 1 << 30
    return folder if enough and os.access(folder, os.W_OK) else None


def _is_whole(path: pathlib.Path) -> bool:
    """Whether a file is a sequence of complete fields of a protocol buffer, at least one."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        try:
            while file.tell() < size:
                kind = _number(file) & 7
                if kind == 0:
                    _number(file)
                elif kind in (1, 2, 5):
                    length = _number(file) if kind == 2 else {1: 8, 5: 4}[kind]
                    file.seek(length, os.SEEK_CUR)
                else:
                    return False
        except EOFError:
            return False
        return 0 < size == file.tell()


def _number(file: BinaryIO) -> int:
    """Reads a number of variable length from a protocol buffer; raises EOFError at the end."""
    value = shift = 0
    while True:
        byte = file.read(1)
        if not byte:
            raise EOFError
        value |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            return value


def keep_recorded(recorded: Mapping[str, str]) -> None:
    """Gives the flags that are left at 'auto' the values of a run's record, {flag: text}."""
    for name, before in _BEFORE.items():
        if name in FLAGS and FLAGS[name].value == AUTO:
            flag = FLAGS[name]
            flag.value = flag.parser.parse(recorded.get(name, before))


def settle(on_gpu: bool, small: bool, intervals: Iterable[int], obstacle: str = "") -> str:
    """Gives the flags that are left at 'auto' the values that are fastest; returns a note or ''.

    On a GPU that is XLA, and as many iterations per call as the intervals allow. On a CPU XLA
    starts too slowly for small networks and has slow convolutions for large ones; several
    iterations per call make networks of points faster, and change nothing for images.

    Args:
      on_gpu: whether the run computes on a GPU.
      small: whether the networks are small ones for points.
      intervals: the intervals in iterations at whose multiples something is written; 0 is none.
      obstacle: why XLA cannot compile the step, '' if it can.
    """
    note = ""
    if FLAGS.jit_compile == AUTO:
        # XLA chooses among its kernels by their time, and so another one in another process.
        FLAGS["jit_compile"].value = on_gpu and not obstacle and not _is_deterministic()
        if on_gpu and obstacle:
            note = f"not compiled with XLA: {obstacle}"
    if "steps_per_execution" in FLAGS and FLAGS.steps_per_execution == AUTO:
        steps = most_steps(intervals) if on_gpu or small else 1
        FLAGS["steps_per_execution"].value = steps
    return note


def _is_deterministic() -> bool:
    return "deterministic" in FLAGS and bool(FLAGS["deterministic"].value)


def most_steps(intervals: Iterable[int]) -> int:
    """The largest number up to MOST_STEPS that divides all intervals above 0."""
    common = math.gcd(*intervals)
    return max(n for n in range(1, MOST_STEPS + 1) if common % n == 0)


def compiles() -> bool:
    """Whether the step is compiled; 'auto' that nothing has settled means that it is not."""
    return FLAGS.jit_compile is True


def steps() -> int:
    """The number of iterations in a call; 'auto' that nothing has settled means 1."""
    return 1 if FLAGS.steps_per_execution == AUTO else FLAGS.steps_per_execution


def describe() -> str:
    """How the run is executed, as text."""
    count = steps()
    calls = f"{count} iterations in a call" if count > 1 else "each iteration by itself"
    return f"{'compiled with XLA, ' if compiles() else ''}{calls}"


def compile_failure(error: BaseException) -> str | None:
    """Why XLA could not compile a function, as text; None if the error is another one."""
    text = str(error)
    if not type(error).__module__.startswith("tensorflow") or not _COMPILE_ERROR.search(text):
        return None
    found = _OPERATION.search(text)
    return f"it has no operation {found[1]}" if found else " ".join(text.split())[:200]
