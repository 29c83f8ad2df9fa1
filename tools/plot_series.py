"""Plots numbers that runs wrote during training, one curve per group of runs, and prints a table.

    python tools/plot_series.py --file=classes.csv --column=entropy --out=entropy.png \\
        --runs="non-saturating=result/sweep_gan_mnist/gan_mnist/*/*"

A curve is the mean over the runs of a group, and a band is their range. The table is Markdown on
stdout and has the mean and the standard deviation (n - 1) of the last numbers. A JSON file, such as
final_scores.json, only has the numbers of one iteration and is useful for the table.
"""

import glob
import json
import pathlib
import statistics
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat.errors import InputError
from amnat.evaluation.classifiers import what_outputs_depend_on
from amnat.files import output_file, read_text, writing
from amnat.metrics.registry import label_of
from amnat.training import flags as shared
from amnat.training.csv_table import CSVTable, differences, recorded
from amnat.training.main import run_tool
from amnat.training.series import Series

from absl import flags

FLAGS = flags.FLAGS

flags.DEFINE_multi_string(
    "runs", [], "A group as NAME=PATTERN of run directories, for instance with * for the seeds."
)
flags.DEFINE_string(
    "file",
    "classes.csv",
    "The file in every run directory: classes.csv, accuracy.csv, scores.csv, final_scores.json or "
    "encoder_latents.json.",
)
flags.DEFINE_multi_string("column", ["entropy"], "Columns to plot, one below the other.")
flags.DEFINE_string("out", None, "The .png file for the figure. By default there is only a table.")


def read_group(text):
    """Reads (name, [rows of a run, ...]) for one value of --runs."""
    name, equals, pattern = text.partition("=")
    if not (name and equals and pattern):
        raise InputError(f"--runs={text}: expected NAME=PATTERN")
    paths = sorted(pathlib.Path(found) / FLAGS.file for found in glob.glob(pattern))
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise InputError(f"--runs={text}: no run directory with a {FLAGS.file} there")
    try:
        found = [read_rows(path) for path in paths]
        say_what_differs(paths)
        columns = [set(rows[0]) for rows in found]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"{paths[0].parent}: {FLAGS.file} is not a table of numbers") from error
    for path, known in zip(paths, columns, strict=True):
        for column in set(FLAGS.column) - known:
            raise InputError(f"--column={column}: {path} has {', '.join(sorted(known))}")
    return name, found


def read_rows(path):
    """Reads the rows of a file, [{column: number}, ...], each with its `iteration`."""
    if path.suffix != ".json":
        return Series(path).rows
    record = json.loads(read_text(path))
    values = record.get("results", record)
    return [{"iteration": record["iteration"]} | {k: float(v) for k, v in values.items()}]


def say_what_differs(paths):
    """Warns of numbers that are left out, and of those that cannot be compared."""
    known = [(path, basis(path)) for path in paths]
    known = [(path, found) for path, found in known if found is not None]
    for path, found in known:
        differing = differences(found, known[0][1])
        if differing:
            print(
                f"warning: {path} was computed with {', '.join(differing)} as {known[0][0]}",
                file=sys.stderr,
            )
    for path in paths:
        for part in CSVTable(path).parts() if path.suffix == ".csv" else ():
            if part != path:
                print(
                    f"warning: {path.parent} also has {part.name}, which is left out; "
                    f"--file={part.name} plots it",
                    file=sys.stderr,
                )


def basis(path):
    """What the numbers in a file depend on, a dict of JSON values; None if it is not known."""
    if path.suffix != ".json":
        return recorded(path)
    record = json.loads(path.read_text(encoding="utf-8"))
    if "classifier" not in record:
        return None
    return {
        "classifier": what_outputs_depend_on(record["classifier"]),
        "num_samples": record.get("samples", {}).get("count"),
    } | {name: record[name] for name in ("reference", "settings") if name in record}


def points(group, column):
    """{iteration: numbers of all runs in the group that have this iteration}."""
    found = {}
    for rows in group:
        for row in rows:
            found.setdefault(row["iteration"], []).append(row[column])
    return found


def check_out():
    """Checks --out before the runs are read; raises InputError."""
    path = output_file(FLAGS.out, "out")
    shared.require(path.suffix.lower() == ".png", "out", "a name that ends in .png")
    return path


def draw(groups, path):
    from amnat.drawing import new_figure, save_figure

    figure = new_figure(8, 3.5 * len(FLAGS.column))
    figure.set_layout_engine("tight")
    all_axes = figure.subplots(len(FLAGS.column), 1, sharex=True, squeeze=False)[:, 0]
    for axes, column in zip(all_axes, FLAGS.column, strict=True):
        for name, group in groups.items():
            found = sorted(points(group, column).items())
            iterations = [iteration for iteration, _ in found]
            means = [statistics.fmean(numbers) for _, numbers in found]
            label = f"{name}, {len(group)} run{'s' if len(group) > 1 else ''}"
            (line,) = axes.plot(iterations, means, marker=".", label=label)
            low, high = ([f(numbers) for _, numbers in found] for f in (min, max))
            axes.fill_between(iterations, low, high, color=line.get_color(), alpha=0.15)
        axes.set(ylabel=label_of(column))
        axes.grid(True, alpha=0.3)
    has_many = any(len(group) > 1 for group in groups.values())
    if has_many:
        all_axes[0].fill_between([], [], color="0.5", alpha=0.3, label="range of the runs")
    all_axes[0].set_title(f"means of {FLAGS.file}" if has_many else FLAGS.file)
    all_axes[0].legend()
    all_axes[-1].set(xlabel="iteration")
    with writing(f"--out={path}"):
        save_figure(figure, path)


def table(groups):
    """The lines of the Markdown table."""
    head = ["runs", "seeds", "iteration", *FLAGS.column]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, group in groups.items():
        last = [rows[-1] for rows in group]
        iterations = sorted({row["iteration"] for row in last})
        cells = [name, str(len(group)), ", ".join(f"{i:,}" for i in iterations)]
        for column in FLAGS.column:
            numbers = [row[column] for row in last]
            spread = f" ± {statistics.stdev(numbers):.4f}" if len(numbers) > 1 else ""
            cells.append(f"{statistics.fmean(numbers):.4f}{spread}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main():
    shared.refuse_shared_but(())
    shared.require(FLAGS.runs, "runs", "at least one group, NAME=PATTERN")
    out = check_out() if FLAGS.out else None
    groups = dict(read_group(text) for text in FLAGS.runs)
    shared.require(len(groups) == len(FLAGS.runs), "runs", "different names")
    print("\n".join(table(groups)))
    if out is not None:
        draw(groups, out)
    return 0


if __name__ == "__main__":
    run_tool(main)
