"""What an earlier run left under the default name is kept under a number, as the demo does."""

from __future__ import annotations

import itertools
import os
import pathlib

from amnat import file_lock


def keep_folder(folder: pathlib.Path) -> pathlib.Path | None:
    """Moves what a folder holds into FOLDER.1, or the first number that is free.

    The caller owns the folder (`file_lock.owned_folder`), which stays. A process that is killed in
    the midst of it leaves a part in each of the two, and loses nothing.

    Returns: the new folder; None if there was nothing to move.
    """
    names = [path.name for path in folder.iterdir() if is_kept(path)]
    if not names:
        return None
    for number in itertools.count(1):
        kept = folder.with_name(f"{folder.name}.{number}")
        try:
            kept.mkdir()
        except FileExistsError:
            continue
        break
    for name in names:
        os.rename(folder / name, kept / name)
    return kept


def keep_file(path: pathlib.Path) -> pathlib.Path | None:
    """Renames NAME.gif to NAME.1.gif, or the first number that is free.

    Returns: the new path; None if there is no such file.
    """
    if not path.exists():
        return None
    for number in itertools.count(1):
        kept = path.with_name(f"{path.stem}.{number}{path.suffix}")
        if not kept.exists():
            os.rename(path, kept)
            break
    return kept


def is_kept(path: pathlib.Path) -> bool:
    """Whether a file or folder is more than what a killed process may leave."""
    return path.name != file_lock.FILE_NAME and not path.name.startswith(".partial-")
