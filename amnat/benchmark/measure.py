"""Runs all sides in alternating rounds, and computes a lower bound (floor) of the time.

This module does not load TensorFlow.
"""

import statistics

from amnat.compat.processes import versions

PRODUCT_SIZE, SMALL_PRODUCT_SIZE = 4096, 512
PRODUCT_SECONDS = 3.0


def measure(workloads, sides, rounds, small=False, changes=None, calls=None, report=print):
    """Times every workload on every side that runs it, alternately in fresh processes.

    The floor of a workload is the time that its counted products need at the rate of a large matrix
    product, the fastest rate that any library reached in this run.

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
    found = {"versions": versions(), "rounds": rounds, "small": small}
    found["products"] = products(workloads, sides, small, report)
    found["workloads"] = {}
    for workload in workloads:
        settings, usual = workload.sized(small)
        settings |= changes or {}
        entry = {
            "title": workload.title,
            "unit": workload.unit,
            "settings": settings,
            "sides": rounds_of(workload, sides, settings, calls or usual, rounds, report),
        }
        found["workloads"][workload.name] = entry | floor_of(workload, settings, found["products"])
    return found


def products(workloads, sides, small, report):
    """Times large matrix products; returns {'float32': {library: flops per second}, ...}.

    The dtypes are those that the workloads' floors need.
    """
    size = SMALL_PRODUCT_SIZE if small else PRODUCT_SIZE
    seconds = 0.2 if small else PRODUCT_SECONDS
    found = {}
    for dtype in sorted({w.floor for w in workloads if w.floor}):
        found[dtype] = {
            library: sides.product(library, size, dtype, seconds)
            for library in ("amnat", *(["torch"] if sides.torch else []))
        }
        rates = ", ".join(f"{name} {rate / 1e9:.1f}" for name, rate in found[dtype].items())
        report(f"matrix product of {size} x {size}, {dtype}: {rates} GFLOP/s")
    return found


def rounds_of(workload, sides, settings, calls, rounds, report):
    """Times all sides: {side: {"rates", "seconds_to_first", "peak_bytes": lists, medians}}."""
    names = sides.names(workload)
    found = {side: {"rates": [], "seconds_to_first": [], "peak_bytes": []} for side in names}
    for number in range(rounds):
        # The order alternates between rounds, so no side always has the warmer machine.
        for side in names if number % 2 == 0 else names[::-1]:
            run = sides.time(side, workload, settings, calls)
            found[side]["rates"].append(run["rate"])
            found[side]["seconds_to_first"].append(run["seconds_to_first"])
            found[side]["peak_bytes"].append(run["peak_bytes"])
            report(
                f"{workload.name}, round {number + 1} of {rounds}, {side}: {run['rate']:.4g} "
                f"{workload.unit}/s, first after {run['seconds_to_first']:.1f} s"
            )
    for values in found.values():
        values["rate"] = statistics.median(values["rates"])
        values["spread"] = (max(values["rates"]) - min(values["rates"])) / values["rate"]
    return found


def floor_of(workload, settings, rates):
    """{"flops": flops of a call, "floor_rate": units per second at the floor}, or {} without it."""
    from amnat.benchmark.runs import run_amnat

    if workload.floor is None:
        return {}
    request = {"task": "count", "workload": workload.name, "settings": settings}
    flops = run_amnat(request)[0]["flops"]
    fastest = max(rates[workload.floor].values())
    return {"flops": flops, "floor_rate": fastest / flops * workload.units(settings)}
