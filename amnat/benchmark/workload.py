"""The description of a workload: work whose speed is measured, and how each side runs it.

This module does not load TensorFlow.
"""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Original:
    """How an original repository runs a workload.

    Attributes:
      name: the name of the original in `amnat.compat.originals`.
      configuration: the name of a configuration of that original.
      settings: callable, the workload's settings -> {flag of the original: value}.
    """

    name: str
    configuration: str
    settings: Callable


@dataclasses.dataclass(frozen=True)
class Workload:
    """A kind of work, in calls that are timed one by one or in groups.

    Attributes:
      name: the name for --workloads and of its file.
      title: a few words for the tables.
      settings: {name: number or text}, JSON values; `program` and the PyTorch program read them.
      small: settings that override `settings` with --small, to try out the tool.
      calls: number of calls in a process; those up to the loop's first report do not count for the
        rate.
      small_calls: number of calls with --small.
      program: callable, settings -> `programs.Program`; loads TensorFlow.
      unit, units: the name of the unit of work, and a callable, settings -> number of units per
        call.
      gpu: settings that override `settings` on a GPU: what scripts choose there by themselves.
      gpu_calls: number of calls in a process on a GPU; None for `calls`.
      torch: "module:function" in tools/torch_benchmark, or None.
      torch_modes: the ways in which that program runs: 'eager', 'compile' (torch.compile) and, on a
        GPU, 'graphs' (CUDA graphs).
      original: `Original`, or None.
      floor: the dtype of the floor's matrix product, 'float32' or 'float64'; None if products do
        not dominate the time.
      small_operations: whether oneDNN is off on amnat's side, as for
        `amnat.training.main.load_tensorflow`.
    """

    name: str
    title: str
    settings: dict
    small: dict
    calls: int
    small_calls: int
    program: Callable
    unit: str = "iterations"
    units: Callable = lambda settings: 1
    gpu: dict = dataclasses.field(default_factory=dict)
    gpu_calls: int | None = None
    torch: str | None = None
    torch_modes: tuple[str, ...] = ("eager",)
    original: Original | None = None
    floor: str | None = "float32"
    small_operations: bool = False

    def sized(self, small, on_gpu=False):
        """(settings, calls) for the full or the small size."""
        settings, calls = dict(self.settings), self.calls
        if on_gpu:
            settings, calls = settings | self.gpu, self.gpu_calls or calls
        if small:
            settings, calls = settings | self.small, self.small_calls
        return settings, calls
