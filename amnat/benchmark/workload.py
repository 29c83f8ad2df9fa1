"""What a workload is: something whose speed is measured, and how each side runs it.

Loads no TensorFlow.
"""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Original:
    """How an original repository runs a workload.

    Attributes:
      name: of `amnat.compat.originals`.
      configuration: of that original.
      settings: callable, the workload's settings -> {flag of the original: value}.
    """

    name: str
    configuration: str
    settings: Callable


@dataclasses.dataclass(frozen=True)
class Workload:
    """A kind of work, in calls that are timed one by one or in groups.

    Attributes:
      name: for --workloads, the name of its file.
      title: in a few words, for the tables.
      settings: {name: number or text}, JSON values; `program` and the PyTorch program read them.
      small: in place of `settings` with --small, to try the tool out.
      calls: of a process; those of the first report of the loop are not part of the rate.
      small_calls: with --small.
      program: callable, settings -> `programs.Program`; loads TensorFlow.
      unit, units: what one call makes: callable, settings -> number of `unit`s.
      torch: "module:function" of tools/torch_benchmark, None without.
      original: `Original`, None without.
      floor: what the floor's matrix product is taken in, 'float32' or 'float64'; None where
        products are not what the time goes into.
      small_operations: as for `flag_defs.load_tensorflow`: amnat's side has oneDNN off.
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
    torch: str | None = None
    original: Original | None = None
    floor: str | None = "float32"
    small_operations: bool = False

    def sized(self, small):
        """(settings, calls) of the full or the small size."""
        if small:
            return self.settings | self.small, self.small_calls
        return dict(self.settings), self.calls
