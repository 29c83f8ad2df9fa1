"""Measurements as a table, a JSON file and a plot. Does not load TensorFlow."""

from amnat import json_text
from amnat.files import write_atomically

COLORS = {
    "amnat": "tab:green",
    "original": "tab:red",
    "torch": "tab:orange",
    "torch_compile": "tab:olive",
    "torch_graphs": "tab:brown",
}
FLOORS = {"floor_rate": ("products only", "tab:blue"), "kernel_rate": ("kernels only", "tab:cyan")}


def table(found):
    """The medians of `measure.measure` as text.

    `x floor` is the time of a call divided by the time of only its products at the rate of a large
    one, and `x kernels` by the time of its products and convolutions at their own sizes. `amnat is`
    is amnat's speed divided by that of the side. `GPU` is the memory of the GPU.
    """
    lines = [
        f"{'workload':22}{'side':14}{'per second':>12}{'spread':>8}{'s/call':>10}{'x floor':>9}"
        f"{'x kernels':>11}{'amnat is':>10}{'memory':>10}{'GPU':>10}{'first':>9}"
    ]
    for name, entry in found["workloads"].items():
        ours = entry["sides"]["amnat"]["rate"]
        for side, values in entry["sides"].items():
            rate = values["rate"]
            floors = [f"{entry[key] / rate:.2f}" if key in entry else "-" for key in FLOORS]
            memory = [_megabytes(values[key]) for key in ("peak_bytes", "gpu_peak_bytes")]
            lines.append(
                f"{name:22}{side:14}{rate:12.4g}{values['spread']:8.1%}{1 / rate:10.4g}"
                f"{floors[0]:>9}{floors[1]:>11}{ours / rate:9.2f}x{memory[0]}{memory[1]}"
                f"{min(values['seconds_to_first']):7.1f} s"
            )
            name = ""
    return "\n".join(lines)


def _megabytes(counts):
    known = [count for count in counts if count is not None]
    return f"{max(known) / 1e6:7.0f} MB" if known else f"{'-':>10}"


def write(path, record):
    """Writes a record as JSON."""
    write_atomically(path, json_text.dumps(record, indent=1) + "\n")


def plot(path, found):
    """Plots every side's speed relative to amnat's, and the floors, into a PNG file."""
    from amnat.drawing import new_figure, save_figure

    entries = list(found["workloads"].values())[::-1]
    figure = new_figure(9, 1.4 + 0.8 * len(entries))
    axes = figure.subplots()
    shown = set()
    for row, entry in enumerate(entries):
        ours = entry["sides"]["amnat"]["rate"]
        height = min(0.25, 0.75 / len(entry["sides"]))
        for number, (side, values) in enumerate(entry["sides"].items()):
            label = None if side in shown else side
            shown.add(side)
            place = row + 0.25 - height * number
            width = values["rate"] / ours
            axes.barh(place, width, 0.9 * height, color=COLORS[side], label=label)
            ends = [min(values["rates"]) / ours, max(values["rates"]) / ours]
            axes.plot(ends, [place, place], color="black", linewidth=1)
        for key, (title, color) in FLOORS.items():
            if key in entry:
                label = None if key in shown else title
                shown.add(key)
                x = entry[key] / ours
                axes.plot([x, x], [row - 0.4, row + 0.4], color=color, label=label)
    # For tiny networks the floors are far beyond any side's speed.
    axes.set_xscale("log")
    axes.set_yticks(range(len(entries)), [entry["title"] for entry in entries])
    axes.axvline(1.0, color="black", linewidth=0.5)
    axes.set_xlabel("speed, amnat = 1 (medians; lines from the slowest to the fastest round)")
    axes.legend(loc="best")
    figure.tight_layout()
    save_figure(figure, path)
