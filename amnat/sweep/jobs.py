"""One run of a sweep: its training, its scores, and what must not change between two calls."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from amnat import command_text, json_text
from amnat.errors import InputError
from amnat.files import read_text, write_atomically
from amnat.sweep import classifier_rows
from amnat.sweep.processes import Processes, Stopped
from amnat.training.run_directory import RunDirectory
from amnat.training.run_state import finished_at

_EVALUATE = command_text.TOOLS / "evaluate.py"


@dataclasses.dataclass(frozen=True)
class Job:
    """A run of a sweep.

    Attributes:
      name: of its row.
      seed: text.
      script, flagfile: paths.
      folder: of the run, its logs and scores.
      flags: beside those of the flagfile.
      result_dir: the script's flag for the folder of all runs.
      kind: 'generator' or 'classifier'.
      data_flags: flags about the data's place, which is no part of what the run is.
    """

    name: str
    seed: str
    script: pathlib.Path
    flagfile: pathlib.Path
    folder: pathlib.Path
    flags: tuple[str, ...]
    result_dir: str
    kind: str
    data_flags: tuple[str, ...] = ()

    @property
    def is_classifier(self) -> bool:
        return self.kind == "classifier"

    def training_flags(self) -> list[str]:
        """The command line of the training."""
        folder = self.folder / classifier_rows.RUN if self.is_classifier else self.folder
        places = [f"--{self.result_dir}={folder}", *self.data_flags]
        return [f"--flagfile={self.flagfile}", *self.flags, f"--seed={self.seed}", *places]

    def run(self) -> RunDirectory | None:
        """The run, or None if it does not exist yet."""
        found = [path.parent for path in self.folder.glob("*/flags.txt")]
        return RunDirectory(found[0]) if found else None

    def finish(self) -> int | None:
        """The last iteration of the run, with its checkpoint read again; None before its end. A
        classifier's run has ended when it has reported, which counts as 0."""
        if self.is_classifier:
            return None if classifier_rows.results(self.folder) is None else 0
        run = self.run()
        return None if run is None else finished_at(run)

    def train(self, processes: Processes) -> None:
        """Trains the run to its end, from its last checkpoint if there is one.

        Raises: `Stopped`; RuntimeError if it ended early.
        """
        if self.finish() is not None:
            return
        log = self.folder / "train.txt"
        processes.call(self.script, [*self.training_flags(), "--auto_resume"], log)
        if self.finish() is None:
            if processes.is_stopping:
                raise Stopped
            raise RuntimeError(f"stopped early (see {log})")

    def score(self, processes: Processes, evaluations: Mapping[str, list[str]]) -> Any:
        """The scores of the finished run, from its files or computed now.

        Args:
          evaluations: {name: flags of tools/evaluate.py}; of results that two have, those of the
            first count.

        Returns: {result name: number}; of a classifier, `classifier_rows.Results`.
        """
        if self.is_classifier:
            return classifier_rows.results(self.folder)
        found = [self._evaluate(processes, *each) for each in evaluations.items()]
        return {name: value for results in found[::-1] for name, value in results.items()}

    def known_scores(self, evaluations: Mapping[str, list[str]]) -> Any:
        """What `score` would return without any work; None if there is something to do."""
        if self.finish() is None:
            return None
        if self.is_classifier:
            return classifier_rows.results(self.folder)
        found = [self._recorded(*each) for each in evaluations.items()]
        if any(results is None for results in found):
            return None
        return {name: value for results in found[::-1] for name, value in (results or {}).items()}

    def _wanted(self, words: list[str]) -> dict[str, Any]:
        """What a record of scores must say of itself."""
        # Scores can only be compared if all of them were computed with the same flags, at the end.
        return {"training": list(self.flags), "evaluation": words, "iteration": self.finish()}

    def _recorded(self, name: str, words: list[str]) -> dict[str, float] | None:
        record = read_json(self.folder / f"{name}.json")
        usable = record is not None and record.get("flags") == self._wanted(words)
        return record["results"] if record and usable else None

    def _evaluate(self, processes: Processes, name: str, words: list[str]) -> dict[str, float]:
        results = self._recorded(name, words)
        if results is not None:
            return results
        wanted, run = self._wanted(words), self.run()
        assert run is not None, "it was trained"
        lines = self.folder / "evaluation.jsonl"
        lines.unlink(missing_ok=True)
        arguments = [
            f"--samples={run.path}",
            f"--checkpoint={wanted['iteration']}",
            f"--json={lines}",
        ]
        processes.call(
            _EVALUATE, [*arguments, *self.data_flags, *words], self.folder / "evaluate.txt"
        )
        record = json.loads(lines.read_text(encoding="utf-8").splitlines()[-1])
        write_atomically(
            self.folder / f"{name}.json", json_text.dumps({"flags": wanted} | record, indent=1)
        )
        return record["results"]

    def claim(self) -> None:
        """Makes the folder, with a record of what the run depends on beside its seed and data.

        Raises: InputError if an earlier sweep left a run with other flags there.
        """
        path = self.folder / "overrides.json"
        before, now = read_json(path) or {}, self._identity()
        # Earlier versions wrote the flags of seed, data and folder among the others.
        flags_before = [
            flag
            for flag in before.get("flags", now["flags"])
            if not flag.startswith(("--seed=", "--sResultDir=", "--data_dir="))
        ]
        if flags_before != now["flags"]:
            raise InputError(
                f"--sweep_dir: {self.folder} was trained with other flags of --override, its "
                "--row, or a shared name; choose another folder"
            )
        if before.get("flagfile", now["flagfile"]) != now["flagfile"]:
            raise InputError(
                f"--sweep_dir: {self.folder} was trained when {self.flagfile} had other flags; "
                "choose another folder"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json_text.dumps(now))

    def _identity(self) -> dict[str, list[str]]:
        lines = read_text(self.flagfile).splitlines()
        return {
            "flags": list(self.flags),
            "flagfile": [line.strip() for line in lines if line.strip().startswith("-")],
        }


def read_json(path: pathlib.Path) -> dict[str, Any] | None:
    """A record of an earlier sweep; None if there is none, or not a whole one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) else {"flags": record}


def by_row(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    """{name of a row: its jobs}, in their order."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.name, []).append(job)
    return found
