"""Runs by what a user typed: what a wrong path may have meant, and the data folder of a run."""

from __future__ import annotations

import difflib
import os
import pathlib
from collections.abc import Iterable

from amnat.training.run_directory import RunDirectory

# A run's folder with a copy of its best checkpoint, and the file there that says which one.
BEST_FOLDER, BEST_FILE = "best", "best.json"
_MAX_NAMED = 3
# Folders in a run that are no images to be scored: samples/ has sheets of several images.
_OF_A_RUN = ("checkpoint", "samples", "plots", "tensorboard")


def is_run(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds the checkpoints of a run."""
    return RunDirectory(path).checkpoints.is_dir()


def run_of_best(folder: str | os.PathLike[str]) -> pathlib.Path | None:
    """The absolute path of the run whose best checkpoint a folder holds; None for other folders."""
    path = pathlib.Path(os.path.abspath(folder))
    is_best = path.name == BEST_FOLDER and (path / BEST_FILE).is_file()
    return path.parent if is_best and RunDirectory(path.parent).flags_file.is_file() else None


def runs_in(folder: str | os.PathLike[str]) -> list[str]:
    """The paths of the runs directly in a folder, sorted; none if it cannot be listed."""
    try:
        return sorted(str(path) for path in pathlib.Path(folder).iterdir() if is_run(path))
    except OSError:
        return []


def meant(text: str, names: Iterable[str] = ()) -> str:
    """What a path that does not exist may have meant, as "; did you mean A or B?", or "".

    Args:
      text: the path.
      names: other values that the flag takes, such as names of data sets.
    """
    path = pathlib.Path(text)
    try:
        siblings = [str(path.parent / each.name) for each in path.parent.iterdir()]
    except OSError:
        siblings = [str(each) for each in path.parent.parent.glob("*")]
        found = difflib.get_close_matches(str(path.parent), siblings, _MAX_NAMED, 0.75)
        siblings = [str(pathlib.Path(each) / path.name) for each in found]
        siblings = [each for each in siblings if os.path.exists(each)]
    found = difflib.get_close_matches(str(path), [*siblings, *names], _MAX_NAMED, 0.75)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def why_no_run(text: str) -> str:
    """Why an existing folder that has to do with runs is no run, with the remedy; otherwise ""."""
    path = pathlib.Path(text)
    if is_run(path.parent) and path.name in _OF_A_RUN:
        return f"is a folder in a run; give the run, {path.parent}"
    if (path / "flags.txt").is_file():
        return "is a run without a checkpoint; train it first"
    inside = runs_in(path)
    if not inside:
        return ""
    named = ", ".join(inside[:_MAX_NAMED]) + (", ..." if len(inside) > _MAX_NAMED else "")
    return f"no such run; the folder holds {named}"


def remembered_data_dir(run: RunDirectory) -> str | None:
    """The data folder that a run's flags.txt names; None if it names none that exists."""
    try:
        recorded = run.recorded_flags()
    except OSError:
        return None
    # Scripts of Dist-GAN and MS-GAN have flags of their own, which go first there.
    named = (recorded.get(name) for name in ("data_source", "data_path", "data_dir"))
    folder = next(filter(None, named), None)
    return folder if folder and os.path.isdir(folder) else None
