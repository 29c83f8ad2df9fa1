"""What the processor can do. This module does not load TensorFlow."""

from __future__ import annotations

import functools
import pathlib

_CPU_INFO = pathlib.Path("/proc/cpuinfo")
# Parameters from which bfloat16 pays on a processor with such units. AM-GAN at half its width (1.6
# million) and batches of 100 gains, at a quarter (0.4 million) and batches of 32 it loses.
_WIDE = 1_000_000


@functools.cache
def multiplies_bfloat16() -> bool:
    """Whether the processor has units for products of bfloat16 matrices (Intel's AMX).

    Only Linux tells. Other processors compute bfloat16 too, but by way of float32.
    """
    try:
        lines = _CPU_INFO.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("flags") and "amx_bf16" in line.split() for line in lines)


def precision_note(num_parameters: int, on_gpu: bool, precision: str) -> str:
    """What the log says of a faster precision than the one that is chosen, or ''.

    Args:
      num_parameters: number of parameters of all networks.
      on_gpu: whether the run computes on a GPU.
      precision: the value of --mixed_precision.
    """
    is_narrow = num_parameters < _WIDE
    if is_narrow or on_gpu or precision != "none" or not multiplies_bfloat16():
        return ""
    return (
        "this processor multiplies bfloat16 in hardware (AMX): --mixed_precision=bfloat16 is faster"
    )
