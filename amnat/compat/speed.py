"""Measures the speed of an original's own loop and of amnat's in the same run."""

import statistics

from amnat import json_text
from amnat.compat.processes import SIDES, run_side
from amnat.files import scratch_folder, write_atomically


def measure(original, folder, settings, rounds, iterations, onednn):
    """Times both sides alternately in fresh processes with the same settings.

    Args:
      original: `Original`.
      folder: the user's checkout, which has been checked.
      settings: {flag: value} that override the original's defaults.
      rounds: number of processes of each side.
      iterations: iterations of each process, the first of which does not count for the rate; None
        for the original's own number.
      onednn: {side: bool}, whether the side uses oneDNN.

    Returns: dict for `table` and `write`.
    Raises: InputError if a side failed.
    """
    configuration = original.configurations[original.speed_configuration]
    configuration = configuration.with_sizes(original.speed_settings).with_changes(settings)
    iterations = iterations or original.speed_iterations
    job = {"task": "speed", "configuration": configuration, "iterations": iterations}
    found = {side: {"iterations_per_second": [], "seconds_to_first": []} for side in SIDES}
    with scratch_folder("amnat-compare-") as scratch:
        for number in range(rounds):
            # The order alternates between rounds, so neither side always has the warmer machine.
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                rate, first = _one(side, original, folder, job, scratch, onednn[side])
                found[side]["iterations_per_second"].append(rate)
                found[side]["seconds_to_first"].append(first)
                print(
                    f"  round {number + 1} of {rounds}  {side:9} {rate:9.4g} iterations/s, "
                    f"first after {first:.1f} s",
                    flush=True,
                )
    for side in SIDES:
        found[side]["onednn"] = onednn[side]
        for name in ("iterations_per_second", "seconds_to_first"):
            found[side][f"median_{name}"] = statistics.median(found[side][name])
    return {
        "configuration": configuration.title,
        "settings": configuration.settings,
        "iterations": iterations,
        "sides": found,
    }


def _one(side, original, folder, job, scratch, onednn):
    """(iterations per second after the first report, seconds from the start to it)."""
    process, (stored,) = run_side(side, original, folder, [job], scratch, onednn)
    times = stored["times"]
    (first_time, first_done), (last_time, last_done) = times[1], times[-1]
    rate = (last_done - first_done) / (last_time - first_time)
    return float(rate), float(first_time - process.started)


def table(report):
    """The medians as text."""
    lines = [f"{'':10}{'oneDNN':>8}{'iterations/s':>14}{'s/iteration':>13}{'first after':>13}"]
    for side, found in report["sides"].items():
        rate = found["median_iterations_per_second"]
        lines.append(
            f"{side:10}{'on' if found['onednn'] else 'off':>8}{rate:14.4g}{1 / rate:13.4g}"
            f"{found['median_seconds_to_first']:11.1f} s"
        )
    rates = [report["sides"][side]["median_iterations_per_second"] for side in SIDES]
    lines.append(f"amnat is {rates[1] / rates[0]:.2f} times as fast ({report['configuration']}")
    lines[-1] += f"; {settings_text(report['settings'])})"
    return "\n".join(lines)


def settings_text(settings):
    """The settings that differ from the original's, as on its command line."""
    words = [f"--{name}={value}" for name, value in settings.items()]
    return " ".join(words) or "the original's settings"


def write(path, report):
    """Writes a report as JSON."""
    write_atomically(path, json_text.dumps(report, indent=1) + "\n")
