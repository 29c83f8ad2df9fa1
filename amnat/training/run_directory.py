"""The folder of one run: made once, resumed when told to, never overwritten.

Loads no TensorFlow: a run directory is checked before anything large starts.
"""

import csv
import hashlib
import json
import os
import pathlib
import re
import tempfile

from amnat.errors import InputError

_CHECKPOINT = re.compile(r"ckpt-(\d+)\.json")


def write_atomically(path, text):
    """Writes text to `path`, whole or not at all."""
    handle, partial = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".partial-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


class RunDirectory:
    """`<result_dir>/<tag>_<dataset>/`: flags.txt, log.txt, metrics.csv, scores.csv, samples/,
    plots/, tensorboard/, checkpoint/.

    Args:
      path: of the run.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.flags_file = self.path / "flags.txt"
        self.log_file = self.path / "log.txt"
        self.metrics_file = self.path / "metrics.csv"
        self.scores_file = self.path / "scores.csv"
        self.samples = self.path / "samples"
        self.plots = self.path / "plots"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoint"

    def check_new(self):
        """Raises InputError unless a new run can be made here; writes nothing."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise InputError(
                f"run directory {self.path} exists already: add --bLoadCheckpoint to resume it, "
                "or choose another --sResultTag"
            )
        parent = self.path.parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir():
            raise InputError(f"--sResultDir: {parent} is a file, expected a folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise InputError(f"--sResultDir: {parent} is not writable")

    def create(self, flag_lines):
        """Makes the folders and flags.txt; existing ones stay."""
        try:
            for folder in (self.samples, self.plots, self.tensorboard, self.checkpoints):
                folder.mkdir(parents=True, exist_ok=True)
            if not self.flags_file.exists():
                write_atomically(self.flags_file, "\n".join(flag_lines) + "\n")
        except OSError as error:
            raise InputError(f"--sResultDir: cannot write {self.path}: {error.strerror}") from error

    def recorded_flags(self):
        """{flag name: text} of flags.txt; a bare --name is 'true', --noname is 'false'."""
        recorded = {}
        for line in self.flags_file.read_text(encoding="utf-8").splitlines():
            name, equals, value = line.removeprefix("--").partition("=")
            if not equals and name.startswith("no"):
                recorded[name.removeprefix("no")] = "false"
            elif name:
                recorded[name] = value if equals else "true"
        return recorded

    def log(self, text):
        """Appends a line to log.txt."""
        with open(self.log_file, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def append_row(self, path, row):
        """Appends a row (dict) to a CSV file, with a header when it is new."""
        new = not path.exists()
        with open(path, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)

    def read_rows(self, path):
        """The rows of a CSV file as {column: [float, ...]}; empty when there is none."""
        if not path.exists():
            return {}
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            return {}
        return {name: [float(row[name]) for row in rows] for name in rows[0]}

    def forget_after(self, iteration):
        """Drops CSV rows and checkpoints beyond `iteration`, where a run is resumed.

        It will write them again. Checkpoints beyond it are damaged ones, which must not count
        as the newest when old ones are removed.
        """
        for later in checkpoint_iterations(self.checkpoints):
            if later > iteration:
                (self.checkpoints / f"ckpt-{later}.json").unlink()
        for path in (self.metrics_file, self.scores_file):
            if not path.exists():
                continue
            with open(path, newline="", encoding="utf-8") as file:
                header, *rows = file.read().splitlines()
            kept = []
            for row in rows:
                first, comma, _ = row.partition(",")
                # A last line that was cut in the middle has fewer fields than the header.
                whole = comma and row.count(",") == header.count(",")
                if whole and int(first) <= iteration:
                    kept.append(row)
            write_atomically(path, "\n".join([header, *kept]) + "\n")


def _digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def seal_checkpoint(folder, iteration):
    """Writes ckpt-<iteration>.json, which makes the checkpoint's files count.

    It is written last and holds their sizes and checksums, so a checkpoint that was cut short or
    damaged later is recognised.
    """
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": _digest(path)}
        for path in sorted(folder.glob(f"ckpt-{iteration}.*"))
        if path.suffix != ".json"
    }
    text = json.dumps({"iteration": iteration, "files": files}, indent=1)
    write_atomically(folder / f"ckpt-{iteration}.json", text)


def checkpoint_iterations(folder):
    """Iterations of the sealed checkpoints in `folder`, ascending."""
    if not folder.is_dir():
        return []
    matches = (_CHECKPOINT.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def checkpoint_damage(folder, iteration):
    """What is wrong with a sealed checkpoint, or None."""
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
    except (ValueError, KeyError, TypeError) as error:
        return f"{seal} is not readable ({type(error).__name__})"
    return None


def latest_checkpoint(folder, flag="bLoadCheckpoint"):
    """The newest checkpoint that is whole.

    Args:
      folder: of checkpoints.
      flag: the flag that errors name.

    Returns: (iteration, warnings), the latter a line per newer checkpoint that is damaged.
    Raises: InputError if there is none, naming what was found instead.
    """
    warnings = []
    for iteration in reversed(checkpoint_iterations(folder)):
        damage = checkpoint_damage(folder, iteration)
        if damage is None:
            return iteration, warnings
        warnings.append(f"checkpoint {iteration} is damaged: {damage}")
    if warnings:
        raise InputError(f"--{flag}: no checkpoint is whole; {warnings[0]}")
    hint = "; leave the flag out to start a new run" if flag == "bLoadCheckpoint" else ""
    raise InputError(f"--{flag}: no checkpoint in {folder}{hint}")


def remove_old_checkpoints(folder, max_to_keep):
    """Removes all but the newest `max_to_keep` checkpoints, and what an interrupted save left."""
    iterations = checkpoint_iterations(folder)
    kept = {str(iteration) for iteration in iterations[-max_to_keep:]}
    for iteration in iterations[:-max_to_keep]:
        (folder / f"ckpt-{iteration}.json").unlink()
    for path in folder.glob("ckpt-*"):
        number = path.name.removeprefix("ckpt-").split(".")[0]
        # Names that hold no plain number (a temporary file of TensorFlow's) stay until it goes.
        if number.isdigit() and number not in kept:
            path.unlink()
