"""What the published figures of a GPU allow: computed, not measured. Loads no TensorFlow."""

from typing import NamedTuple


class Accelerator(NamedTuple):
    """Published peaks of a GPU, dense (without sparsity).

    Attributes:
      name: of the product.
      flops: {precision: operations per second}.
      bytes_per_second: of its memory.
    """

    name: str
    flops: dict
    bytes_per_second: float


# NVIDIA's data sheets of the A100 80GB SXM and the H100 SXM5.
ACCELERATORS = (
    Accelerator(
        "A100 SXM 80GB", {"float32": 19.5e12, "tf32": 156e12, "bfloat16": 312e12}, 2.039e12
    ),
    Accelerator("H100 SXM", {"float32": 67e12, "tf32": 494.7e12, "bfloat16": 989.4e12}, 3.35e12),
)
NUMBER_BYTES = {"float32": 4, "tf32": 4, "bfloat16": 2}


def bounds(operations, accelerator, precision):
    """Two lower bounds of the seconds of a call.

    Args:
      operations: [[kind, flops, numbers], ...] of `side.count`.
      accelerator: `Accelerator`.
      precision: of `Accelerator.flops`.

    Returns: (if all that is not a product costs nothing, if every operation reads its inputs from
      memory and writes its outputs there: nothing is fused).
    """
    peak, size = accelerator.flops[precision], NUMBER_BYTES[precision]

    def seconds(flops, numbers):
        return max(flops / peak, numbers * size / accelerator.bytes_per_second)

    products = sum(seconds(flops, numbers) for _, flops, numbers in operations if flops)
    return products, sum(seconds(flops, numbers) for _, flops, numbers in operations)


def table(counted):
    """{workload: result of `side.count`} as text."""
    lines = [
        "Computed from published peaks, not measured: units of a call per second at most, if all",
        "but products were free, and if nothing were fused.",
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
