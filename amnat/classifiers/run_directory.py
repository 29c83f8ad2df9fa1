"""The folder of one classifier's training, created once, resumed on request, never overwritten.

This module does not load TensorFlow.
"""

from __future__ import annotations

import json
import os
import pathlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from amnat import file_lock, json_text
from amnat.errors import InputError
from amnat.training import flag_paths, flag_record
from amnat.training.csv_table import read_columns, write_table
from amnat.training.run_directory import (
    checkpoint_damage,
    checkpoint_iterations,
    latest_checkpoint,
    remove_unsealed,
    write_atomically,
)

from matplotlib.figure import Figure

# Settings that may change when a run is resumed, as in the runs of all scripts.
MAY_CHANGE = ("learning_rate",)
# Settings that the runs of earlier versions do not record, with the values that they had.
ADDED = {"loss": "cross_entropy", "negative_weight": None, "negatives_apart": False}


class ClassifierRun:
    """settings.json, flags.txt, log.csv, accuracy.png, checkpoint/ and, at the end,
    classifier.keras.

    Args:
      path: path of the folder.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        self.settings_file = self.path / "settings.json"
        self.flags_file = self.path / "flags.txt"
        self.log_file = self.path / "log.csv"
        self.curve_file = self.path / "accuracy.png"
        self.checkpoints = self.path / "checkpoint"
        self.classifier_file = self.path / "classifier.keras"

    def open(self, settings: dict[str, Any], resume: bool = False) -> tuple[int, list[str]]:
        """Checks that a run with these settings can start or be resumed here; writes nothing.

        Args:
          settings: all that the classifier depends on, as JSON values (`options.run_settings`);
            those in MAY_CHANGE may differ from the run's.
          resume: whether to go on after the newest undamaged checkpoint.

        Returns:
          (completed epochs, warnings), with a warning for each damaged checkpoint that is skipped.

        Raises:
          InputError: the folder is taken or not writable; there is no run to resume, or one with
            other settings, or with damaged checkpoints only.
        """
        if not resume and not self.died_early:
            self.check_new()
            return 0, []
        if self.flags_file.is_file() and not self.settings_file.exists():
            # It ended before it had begun.
            return 0, []
        self._check_settings(settings)
        if not checkpoint_iterations(self.checkpoints):
            return 0, []
        try:
            return latest_checkpoint(self.checkpoints)
        except InputError as error:
            raise InputError(
                f"--resume: no checkpoint in {self.checkpoints} is whole; start again with another "
                f"--out_dir ({error})"
            ) from error

    @property
    def died_early(self) -> bool:
        """Whether a run ended here before its first checkpoint; it can only start again."""
        begun = self.flags_file.is_file() and self.settings_file.is_file()
        return begun and not (
            checkpoint_iterations(self.checkpoints) or self.classifier_file.exists()
        )

    def missing(self, epochs: int, ended: bool) -> str | None:
        """What a run lacks after some epochs, as text; None if nothing.

        Args:
          epochs: number of complete epochs.
          ended: whether they are all epochs of the run.
        """
        if epochs and epochs not in checkpoint_iterations(self.checkpoints):
            return f"the checkpoint of epoch {epochs}"
        damage = checkpoint_damage(self.checkpoints, epochs) if epochs else None
        if damage or not ended:
            return damage
        try:
            with zipfile.ZipFile(self.classifier_file) as archive:
                # It reads every member and compares its checksum.
                damaged = archive.testzip()
        except (OSError, zipfile.BadZipFile):
            return str(self.classifier_file)
        return damaged and f"a whole {self.classifier_file}"

    def check_new(self) -> None:
        """Raises InputError unless a new run can start here; writes nothing."""
        # A run that was killed before it wrote its settings has done nothing yet.
        files = [path for path in self.path.rglob("*") if path.is_file()]
        begun = all(
            path == self.flags_file
            or path.name == file_lock.FILE_NAME
            or path.name.startswith(".partial-")
            for path in files
        )
        if self.path.exists() and not (self.path.is_dir() and begun):
            raise InputError(
                f"--out_dir: {self.path} exists already: add --resume to go on with it, or choose "
                "another folder"
            )

    def _check_settings(self, settings: dict[str, Any]) -> None:
        try:
            recorded = json.loads(self.settings_file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(
                f"--resume: no run in {self.path}; leave the flag out to start one"
            ) from error
        except ValueError as error:
            raise InputError(f"--resume: {self.settings_file} is not JSON; start again") from error
        for name, value in settings.items():
            if name in MAY_CHANGE:
                continue
            found = recorded.get(name, ADDED.get(name)) if isinstance(recorded, dict) else None
            if name == "negatives" and isinstance(found, list) and len(found) == len(value):
                # Their content is compared as well; a folder may be named in several ways.
                pairs = zip(map(str, found), value, strict=True)
                if all(flag_paths.same(*pair, flag_paths.of_classes) for pair in pairs):
                    continue
            if found != value:
                raise InputError(
                    f"--resume: the run in {self.path} has {name} {found}, not {value}; resume it "
                    "with its own flags (its flags.txt), or start another one"
                )

    def create(
        self, settings: dict[str, Any], start: int = 0, flag_lines: Sequence[str] = ()
    ) -> list[str]:
        """Creates the folder with its settings, and drops what was written after epoch `start`.

        Args:
          flag_lines: lines of flags.txt, the flagfile that repeats the run; without lines there is
            no such file. A run that goes on with other ones gets them (`flag_record.update`).

        Returns: the flags that change, as '--NAME=BEFORE -> AFTER'.
        Raises:
          InputError: the folder cannot be written.
        """
        try:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            if not self.settings_file.exists():
                if flag_lines:
                    write_atomically(self.flags_file, "\n".join(flag_lines) + "\n")
                write_atomically(self.settings_file, json_text.dumps(settings, indent=1) + "\n")
            changes = self._change(settings, start, flag_lines)
            # Later ones are damaged, and must not count as the newest when old ones are removed.
            for later in checkpoint_iterations(self.checkpoints):
                if later > start:
                    (self.checkpoints / f"ckpt-{later}.json").unlink()
            # Files that an interrupted write left behind.
            remove_unsealed(self.checkpoints)
            for partial in self.path.rglob(".partial-*"):
                partial.unlink()
        except OSError as error:
            raise InputError(f"--out_dir: cannot write {self.path}: {error.strerror}") from error
        return changes

    def _change(self, settings: dict[str, Any], start: int, flag_lines: Sequence[str]) -> list[str]:
        """Writes the settings and flags that a resumed run changes; returns the flags."""
        recorded = json.loads(self.settings_file.read_text(encoding="utf-8"))
        changed = {name: settings[name] for name in MAY_CHANGE if name in settings}
        if recorded | changed != recorded:
            text = json_text.dumps(recorded | changed, indent=1) + "\n"
            write_atomically(self.settings_file, text)
        if not flag_lines or not self.flags_file.is_file():
            return []
        return flag_record.update(self.flags_file, flag_lines, start, "after epoch")

    def read_log(self, epochs: int) -> list[dict[str, Any]]:
        """The rows of log.csv up to an epoch, as dicts of floats (`epoch`: int)."""
        try:
            columns = read_columns(self.log_file)
        except ValueError as error:
            raise InputError(f"--resume: {error}; start again with another --out_dir") from error
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return [row | {"epoch": int(row["epoch"])} for row in rows if row["epoch"] <= epochs]

    def write_log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes log.csv and accuracy.png."""
        write_table(self.log_file, rows)
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        axes = figure.add_subplot()
        epochs = [row["epoch"] for row in rows]
        for name, label in (("train_accuracy", "training, augmented"), ("test_accuracy", "test")):
            values = [100 * row[name] for row in rows]
            axes.plot(epochs, values, label=label, marker="." if len(rows) < 40 else "")
        axes.set(xlabel="epoch", ylabel="accuracy (%)", title=self.path.absolute().name)
        axes.grid(True, alpha=0.3)
        axes.legend()
        figure.savefig(self.curve_file)
