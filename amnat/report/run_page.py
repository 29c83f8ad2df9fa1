"""The page of one run."""

from __future__ import annotations

import datetime
import math
import os
import pathlib
import shlex
from typing import Any

from amnat import command_text
from amnat.metrics import registry
from amnat.report import paper
from amnat.report.charts import charts_of_run, is_published_judge, score_label
from amnat.report.flag_changes import own_script
from amnat.report.pictures import other_pictures, sheet_frames
from amnat.report.rendering import Table, render
from amnat.report.run_reader import Run
from amnat.report.tables import TextTable

# Shares of a page's size that pictures may take; Bokeh's script takes a quarter of 5 MB.
_SHEETS_SHARE, _OTHERS_SHARE = 0.45, 0.12
# The picture of samples/real.png, which stands beside the generated samples.
_REAL = "real"


def run_page(run: Run, max_bytes: int) -> str:
    """The page of a run as text.

    Args:
      run: `Run`.
      max_bytes: what the page should not be larger than; pictures are made smaller, or left out.
    """
    frames, sheet_notes = sheet_frames(run.sheets, int(max_bytes * _SHEETS_SHARE), "Samples")
    pictures, picture_notes = other_pictures(run.pictures, int(max_bytes * _OTHERS_SHARE))
    beside = [each for each in pictures if each.label == _REAL] if frames else []
    scores, score_notes = _scores(run)
    return render(
        "run.html",
        charts_of_run(run),
        title=run.title,
        lead=lead(run),
        warnings=warnings(run),
        strips=strips([("generated" if beside else "", frames)]),
        sheet_notes=sheet_notes,
        beside=beside,
        pictures=[each for each in pictures if each not in beside],
        picture_notes=picture_notes,
        scores=scores,
        score_notes=score_notes,
        facts=_facts(run),
        changed=_changed(run),
        defaults_known=run.changed is not None,
        last_values=_last_values(run),
        texts=[(table.name, _text_table(table)) for table in run.texts],
        commands=commands(run),
        checkpoints=_checkpoints(run),
    )


def strips(named_frames: list[tuple[str, list]]) -> list[dict[str, Any]]:
    """What the template's player takes: [{"name", "frames", "iterations"}], without empty ones."""
    return [
        {"name": name, "frames": frames, "iterations": [frame.iteration for frame in frames]}
        for name, frames in named_frames
        if frames
    ]


def lead(run: Run) -> str:
    """A sentence that says what the run is and how far it has come."""
    seed = f", seed {run.seed}" if run.seed else ""
    unit = run.numbers[0].step_name if run.numbers else "iteration"
    state = "finished after" if run.finished else "at"
    title = f"{run.name}: {run.title}" if run.method else run.title
    return f"{title}{seed}; {state} {run.iterations:,} {unit}s."


def warnings(run: Run) -> list[str]:
    """Sentences about what a run lacks."""
    found = []
    if not run.finished and run.checkpoints:
        found.append("The run has not finished, or was written by an early version of amnat.")
    elif not run.finished and run.record:
        found.append("The run has no checkpoint in this folder; it has not finished.")
    return found


def duration(seconds: float) -> str:
    """A time as '4.3 minutes' or the like."""
    for unit, length in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} seconds"


def number(value: float) -> tuple[str, str]:
    """A cell of a table: (text, what it is sorted by)."""
    return (f"{value:.4g}", repr(float(value))) if math.isfinite(value) else ("-", "")


def _scores(run: Run) -> tuple[Table, list[str]]:
    last, real, published = run.scores, run.real_scores, run.paper
    header = ["score", "last", "best", "at iteration"]
    beside = {"real data": real, "the paper": published}
    beside = {name: values for name, values in beside.items() if values}
    rows: list[list[Any]] = []
    for name in dict.fromkeys([*last, *published]):
        cells = [last.get(name, math.nan), *_best(run, name)]
        cells += [values.get(name, math.nan) for values in beside.values()]
        rows.append([score_label(name), *map(number, cells)])
    header += beside
    notes = []
    if published:
        flagfile = paper.flagfile_of(run.log.command)
        source = f" of flags/{flagfile.name}" if flagfile else ""
        notes.append(
            f"The paper's row is the one{source}; it belongs to the paper's full training."
        )
        if last and not is_published_judge(run):
            judge = run.flags.get("score_classifier", "another classifier")
            notes.append(
                f"This run was scored by {judge}. The paper's scores come from the ImageNet "
                "network, so the two cannot be compared."
            )
    if last and run.scored:
        at = run.scored.get("iteration") or run.scored.get("flags", {}).get("iteration")
        where = f"after {at:,} iterations" if isinstance(at, int) else "at the end of the run"
        notes.append(f"The last scores were computed {where}, from its checkpoint.")
    return Table(header, rows), notes


def _best(run: Run, name: str) -> tuple[float, float]:
    """(the best value of a score in training, its iteration); NaN where there is none."""
    direction = registry.direction(name)
    found = (math.nan, math.nan)
    for table in run.numbers:
        if not table.name.startswith("scores") or name not in table.columns or not direction:
            continue
        for step, value in zip(table.steps, table.columns[name], strict=True):
            better = value > found[0] if direction == "higher" else value < found[0]
            if math.isfinite(value) and (math.isnan(found[0]) or better):
                found = (float(value), float(step))
    return found


def _facts(run: Run) -> Table:
    log = run.log
    rows = [["folder", str(run.path)]]
    rows += [["method", run.method]] if run.method else []
    rows += [["data", run.data]] if run.data and "data" not in log.options else []
    rows += [[name, text] for name, text in log.options.items()]
    rows += [["script", run.script]] if run.script else []
    if log.seconds:
        rows.append(["time of its iterations", duration(log.total_seconds)])
    if log.megabytes:
        rows.append(["largest resident memory", f"{max(log.megabytes.values()):,.0f} MB"])
    if run.finished and (run.path / "finished").is_file():
        ended = datetime.datetime.fromtimestamp((run.path / "finished").stat().st_mtime)
        rows.append(["finished", f"{ended:%Y-%m-%d %H:%M}"])
    return Table(["", ""], rows)


def _changed(run: Run) -> Table:
    if run.changed is None:
        rows = [[f"--{name}", text] for name, text in sorted(run.flags.items())]
        return Table(["flag", "value"], rows)
    rows = [[f"--{name}", now, before or "none"] for name, (now, before) in run.changed.items()]
    return Table(["flag", "value", "default"], rows)


def _last_values(run: Run) -> Table:
    rows = []
    for table in run.numbers:
        for name in table.columns:
            values = table.columns[name][[0, -1]]
            steps = f"{table.steps[0]:,.0f} to {table.steps[-1]:,.0f}"
            rows.append([table.name, name, steps, *map(number, values)])
    return Table(["file", "column", "iterations", "first", "last"], rows, sortable=True)


def _text_table(table: TextTable) -> Table:
    caption = f"{table.left_out} further rows are left out." if table.left_out else ""
    return Table(table.header, table.rows, caption)


def _checkpoints(run: Run) -> Table:
    rows = [
        [(f"{iteration:,}", str(iteration)), (f"{size / 1e6:,.1f} MB", str(size))]
        for iteration, size in run.checkpoints
    ]
    return Table(["iteration", "size"], rows)


def repeat_command(run: Run) -> str:
    """The command that does the run again, in a new folder; "" if it is not known."""
    script = own_script(run.script)
    if script is None:
        return run.log.command
    if run.changed is None or run.answer is None or run.answer["unknown"]:
        flagfile = f"--flagfile={_shown(run.path / 'flags.txt')}"
        return _python(script.name, flagfile)
    words = [f"--{name}={now}" for name, (now, _) in run.changed.items()]
    place = run.answer["place"]
    words += [f"--{place}=result/again"] if place else []
    return _python(script.name, *words)


def commands(run: Run) -> list[tuple[str, str]]:
    """[(what it does, command), ...] for a run."""
    folder = _shown(run.path)
    found = [("Train it again, in another folder:", repeat_command(run))]
    if run.log.command:
        found.append(("Its own command line was:", f"python {run.log.command}"))
    script = own_script(run.script)
    if script is not None and run.checkpoints and not run.finished:
        found.append(("Go on with it:", _python(script.name, f"--resume={folder}")))
    if run.record and run.checkpoints:
        found += [
            ("Draw samples:", _python("sample.py", folder, "--count=16", "--out=drawn")),
            ("Score it:", _python("evaluate.py", f"--samples={folder}")),
            ("Export it:", _python("export.py", f"--run_dir={folder}")),
        ]
        found += serving(run, folder)
    return [(label, command) for label, command in found if command]


def serving(run: Run, folder: str) -> list[tuple[str, str]]:
    """The commands that serve the export of a run, once it is there."""
    when = f"Serve its export ({', '.join(map(str, run.exports))})"
    when = when if run.exports else "Serve it, once it is exported"
    found = []
    if (command_text.TOOLS / "serve.py").is_file():
        command = _python("serve.py", f"--export_dir={folder}/export")
        found.append((f"{when}, to try it out:", command))
    mounted = shlex.quote(f"{run.path.absolute()}/export:/models/{run.name}:ro")
    docker = (
        f"docker run --rm -p 8501:8501 -v {mounted} -e MODEL_NAME={shlex.quote(run.name)} "
        "tensorflow/serving:latest"
    )
    return [*found, (f"{when}, with TensorFlow Serving:", docker)]


def _python(script: str, *words: str) -> str:
    # The reader's Python and folder are not known: the commands are for a checkout.
    return shlex.join(["python", f"tools/{script}", *words])


def _shown(path: pathlib.Path) -> str:
    """A path, relative where it lies below the current folder."""
    here, absolute = pathlib.Path.cwd(), path.absolute()
    return os.fspath(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
