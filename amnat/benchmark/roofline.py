"""Bounds from the published figures of a GPU: computed, not measured. Does not load TensorFlow."""

from typing import NamedTuple


class Accelerator(NamedTuple):
    """Published peaks of a GPU, dense (without sparsity).

    Attributes:
      name: name of the product.
      flops: {precision: operations per second}.
      bytes_per_second: bandwidth of its memory.
    """

    name: str
    flops: dict
    bytes_per_second: float


# The source is NVIDIA's data sheets of the A100 80GB SXM and the H100 SXM5.
ACCELERATORS = (
    Accelerator(
        "A100 SXM 80GB", {"float32": 19.5e12, "tf32": 156e12, "bfloat16": 312e12}, 2.039e12
    ),
    Accelerator("H100 SXM", {"float32": 67e12, "tf32": 494.7e12, "bfloat16": 989.4e12}, 3.35e12),
)
NUMBER_BYTES = {"float32": 4, "tf32": 4, "bfloat16": 2}


def bounds(operations, accelerator, precision):
    """Two lower bounds for the seconds of a call.

    Args:
      operations: [[kind, flops, numbers], ...] from `task_worker.count`.
      accelerator: `Accelerator`.
      precision: a key of `Accelerator.flops`.

    Returns: (bound if everything but products is free, bound if nothing is fused, so that every
      operation reads its inputs from memory and writes its outputs there).
    """
    peak, size = accelerator.flops[precision], NUMBER_BYTES[precision]

    def seconds(flops, numbers):
        return max(flops / peak, numbers * size / accelerator.bytes_per_second)

    products = sum(seconds(flops, numbers) for _, flops, numbers in operations if flops)
    return products, sum(seconds(flops, numbers) for _, flops, numbers in operations)


def table(counted):
    """The bounds as text, from {workload: result of `task_worker.count`}."""
    lines = [
        "Computed from published peaks, not measured: the most units per second if everything but",
        "products were free, and if nothing were fused.",
        f"{'workload':22}{'GFLOP':>9}  {'GPU':15}{'precision':11}{'products':>12}{'unfused':>12}",
    ]
    for name, found in counted.items():
        for accelerator in ACCELERATORS:
            for precision in accelerator.flops:
                products, unfused = bounds(found["operations"], accelerator, precision)
                lines.append(
                    f"{name:22}{found['flops'] / 1e9:9.4g}  {accelerator.name:15}{precision:11}"
                    f"{1 / products:10.4g}/s{1 / unfused:10.4g}/s"
                )
                name = ""
    return "\n".join(lines)
