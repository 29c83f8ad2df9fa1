"""Folders of numbered versions, as TensorFlow Serving expects them. Does not load TensorFlow."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

from amnat import file_lock
from amnat.errors import InputError
from amnat.files import nearest_folder, unwritable


@contextlib.contextmanager
def owned_version(
    export_dir: str | os.PathLike[str], version: int, flag: str = "export_dir"
) -> Iterator[pathlib.Path]:
    """A context in which no other process writes this version; others of the folder may be written.

    Yields: the folder of the version, which does not exist (`check_version`).
    Raises: InputError that names `flag`.
    """
    folder = check_version(export_dir, version, flag)
    with contextlib.suppress(OSError):  # It is raised again below.
        folder.parent.mkdir(parents=True, exist_ok=True)
    name = f"{file_lock.FILE_NAME}-{version}"
    with file_lock.owned_folder(folder.parent, flag, "choose another --version", name):
        yield check_version(export_dir, version, flag)


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
