"""Runs all sides in alternating rounds, and computes a lower bound (floor) of the time.

This module does not load TensorFlow.
"""

import statistics

from amnat.compat.processes import versions
from amnat.errors import InputError
from amnat.training import gpu

PRODUCT_SIZE, GPU_PRODUCT_SIZE, SMALL_PRODUCT_SIZE = 4096, 8192, 512
PRODUCT_SECONDS = 3.0
OPTIONAL_SIDES = ("torch_compile", "torch_graphs")
# For each kind and size of a product or convolution.
KERNEL_SECONDS, SMALL_KERNEL_SECONDS = 0.3, 0.01


def measure(workloads, sides, rounds, small=False, changes=None, calls=None, report=print):
    """Times every workload on every side that runs it, alternately in fresh processes.

    A workload has two floors: the time that its counted products need at the rate of a large matrix
    product, the fastest rate that any library reached in this run; and the time that its products
    and convolutions take at their own sizes, each timed by itself.

    On a GPU, products in float32 are in TF32, as TensorFlow's default is. The settings are then
    those that scripts choose there.

    Args:
      workloads: list of `workload.Workload`.
      sides: `runs.Sides`.
      rounds: number of processes of each side.
      small: whether to use the small sizes.
      changes: {name: value}, settings that replace the workloads' own on all sides that have them.
      calls: number of calls in each process; None for the workload's own number.
      report: callable that gets a line of text about each finished measurement.

    Returns: dict for `report.table`, `report.write` and `report.plot`.
    """
    gpus = gpu.usable_gpus()
    found = {"versions": versions(), "gpus": gpus, "rounds": rounds, "small": small}
    dtypes = {floor_dtype(workload, changes or {}) for workload in workloads} - {None}
    found["products"] = products(sorted(dtypes), sides, small, report)
    found["workloads"] = {}
    for workload in workloads:
        settings, usual = workload.sized(small, bool(gpus))
        settings |= changes or {}
        # The rate is taken behind the first execution.
        count = calls or max(usual, 4 * settings.get("steps_per_execution", 1))
        entry = {
            "title": workload.title,
            "unit": workload.unit,
            "settings": settings,
            "sides": rounds_of(workload, sides, settings, count, rounds, report),
        }
        entry |= floors_of(workload, settings, found["products"], small)
        found["workloads"][workload.name] = entry
    return found


def floor_dtype(workload, settings):
    """The dtype of the products in a workload's floor; None if it has no floor."""
    narrow = settings.get("mixed_precision") == "bfloat16" and workload.floor == "float32"
    return "bfloat16" if narrow else workload.floor


def products(dtypes, sides, small, report):
    """Times large matrix products; returns {dtype: {library: flops per second}}."""
    size = GPU_PRODUCT_SIZE if gpu.usable_gpus() else PRODUCT_SIZE
    size = SMALL_PRODUCT_SIZE if small else size
    seconds = 0.2 if small else PRODUCT_SECONDS
    found = {}
    for dtype in dtypes:
        found[dtype] = {
            library: sides.product(library, size, dtype, seconds)
            for library in ("amnat", *(["torch"] if sides.torch else []))
        }
        rates = ", ".join(f"{name} {rate / 1e9:.1f}" for name, rate in found[dtype].items())
        report(f"matrix product of {size} x {size}, {dtype}: {rates} GFLOP/s")
    return found


def rounds_of(workload, sides, settings, calls, rounds, report):
    """Times all sides: {side: {each key of `Sides.time`, "rate" as "rates": list} and medians}."""
    keys = ("rates", "seconds_to_first", "peak_bytes", "gpu_peak_bytes")
    found = {side: {key: [] for key in keys} for side in sides.names(workload)}
    for number in range(rounds):
        names = list(found)
        # The order alternates between rounds, so no side always has the warmer machine.
        for side in names if number % 2 == 0 else names[::-1]:
            try:
                run = sides.time(side, workload, settings, calls)
            except InputError as error:
                # Compilers and graphs of PyTorch are extras that depend on its release.
                if side not in OPTIONAL_SIDES or number:
                    raise
                report(f"{workload.name}: without {side}: {error}")
                del found[side]
                continue
            found[side]["rates"].append(run["rate"])
            for key in keys[1:]:
                found[side][key].append(run[key])
            report(
                f"{workload.name}, round {number + 1} of {rounds}, {side}: {run['rate']:.4g} "
                f"{workload.unit}/s, first after {run['seconds_to_first']:.1f} s"
            )
    for values in found.values():
        values["rate"] = statistics.median(values["rates"])
        values["spread"] = (max(values["rates"]) - min(values["rates"])) / values["rate"]
    return found


def floors_of(workload, settings, rates, small=False):
    """The floors of a workload, or {} if products do not dominate it.

    Returns: {"flops": flops of a call, "floor_rate": units per second at the rate of a large
      product, "kernel_rate": units per second if only its products and convolutions took time,
      "kernels": as in `task_worker`}.
    """
    from amnat.benchmark.runs import run_amnat

    if workload.floor is None:
        return {}
    request = {"task": "count", "workload": workload.name, "settings": settings}
    flops = run_amnat(request)[0]["flops"]
    fastest = max(rates[floor_dtype(workload, settings)].values())
    seconds = SMALL_KERNEL_SECONDS if small else KERNEL_SECONDS
    alone = run_amnat(request | {"task": "kernels", "seconds": seconds})[0]
    units = workload.units(settings)
    return {
        "flops": flops,
        "floor_rate": fastest / flops * units,
        "kernel_rate": units / alone["seconds"],
        "kernels": alone["kernels"],
    }
