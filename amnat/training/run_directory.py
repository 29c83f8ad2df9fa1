"""The folder of one run, which is created once, resumed on request and never overwritten.

This module does not load TensorFlow: a run directory is checked before anything large starts.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import amnat
from amnat import file_lock, json_text
from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.training.csv_table import CSVTable, read_columns

RECORD_NAME = "generator.json"
_CHECKPOINT = re.compile(r"ckpt-(\d+)\.json")


def warn(text: str) -> None:
    """Prints a line on stderr, which may be a file on a full disk; training goes on then."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


def results_root() -> pathlib.Path:
    """The default parent of the folder of all runs: the checkout that holds this package, or the
    current folder if the package was installed without a checkout."""
    checkout = pathlib.Path(amnat.__file__).resolve().parent.parent
    return checkout if (checkout / "tools").is_dir() else pathlib.Path.cwd()


@dataclasses.dataclass(frozen=True)
class RunFlags:
    """The names of a script's flags about its runs, for errors.

    Attributes:
      result_dir: the flag for the folder of all runs.
      tag: the flag for a part of the run's name.
      resume: the flag that resumes a run.
      batch_size: the flag for the batch size.
      gpu: the flag for the number of the only GPU to use; None for scripts without it.
      length: the flag for the length of a run; None if it is not known.
    """

    result_dir: str = "result_dir"
    tag: str = "tag"
    resume: str = "resume"
    batch_size: str = "batch_size"
    gpu: str | None = None
    length: str | None = None


def read_flag_lines(lines: Iterable[str]) -> dict[str, str]:
    """The flags of a flagfile's lines, as `RunDirectory.recorded_flags` gives them."""
    recorded = {}
    for line in lines:
        if not line.startswith("--"):
            continue  # a comment
        name, equals, value = line.removeprefix("--").partition("=")
        if not equals and name.startswith("no"):
            recorded[name.removeprefix("no")] = "false"
        else:
            recorded[name] = value if equals else "true"
    return recorded


class RunDirectory:
    """The folder of one run: flags.txt, log.txt, metrics.csv, scores.csv, real_scores.json,
    samples/, plots/, tensorboard/, checkpoint/, and at the end `finished` (`run_state`).

    Args:
      path: the folder.
      names: `RunFlags` for errors.

    Attributes:
      failures: {what could not be written at its last attempt: the reason}.
      title: the method and the data, for pictures; set by the script that trains.
      raw_sheets: whether its sheets are grids without title, labels and gaps.
    """

    def __init__(self, path: str | os.PathLike[str], names: RunFlags | None = None):
        self.path = pathlib.Path(path)
        self.names = names or RunFlags()
        self.title = ""
        self.raw_sheets = False
        self.flags_file = self.path / "flags.txt"
        self.log_file = self.path / "log.txt"
        self.metrics_file = self.path / "metrics.csv"
        self.scores_file = self.path / "scores.csv"
        self.real_scores_file = self.path / "real_scores.json"
        self.samples = self.path / "samples"
        self.plots = self.path / "plots"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoint"
        self.record_file = self.path / RECORD_NAME
        self.finished_file = self.path / "finished"
        self.failures: dict[str, str] = {}
        self._unwritten: list[tuple[pathlib.Path, Mapping[str, Any], Any]] = []

    @property
    def was_started(self) -> bool:
        """Whether a run has written any file here, possibly before its first checkpoint."""
        files = (path.name for path in self.path.rglob("*") if path.is_file())
        return any(
            name != file_lock.FILE_NAME and not name.startswith(".partial-") for name in files
        )

    @property
    def died_early(self) -> bool:
        """Whether a run ended here before its first checkpoint; it can only start again."""
        return (
            self.flags_file.is_file()
            and not self.finished_file.exists()
            and not checkpoint_iterations(self.checkpoints)
        )

    def check_new(self, can_resume: bool = True) -> None:
        """Raises InputError unless a new run can be created here; writes nothing.

        Args:
          can_resume: whether the script could go on with a run that is here.
        """
        if self.was_started or (self.path.exists() and not self.path.is_dir()):
            resume = f"add --{self.names.resume} to resume it, or " if can_resume else ""
            raise InputError(
                f"run directory {self.path} exists already: {resume}choose another "
                f"--{self.names.tag}"
            )
        self._check_parent()

    def _check_parent(self) -> None:
        """Raises InputError unless the folder can be created, if it does not exist."""
        parent = self.path.parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir():
            raise InputError(f"--{self.names.result_dir}: {parent} is a file, expected a folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise InputError(f"--{self.names.result_dir}: {parent} is not writable")

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """A context in which no other process writes here. A run that is opened to be written is
        checked inside it, so that nothing changes between the check and the writing.

        Raises: InputError if another process owns the run, or something cannot be written here.
        """
        if not self.path.is_dir():
            self.check_new()
        names = self.names
        advice = f"choose another --{names.tag}"
        with file_lock.owned_folder(self.path, names.result_dir, advice):
            for path in (self.path, *self._folders(), *self._appended()):
                if path.exists() and not os.access(path, os.W_OK):
                    raise InputError(f"--{names.result_dir}: {path} is not writable")
            yield

    def _folders(self) -> tuple[pathlib.Path, ...]:
        return self.samples, self.plots, self.tensorboard, self.checkpoints

    def _appended(self) -> tuple[pathlib.Path, ...]:
        return self.log_file, self.metrics_file, self.scores_file

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """A context that turns a failed write into an InputError, for writes before the work."""
        try:
            yield
        except OSError as error:
            where = error.filename or self.path
            raise InputError(
                f"--{self.names.result_dir}: cannot write {where}: {error.strerror}"
            ) from error

    def create(self, flag_lines: Iterable[str], anew: bool = False) -> None:
        """Creates the folders and flags.txt; existing ones are kept.

        Args:
          flag_lines: the lines of flags.txt.
          anew: whether to replace flags.txt, because the run starts at its beginning.
        """
        with self.writing():
            for folder in self._folders():
                folder.mkdir(parents=True, exist_ok=True)
            if anew or not self.flags_file.exists():
                write_atomically(self.flags_file, "\n".join(flag_lines) + "\n")

    def recorded_flags(self) -> dict[str, str]:
        """Reads flags.txt as {flag name: text}; a bare --name is 'true', --noname is 'false'."""
        text = self.flags_file.read_text(encoding="utf-8", errors="replace")
        return read_flag_lines(text.splitlines())

    def log(self, text: str) -> None:
        """Appends a line to log.txt; a full disk is reported on stderr."""
        try:
            with open(self.log_file, "a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            warn(f"\nwarning: {self.log_file}: {error.strerror}")

    def table(self, path: pathlib.Path) -> CSVTable:
        """A CSV file of the run with its later parts; what it reports also goes to log.txt."""

        def report(text: str) -> None:
            warn(f"\n{text}")
            self.log(text)

        return CSVTable(path, report)

    def append_row(
        self, path: pathlib.Path, row: Mapping[str, Any], depends_on: Any = None
    ) -> None:
        """Appends a row to a CSV file or begins its next part; see `CSVTable.append`.

        Raises: OSError if the row cannot be written, e.g. because the disk is full. The row is kept
          and written with the next one or by `write_rows`.
        """
        self._unwritten.append((path, row, depends_on))
        self.write_rows()

    @property
    def num_unwritten(self) -> int:
        """The number of rows that are kept until there is room for them."""
        return len(self._unwritten)

    def write_rows(self) -> None:
        """Writes the rows that could not be written before; raises OSError if they still cannot."""
        while self._unwritten:
            path, row, depends_on = self._unwritten[0]
            self.table(path).append(row, depends_on)
            del self._unwritten[0]

    def read_rows(self, path: pathlib.Path) -> dict[str, list[float]]:
        """The rows of a CSV file as {column: [float, ...]}; empty if there is no row."""
        return read_columns(path)

    def forget_after(self, iteration: int) -> None:
        """Drops CSV rows and checkpoints beyond `iteration`, from which a run is resumed.

        The run will write them again. Later checkpoints are damaged, and must not count as the
        newest when old ones are removed. Leftovers of interrupted writes are removed as well.
        """
        self._unwritten.clear()
        self.failures.clear()
        for later in checkpoint_iterations(self.checkpoints):
            if later > iteration:
                (self.checkpoints / f"ckpt-{later}.json").unlink()
        remove_unsealed(self.checkpoints)
        for partial in self.path.rglob(".partial-*"):
            partial.unlink()
        for path in (self.metrics_file, self.scores_file):
            self.table(path).forget_after(iteration)


def _digest(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        # What the disk has, not what this system remembers to have written.
        with contextlib.suppress(AttributeError, OSError):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _sync(path: pathlib.Path) -> None:
    """Waits until a file is on the disk; raises OSError if it cannot be written there."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def seal_checkpoint(folder: pathlib.Path, iteration: int, **record: Any) -> None:
    """Writes ckpt-<iteration>.json, which makes the checkpoint's files count.

    It is written last and holds the sizes and checksums of the files, so a checkpoint that is
    incomplete or was damaged later is detected. `record` (JSON values) is stored in it for
    `checkpoint_record`.
    """
    files = {}
    for path in sorted(folder.glob(f"ckpt-{iteration}.*")):
        if path.suffix != ".json":
            _sync(path)
            files[path.name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
    text = json_text.dumps({"iteration": iteration, "files": files} | record, indent=1)
    write_atomically(folder / f"ckpt-{iteration}.json", text)


def checkpoint_record(folder: pathlib.Path, iteration: int) -> dict[str, Any]:
    """The record that was stored with a checkpoint, a dict."""
    return json.loads((folder / f"ckpt-{iteration}.json").read_text(encoding="utf-8"))


def checkpoint_iterations(folder: pathlib.Path) -> list[int]:
    """The iterations of the sealed checkpoints in `folder`, ascending."""
    if not folder.is_dir():
        return []
    matches = (_CHECKPOINT.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def checkpoint_damage(folder: pathlib.Path, iteration: int) -> str | None:
    """The damage of a sealed checkpoint as text, or None; raises InputError if it is not known."""
    seal = folder / f"ckpt-{iteration}.json"
    try:
        files = json.loads(seal.read_text(encoding="utf-8"))["files"]
        if not files:
            return f"{seal} names no files"
        for name, expected in files.items():
            path = folder / os.path.basename(name)
            if not path.is_file():
                return f"{path} is missing"
            if path.stat().st_size != expected["bytes"]:
                return f"{path} has {path.stat().st_size} bytes, expected {expected['bytes']}"
            if _digest(path) != expected["sha256"]:
                return f"{path} does not match its checksum"
    except FileNotFoundError as error:
        return f"{error.filename} is missing"
    except OSError as error:
        # It may be whole. Nobody may take an older one instead and remove it.
        raise InputError(f"{error.filename or seal}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        return f"{seal} is not readable ({type(error).__name__})"
    return None


def latest_checkpoint(
    folder: pathlib.Path, flag: str = "resume", hint: str = ""
) -> tuple[int, list[str]]:
    """Finds the newest complete checkpoint.

    Args:
      folder: the folder of checkpoints.
      flag: the flag that errors name.
      hint: text that the error appends if there is no checkpoint.

    Returns: (iteration, warnings), with one warning for each newer checkpoint that is damaged.
    Raises: InputError if there is none; the message says what was found instead.
    """
    while True:
        warnings: list[str] = []
        kept = checkpoint_iterations(folder)
        for iteration in reversed(kept):
            damage = checkpoint_damage(folder, iteration)
            if damage is None:
                return iteration, warnings
            warnings.append(f"checkpoint {iteration} is damaged: {damage}")
        # A run that trains has removed these checkpoints, and written others.
        if checkpoint_iterations(folder) == kept:
            break
    if warnings:
        raise InputError(f"--{flag}: no checkpoint is whole; {warnings[0]}")
    raise InputError(f"--{flag}: no checkpoint in {folder}{hint}")


def remove_old_checkpoints(folder: pathlib.Path, max_to_keep: int) -> None:
    """Removes all but the newest `max_to_keep` checkpoints, and leftovers of interrupted saves."""
    for iteration in checkpoint_iterations(folder)[:-max_to_keep]:
        (folder / f"ckpt-{iteration}.json").unlink()
    remove_unsealed(folder)


def remove_unsealed(folder: pathlib.Path) -> None:
    """Removes the files of checkpoints that do not count, or no longer count."""
    sealed = {str(iteration) for iteration in checkpoint_iterations(folder)}
    for path in folder.glob("ckpt-*"):
        number, _, suffix = path.name.removeprefix("ckpt-").partition(".")
        # TensorFlow first writes to names such as ckpt-6_temp and ckpt-6.data-0.tempstate1.
        if number in sealed and ".tempstate" not in suffix:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
