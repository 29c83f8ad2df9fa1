"""Runs both sides on the same inputs and reports how far apart they are."""

import dataclasses
import threading

from amnat.compat import comparison
from amnat.compat.processes import SIDES, Side
from amnat.files import scratch_folder

ITERATIONS = 20
# The iterations in the tables, and those in the plot.
SHOWN = (1, 5, 20)
RECORDED = (1, 2, 3, 5, 7, 10, 14, 20)
DTYPES = ("float32", "float64")
# The switch of configurations that set their first variables from data; these are compared too.
INITIALISED = "data_dependent_init"


@dataclasses.dataclass(frozen=True)
class ConfigurationResult:
    """The comparison of one configuration.

    Attributes:
      name, title, settings, switches: those of the configuration.
      rows: `comparison.Row`s.
      distributions: `comparison.DistributionRow`s.
      unmatched: names of arrays that only one side has.
      notes: sentences on substitutions when the original was loaded.
    """

    name: str
    title: str
    settings: dict
    switches: dict
    rows: list
    distributions: list
    unmatched: list
    notes: list

    @property
    def passed(self):
        verdicts = [row.verdict for row in [*self.rows, *self.distributions]]
        return not self.unmatched and comparison.FAIL not in verdicts

    def group(self, name):
        return [row for row in self.rows if row.group == name]


def jobs_of(original, configuration):
    """The jobs of each side for a configuration with its sizes merged in, [(dtype, job)]."""
    recorded = RECORDED
    if configuration.switches.get(INITIALISED):
        recorded = (0, *RECORDED)
    trace = {"task": "trace", "iterations": ITERATIONS, "recorded": recorded}
    jobs = [trace | {"configuration": configuration, "dtype": dtype} for dtype in DTYPES]
    jobs[0]["beginnings"] = original.initial_draws
    return list(zip(DTYPES, jobs, strict=True))


def compare(original, folder, configurations, report):
    """Compares configurations.

    Args:
      original: `Original`.
      folder: the user's checkout, which has been checked.
      configurations: {name: `Configuration` with the sizes merged in}.
      report: callable (side, number of finished jobs, number of jobs).

    Returns: {name: (ConfigurationResult, traces)}; traces are {(side, dtype): {name: array}}.
    Raises: InputError if a side failed.
    """
    keys, jobs = [], []
    for name, configuration in configurations.items():
        for key, job in jobs_of(original, configuration):
            keys.append((name, key))
            jobs.append(job)
    with scratch_folder("amnat-compare-") as scratch:
        arrays = _run_both(original, folder, jobs, scratch, report)
        loaded = {
            (side, *key): {name: stored[name] for name in stored.files}
            for side in SIDES
            for key, stored in zip(keys, arrays[side], strict=True)
        }
    return {
        name: _judge(original, name, configuration, loaded)
        for name, configuration in configurations.items()
    }


def _run_both(original, folder, jobs, scratch, report):
    """Runs both sides at the same time; returns their results, {side: [stored arrays]}."""
    running = {side: Side(side, original, folder, jobs, scratch, original.onednn) for side in SIDES}
    found, errors = {}, []

    def wait(side):
        try:
            found[side] = running[side].wait(lambda number: report(side, number + 1, len(jobs)))
        except Exception as error:
            errors.append(error)
            for other in running.values():
                other.stop()

    threads = [threading.Thread(target=wait, args=(side,)) for side in SIDES]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        for side in running.values():
            side.stop()
        raise
    if errors:
        raise errors[0]
    return found


def _judge(original, name, configuration, loaded):
    traces = {(side, dtype): loaded[side, name, dtype] for side in SIDES for dtype in DTYPES}
    beginnings = []
    for side in SIDES:
        arrays = traces[side, "float32"]
        found = [key for key in arrays if key.startswith(("initial/", "draws/"))]
        values = {key: arrays.pop(key) for key in found}
        beginnings.append({key: v for key, v in values.items() if _is_drawn(original, key)})
    distributions, more = comparison.compare_distributions(*beginnings)
    rows, unmatched = comparison.compare(traces, original.cancelled(configuration))
    notes = [str(note) for note in traces["original", "float32"]["notes"]]
    result = ConfigurationResult(
        name,
        configuration.title,
        configuration.settings,
        configuration.switches,
        rows,
        distributions,
        [*unmatched, *more],
        notes,
    )
    return result, traces


def _is_drawn(original, key):
    kind, _, name = key.partition("/")
    return kind == "draws" or original.drawn(name)
