"""A picture of every method, trained from committed flagfiles, as one Markdown document."""

from __future__ import annotations

import dataclasses
import io
import os
import pathlib
import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.report.flag_changes import Question
from amnat.report.run_reader import Run, is_run, read_runs
from amnat.report.script import FILE_NAME
from amnat.sweep.processes import Processes
from amnat.sweep.rows import Row
from amnat.training.run_directory import results_root

from PIL import Image

# Pictures of the document: their width in pixels, and how many colours they have at first.
_WIDTH, _COLOURS = 420, 128
_MOST_BYTES = 150_000
_HEADER = """# Gallery

A picture of each method. All of them come from one command, which trains a short run of each from
the flagfiles in `flags/`:

    {command}

The runs are small: they show what each method makes, and not how good it can be. Each run has a
page with its curves, scores and flags, at the path below its picture.
"""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A method of the gallery.

    Attributes:
      row: its name, flagfile, script and flags.
      parent: the folder for its run.
    """

    row: Row
    parent: pathlib.Path

    @property
    def run_folder(self) -> pathlib.Path | None:
        """The folder of its run; None if it has not begun."""
        found = sorted([*self.parent.glob("*"), *self.parent.glob("*/*")])
        return next((path for path in found if path.is_dir() and is_run(path)), None)

    @property
    def is_done(self) -> bool:
        """Whether its run has ended and has a page."""
        folder = self.run_folder
        return folder is not None and (folder / FILE_NAME).is_file()

    def command(self) -> str:
        """The command that trains it, for readers."""
        script, flagfile = (_in_checkout(path) for path in (self.row.script, self.row.flagfile))
        return shlex.join(["python", script, f"--flagfile={flagfile}", *self.row.flags])


class FolderFlags(NamedTuple):
    """What a script's flags say about folders.

    Attributes:
      place: the flag for the folder of its run.
      takes_data: whether it has --data_dir.
    """

    place: str
    takes_data: bool


def folder_flags(row: Row) -> FolderFlags:
    """The `FolderFlags` of a row's script; raises InputError about the row."""
    if row.shared:
        raise InputError(f"--row={row.name}: --{row.shared[0][0]} is a flag of sweeps only")
    (answer,) = Question(str(row.script)).answers()
    if answer is None or not answer["place"]:
        raise InputError(f"--row={row.name}: {row.script.name} trains no run in a folder")
    return FolderFlags(answer["place"], answer["takes_data"])


def train(entry: Entry, has: FolderFlags, processes: Processes, data_dir: str | None) -> None:
    """Trains an entry to its end, from where an earlier call stopped; it also writes its page.

    Args:
      has: its `folder_flags`.

    Raises: RuntimeError if its script fails, with the reason.
    """
    words = [f"--flagfile={entry.row.flagfile}", *entry.row.flags]
    # Some scripts take the run's own folder, which has to be new.
    words += [f"--{has.place}={entry.parent / 'run'}", "--auto_resume", "--report"]
    words += [f"--data_dir={data_dir}"] if data_dir and has.takes_data else []
    entry.parent.mkdir(parents=True, exist_ok=True)
    processes.call(entry.row.script, words, entry.parent / "train.txt")
    if not entry.is_done:
        raise RuntimeError(f"it has no page (see {entry.parent / 'train.txt'})")


def write_document(
    found: Sequence[Entry], document: pathlib.Path, command: str
) -> list[pathlib.Path]:
    """Writes a document and its pictures, in images/gallery/ beside it.

    Args:
      found: the entries; those that are not done are left out.
      document: the path of the .md file.
      command: the command that made it.

    Returns: the paths of what was written.
    """
    done = [entry for entry in found if entry.is_done]
    folders = [entry.run_folder for entry in done]
    runs = read_runs([folder for folder in folders if folder is not None])
    images = document.parent / "images" / "gallery"
    images.mkdir(parents=True, exist_ok=True)
    parts, written = [_HEADER.format(command=command)], [document]
    if len(done) < len(found):
        parts.append(f"So far {len(done)} of {len(found)} are trained.\n")
    for entry, run in zip(done, runs, strict=True):
        source = picture_of(run)
        if source is None:
            raise InputError(f"{run.path}: holds no picture; expected samples/ or a figure")
        picture = images / f"{entry.row.name}.png"
        picture.write_bytes(small_picture(source))
        written.append(picture)
        parts.append(_section(entry, run, picture.relative_to(document.parent)))
    write_atomically(document, "\n".join(parts))
    return written


def picture_of(run: Run) -> pathlib.Path | None:
    """The picture that shows a run best: its last sample sheet, or else a figure of its end."""
    if run.sheets:
        return run.sheets[-1][1]
    figures = [path for path in run.pictures if path.stem not in ("real", "negatives")]
    curves = sorted(run.path.glob("*.png"))
    return next(iter([*figures, *curves]), None)


def small_picture(path: pathlib.Path) -> bytes:
    """A picture of at most 420 pixels as PNG, of less than 150,000 bytes."""
    with Image.open(path) as image:
        changed = image.convert("RGB")
    if changed.width > _WIDTH:
        height = round(changed.height * _WIDTH / changed.width)
        changed = changed.resize((_WIDTH, height), Image.Resampling.LANCZOS)
    colours = _COLOURS
    while True:
        stream = io.BytesIO()
        changed.quantize(colours).save(stream, "PNG", optimize=True)
        if len(stream.getvalue()) < _MOST_BYTES or colours <= 4:
            return stream.getvalue()
        colours //= 2


def _section(entry: Entry, run: Run, picture: pathlib.Path) -> str:
    length = f"{run.iterations:,} {run.numbers[0].step_name if run.numbers else 'iteration'}s"
    seed = f", seed {run.seed}" if run.seed else ""
    page = _in_checkout(run.path / FILE_NAME)
    return (
        f"## {_heading(entry.row.name)}\n\n"
        f"![{run.title} after {length}]({picture.as_posix()})\n\n"
        f"{run.title}: {length}{seed}. Its page: `{page}`\n\n"
        f"    {entry.command()}\n"
    )


def _heading(name: str) -> str:
    return re.sub(r"_+", " ", name)


def _in_checkout(path: pathlib.Path) -> str:
    """A path, relative to the checkout where it lies there."""
    absolute = path.absolute()
    root = results_root()
    return os.fspath(absolute.relative_to(root) if absolute.is_relative_to(root) else absolute)
