"""Folders of numbered versions, as TensorFlow Serving expects them. Does not load TensorFlow."""

from __future__ import annotations

import os
import pathlib

from amnat.errors import InputError
from amnat.files import nearest_folder, unwritable


def check_version(
    export_dir: str | os.PathLike[str], version: int, flag: str = "export_dir"
) -> pathlib.Path:
    """Checks and returns the folder of a version, which must not exist yet; writes nothing.

    Raises: InputError that names `flag`.
    """
    folder = pathlib.Path(export_dir).expanduser() / str(version)
    if folder.exists():
        raise InputError(
            f"--{flag}: {folder} exists already and is left as it is; choose another folder or "
            "--version"
        )
    parent = nearest_folder(folder.parent)
    reason = unwritable(parent)
    if reason:
        raise InputError(f"--{flag}={export_dir}: {parent} is not a writable folder ({reason})")
    return folder
