"""Measurements as a table, a JSON file and a plot. Does not load TensorFlow."""

from amnat import json_text
from amnat.training.run_directory import write_atomically

COLORS = {"amnat": "tab:green", "original": "tab:red", "torch": "tab:orange"}


def table(found):
    """The medians of `measure.measure` as text.

    `x floor` is the time of a call divided by the time of only its products. `amnat is` is amnat's
    speed divided by that of the side.
    """
    lines = [
        f"{'workload':22}{'side':10}{'per second':>12}{'spread':>8}{'s/call':>10}{'x floor':>9}"
        f"{'amnat is':>10}{'memory':>10}{'first':>9}"
    ]
    for name, entry in found["workloads"].items():
        ours = entry["sides"]["amnat"]["rate"]
        for side, values in entry["sides"].items():
            rate = values["rate"]
            floor = f"{entry['floor_rate'] / rate:.2f}" if "floor_rate" in entry else "-"
            memory = max(values["peak_bytes"]) / 1e6
            first = min(values["seconds_to_first"])
            lines.append(
                f"{name:22}{side:10}{rate:12.4g}{values['spread']:8.1%}{1 / rate:10.4g}{floor:>9}"
                f"{ours / rate:9.2f}x{memory:7.0f} MB{first:7.1f} s"
            )
            name = ""
    return "\n".join(lines)


def write(path, record):
    """Writes a record as JSON."""
    write_atomically(path, json_text.dumps(record, indent=1) + "\n")


def plot(path, found):
    """Plots every side's speed relative to amnat's, and the floor, into a PNG file."""
    from amnat.drawing import new_figure, save_figure

    entries = list(found["workloads"].values())[::-1]
    figure = new_figure(9, 1.4 + 0.8 * len(entries))
    axes = figure.subplots()
    shown = set()
    for row, entry in enumerate(entries):
        ours = entry["sides"]["amnat"]["rate"]
        for number, (side, values) in enumerate(entry["sides"].items()):
            label = None if side in shown else side
            shown.add(side)
            place = row + 0.25 - 0.25 * number
            width = values["rate"] / ours
            axes.barh(place, width, 0.22, color=COLORS[side], label=label)
            ends = [min(values["rates"]) / ours, max(values["rates"]) / ours]
            axes.plot(ends, [place, place], color="black", linewidth=1)
        if "floor_rate" in entry:
            label = None if "floor" in shown else "products only"
            shown.add("floor")
            x = entry["floor_rate"] / ours
            axes.plot([x, x], [row - 0.4, row + 0.4], color="tab:blue", label=label)
    # For tiny networks the floor is far beyond any side's speed.
    axes.set_xscale("log")
    axes.set_yticks(range(len(entries)), [entry["title"] for entry in entries])
    axes.axvline(1.0, color="black", linewidth=0.5)
    axes.set_xlabel("speed, amnat = 1 (medians; lines from the slowest to the fastest round)")
    axes.legend(loc="best")
    figure.tight_layout()
    save_figure(figure, path)
