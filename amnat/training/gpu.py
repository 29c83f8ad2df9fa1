"""NVIDIA's GPUs as the driver sees them: one that TensorFlow cannot use, one whose memory is full.

This module does not load TensorFlow.
"""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

from absl import flags

# nvidia-smi answers within a second; on a broken machine it may hang.
_TIMEOUT_SECONDS = 20
_HIDDEN = ("", "-1", "none", "NoDevFiles")
# Flags that say how much memory a step takes.
_SIZES = re.compile(r"batch_?size|mb_size|filterdim|width|hidden|^[gde]f_dim", re.IGNORECASE)
_OUT_OF_MEMORY = re.compile(
    r"OOM when allocating|Out of memory|CUDA_ERROR_OUT_OF_MEMORY|failed to allocate memory",
    re.IGNORECASE,
)


def _nvidia_smi(*arguments: str) -> list[str]:
    """The lines that nvidia-smi prints; none if it is missing or fails."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        finished = subprocess.run(
            [command, *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = finished.stdout.splitlines() if finished.returncode == 0 else []
    return [line.strip() for line in lines if line.strip()]


@functools.cache
def installed_gpus() -> tuple[str, ...]:
    """What the driver says of each GPU of this machine: 'NVIDIA H200, 580.65.06'; often none.

    A machine without nvidia-smi has a GPU if the driver has a device for one.
    """
    lines = _nvidia_smi("--query-gpu=name,driver_version", "--format=csv,noheader")
    if lines or shutil.which("nvidia-smi"):
        return tuple(lines)
    devices = sorted(pathlib.Path("/dev").glob("nvidia[0-9]*"))
    has_driver = pathlib.Path("/proc/driver/nvidia/version").exists()
    return ("NVIDIA GPU",) * len(devices) if has_driver else ()


def usable_gpus() -> tuple[str, ...]:
    """`installed_gpus`; none if CUDA_VISIBLE_DEVICES hides all of them."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in _HIDDEN
    return () if hidden else installed_gpus()


def warn_if_idle() -> None:
    """Says on stderr if there is a GPU that TensorFlow, which is loaded here, cannot use."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return
    found = usable_gpus()
    if not found:
        return
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.isdigit() and int(visible) >= len(found):
        fix = f"CUDA_VISIBLE_DEVICES={visible} names none of its {len(found)} GPUs (0 is the first)"
    else:
        fix = "bash tools/setup.sh installs NVIDIA's libraries (BUILD.md, GPUs)"
    print(
        f"warning: this machine has a GPU ({found[0]}) that TensorFlow cannot use, so this runs on "
        f"the CPU: {fix}; CUDA_VISIBLE_DEVICES= asks for the CPU",
        file=sys.stderr,
    )


def out_of_memory(error: BaseException, module: str) -> str | None:
    """Explains a TensorFlow error in one line if it is that a memory is full, otherwise None.

    Args:
      error: what was raised.
      module: the script, by the name that absl has for it.
    """
    text = str(error)
    of_tensorflow = type(error).__module__.startswith("tensorflow")
    if not of_tensorflow or not _OUT_OF_MEMORY.search(text):
        return None
    on_cpu = "device:CPU" in text and "device:GPU" not in text
    device = "this machine's memory" if on_cpu else "the memory of the GPU"
    sizes = [
        f"--{flag.name}={flag.value}"
        for flag in flags.FLAGS.get_key_flags_for_module(module)
        if _SIZES.search(flag.name) and not isinstance(flag.value, (bool, type(None)))
    ]
    others = [] if on_cpu else other_processes()
    also = f"; also on the GPU: {', '.join(others)}" if others else ""
    asked = f" with {' '.join(sizes)}" if sizes else ""
    return f"{device} is full{asked}: take a smaller batch or narrower networks{also}"


def other_processes() -> list[str]:
    """The other processes that compute on the GPUs, as texts, as far as nvidia-smi tells."""
    query = "--query-compute-apps=pid,process_name,used_memory"
    rows = [row.split(", ") for row in _nvidia_smi(query, "--format=csv,noheader")]
    return [
        f"process {row[0]} ({os.path.basename(row[1])}) with {row[2]}"
        for row in rows
        if len(row) == 3 and row[0] != str(os.getpid())
    ]
