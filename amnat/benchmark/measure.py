"""Alternating rounds of all sides, and the floor of what they could reach.

Loads no TensorFlow.
"""

import statistics

from amnat.compat.processes import versions

PRODUCT_SIZE, SMALL_PRODUCT_SIZE = 4096, 512
PRODUCT_SECONDS = 3.0


def measure(workloads, sides, rounds, small=False, changes=None, calls=None, report=print):
    """Times every workload on every side that runs it, in fresh processes by turns.

    The floor of a workload is the time of its counted products at the rate of a large matrix
    product, the fastest that any library reached in this run.

    Args:
      workloads: list of `workload.Workload`.
      sides: `runs.Sides`.
      rounds: processes of each side.
      small: take the small sizes.
      changes: {name: value}, settings in place of the workloads' own, on all sides that have them.
      calls: of each process; None: the workload's.
      report: callable, a line of text on what has been done.

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
    """{'float32': {library: flops per second}, ...} of the kinds that the workloads need."""
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
    """{side: {"rates": [...], "seconds_to_first": [...], "peak_bytes": [...], medians}}."""
    names = sides.names(workload)
    found = {side: {"rates": [], "seconds_to_first": [], "peak_bytes": []} for side in names}
    for number in range(rounds):
        # By turns also within a round: no side always runs on a warmer machine.
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
    """{"flops": of a call, "floor_rate": units per second at the floor}, or {} without one."""
    from amnat.benchmark.runs import run_amnat

    if workload.floor is None:
        return {}
    request = {"task": "count", "workload": workload.name, "settings": settings}
    flops = run_amnat(request)[0]["flops"]
    fastest = max(rates[workload.floor].values())
    return {"flops": flops, "floor_rate": fastest / flops * workload.units(settings)}
