"""Measures how time and memory of an iteration grow with batch size, width and replicas.

This module does not load TensorFlow.
"""

import statistics

WORKLOAD = "am_gan_cifar10"
AXES = {
    "batch size": [{"batch_size": n} for n in (25, 50, 100, 200)],
    "width": [
        {"generator_width": 96 * n // 4, "discriminator_width": 64 * n // 4} for n in (1, 2, 3, 4)
    ],
    "replicas": [{"replicas": n} for n in (1, 2, 4)],
}
SMALL_AXES = {
    "batch size": [{"batch_size": n} for n in (4, 8)],
    "width": [{"generator_width": n, "discriminator_width": n} for n in (1, 2)],
    "replicas": [{"replicas": n} for n in (1, 2)],
}


def measure(workload, sides, rounds, small=False, changes=None, report=print):
    """Times the workload along every axis; each round runs all points of all axes.

    Returns: {axis: [{"value": value of the first setting, "seconds": median time of an iteration,
      "peak_bytes": largest peak}, ...]}.
    """
    settings, calls = workload.sized(small)
    settings |= changes or {}
    # Five calls are enough for a mean, and few enough for widths that take seconds.
    calls = min(calls, 5)
    axes = SMALL_AXES if small else AXES
    points = [(axis, change) for axis, values in axes.items() for change in values]
    runs = [[] for _ in points]
    for number in range(rounds):
        for index, (axis, change) in enumerate(points):
            run = sides.time("amnat", workload, settings | change, calls)
            runs[index].append(run)
            seconds = 1.0 / run["rate"]
            report(f"round {number + 1} of {rounds}, {axis} {change}: {seconds:.4g} s")
    found = {axis: [] for axis in axes}
    for (axis, change), taken in zip(points, runs, strict=True):
        found[axis].append(
            {
                "value": next(iter(change.values())),
                "settings": change,
                "seconds": statistics.median(1.0 / run["rate"] for run in taken),
                "peak_bytes": max(run["peak_bytes"] for run in taken),
            }
        )
    return found


def table(found):
    """The measurements as text."""
    lines = [f"{'':12}{'value':>8}{'s/iteration':>14}{'memory':>12}"]
    for axis, points in found.items():
        for point in points:
            lines.append(
                f"{axis:12}{point['value']:8}{point['seconds']:14.4g}"
                f"{point['peak_bytes'] / 1e6:9.0f} MB"
            )
            axis = ""
    return "\n".join(lines)


def plot(path, found):
    """Plots time and memory along every axis into a PNG file."""
    from amnat.drawing import new_figure, save_figure

    figure = new_figure(4 * len(found), 6)
    panels = figure.subplots(2, len(found))
    for column, (axis, points) in enumerate(found.items()):
        values = [point["value"] for point in points]
        rows = (
            ("seconds per iteration", [point["seconds"] for point in points]),
            ("peak memory, 10^6 bytes", [point["peak_bytes"] / 1e6 for point in points]),
        )
        for panel, (label, heights) in zip(panels[:, column], rows, strict=True):
            panel.plot(values, heights, marker="o")
            panel.set(xlabel=axis, ylabel=label, ylim=(0, 1.1 * max(heights)), xticks=values)
            panel.grid(True, alpha=0.3)
    figure.tight_layout()
    save_figure(figure, path)
