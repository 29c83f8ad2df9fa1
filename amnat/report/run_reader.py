"""Everything that the folder of a run holds, for its page. It does not load TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from amnat.errors import InputError
from amnat.report import paper
from amnat.report.flag_changes import Question
from amnat.report.log_lines import LogRecord, read_log
from amnat.report.tables import NumberTable, TextTable, read_tables
from amnat.training import flag_record
from amnat.training.figures import sheets_in_order
from amnat.training.generator_record import read_record
from amnat.training.run_directory import RunDirectory, checkpoint_iterations, read_flag_lines

_CURVES = re.compile(r"(losses|logits|shares|accuracy|score_.*)(_\d+)?")


@dataclasses.dataclass(frozen=True)
class Run:
    """The content of a run's folder.

    Attributes:
      path: the folder.
      script: the path of its script; None if an early version of amnat wrote the run.
      flags: {flag: text} of flags.txt.
      answer: what the script says of them (`flag_changes.Question.answers`).
      log: `LogRecord`.
      numbers, texts: its tables.
      sheets: [(iteration, path), ...] of the sample sheets, in order.
      pictures: paths of its other pictures, without those of curves.
      record: generator.json; {} if there is none.
      checkpoints: [(iteration or epoch, bytes), ...].
      exports: the numbers of its exports.
      finished: whether it has ended as it should.
      real_scores: {score: that of the reference's images}.
      scored: the record of the scores at its end, from tools/evaluate.py in a sweep or from its
        script; {} if there is none.
    """

    path: pathlib.Path
    script: str | None
    flags: dict[str, str]
    answer: dict[str, Any] | None
    log: LogRecord
    numbers: list[NumberTable]
    texts: list[TextTable]
    sheets: list[tuple[int, pathlib.Path]]
    pictures: list[pathlib.Path]
    record: dict[str, Any]
    checkpoints: list[tuple[int, int]]
    exports: list[int]
    finished: bool
    real_scores: dict[str, float]
    scored: dict[str, Any]

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.absolute().name

    @property
    def method(self) -> str:
        """The name of the method; "" if it is not known."""
        if self.answer and self.answer["title"]:
            return self.answer["title"]
        return pathlib.Path(self.script).stem if self.script else ""

    @property
    def data(self) -> str:
        """The name of the data; "" if it is not known."""
        flags = (self.flags.get(name) for name in ("sDataSet", "dataset", "db_name", "source"))
        return str(self.record.get("data") or next(filter(None, flags), ""))

    @property
    def seed(self) -> str:
        return self.flags.get("seed", "")

    @property
    def title(self) -> str:
        """The method and the data; without a known method the name of the folder."""
        if not self.method:
            return self.name
        return f"{self.method} on {self.data}" if self.data else self.method

    @property
    def changed(self) -> dict[str, tuple[str, str]] | None:
        """{flag: (its value, the default)} where they differ; None if the defaults are unknown."""
        if self.answer is None:
            return None
        place = self.answer["place"]
        found = self.answer["changed"].items()
        return {name: tuple(both) for name, both in found if name not in (place, "report")}

    @property
    def iterations(self) -> int:
        """The last step in any of its tables and sheets."""
        ends = [int(table.steps.max()) for table in self.numbers]
        return max([*ends, *(iteration for iteration, _ in self.sheets)], default=0)

    @property
    def paper(self) -> dict[str, float]:
        """{result: number} of the row of a paper that the run's flagfile names."""
        flagfile = paper.flagfile_of(self.log.command)
        return paper.paper_row(flagfile) if flagfile else {}

    @property
    def scores(self) -> dict[str, float]:
        """{score: number}: those at its end, otherwise the last ones of its training."""
        results = self.scored.get("results")
        if isinstance(results, dict):
            return {name: float(value) for name, value in results.items()}
        found: dict[str, float] = {}
        for table in self.numbers:
            if table.name == "scores" or re.fullmatch(r"scores_\d+", table.name):
                found |= {name: table.last(name) for name in table.columns}
        return {name: value for name, value in found.items() if not math.isnan(value)}


def is_run(folder: pathlib.Path) -> bool:
    """Whether a folder holds a run, of any script and also a half written one."""
    return (folder / "flags.txt").is_file() or (folder / "generator.json").is_file()


def read_runs(folders: Sequence[pathlib.Path]) -> list[Run]:
    """Reads the runs in folders; raises InputError about the first that cannot be read."""
    by_script: dict[str | None, list[pathlib.Path]] = {}
    for folder in folders:
        script = flag_record.script_of(_flag_lines(folder))
        by_script.setdefault(script, []).append(folder / flag_record.FILE_NAME)
    # The scripts are asked at the same time, while the files are read.
    questions = [(Question(script, files), files) for script, files in by_script.items()]
    runs = [_read_run(folder) for folder in folders]
    answers: dict[pathlib.Path, dict[str, Any] | None] = {}
    for question, files in questions:
        answers |= dict(zip(files, question.answers(), strict=True))
    return [
        dataclasses.replace(run, answer=answers[run.path / flag_record.FILE_NAME]) for run in runs
    ]


def _flag_lines(folder: pathlib.Path) -> list[str]:
    path = folder / flag_record.FILE_NAME
    return flag_record.read_lines(path) if path.is_file() else []


def _read_run(folder: pathlib.Path) -> Run:
    directory = RunDirectory(folder)
    record = read_record(directory) if directory.record_file.is_file() else {}
    lines = _flag_lines(folder)
    numbers, texts = read_tables(folder)
    sheets = sheets_in_order(directory.samples) or sheets_in_order(folder)
    if not (numbers or texts or sheets):
        raise InputError(
            f"{folder}: holds {_content(folder)}; expected a run that has written metrics.csv, "
            "another CSV file or samples/; train it first"
        )
    return Run(
        path=folder,
        script=flag_record.script_of(lines),
        flags=read_flag_lines(lines),
        answer=None,
        log=read_log(directory.log_file),
        numbers=numbers,
        texts=texts,
        sheets=sheets,
        pictures=_pictures(directory),
        record=record,
        checkpoints=_checkpoints(directory.checkpoints),
        exports=_exports(folder / "export"),
        finished=directory.finished_file.is_file() or (folder / "classifier.keras").is_file(),
        real_scores=_real_scores(directory),
        scored=_scored(folder),
    )


def _content(folder: pathlib.Path) -> str:
    """The names of some files of a folder, for errors."""
    names = [path.name + "/" * path.is_dir() for path in sorted(folder.iterdir())]
    names = [name for name in names if not name.startswith(".")]
    return ", ".join([*names[:5], *["..."][: len(names) > 5]]) or "nothing"


def _pictures(directory: RunDirectory) -> list[pathlib.Path]:
    """real.png first, then the last sheet of each other kind, then figures that are no curves."""
    found = [directory.samples / "real.png", directory.samples / "negatives.png"]
    latest: dict[str, pathlib.Path] = {}
    for path in sorted(directory.samples.glob("*_[0-9]*.png")):
        kind = re.sub(r"[_\d]+$", "", path.stem)
        latest[kind] = path
    latest.pop("train", None)
    plots = [*sorted(directory.plots.glob("*.png")), *sorted(directory.path.glob("*.png"))]
    plots = [path for path in plots if not _CURVES.fullmatch(path.stem)]
    plots = [path for path in plots if not re.match(r"train_\d", path.stem)]
    return [path for path in [*found, *latest.values(), *plots] if path.is_file()]


def _checkpoints(folder: pathlib.Path) -> list[tuple[int, int]]:
    found = []
    for iteration in checkpoint_iterations(folder):
        files = folder.glob(f"ckpt-{iteration}.*")
        found.append((iteration, sum(path.stat().st_size for path in files)))
    return found


def _exports(folder: pathlib.Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def is_of_sweep(folder: pathlib.Path) -> bool:
    """Whether a run lies in a sweep's folder, SWEEP/ROW/seedN/RUN."""
    parent = folder.absolute().parent
    return (
        re.fullmatch(r"seed\d+", parent.name) is not None and (parent / "overrides.json").is_file()
    )


def _scored(folder: pathlib.Path) -> dict[str, Any]:
    if is_of_sweep(folder):
        return _json_or_empty(folder.parent / "scores.json")
    return _json_or_empty(folder / "final_scores.json")


def _real_scores(directory: RunDirectory) -> dict[str, float]:
    found = _json_or_empty(directory.real_scores_file)
    scored = _scored(directory.path).get("reference_results")
    found |= scored if isinstance(scored, dict) else {}
    return {name: float(each) for name, each in found.items() if isinstance(each, (int, float))}


def _json_or_empty(path: pathlib.Path) -> dict[str, Any]:
    """A record beside a run; {} if there is none, or no whole one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
