"""Folders of numbered versions, as TensorFlow Serving watches them. Loads no TensorFlow."""

import os
import pathlib

from amnat.errors import InputError


def check_version(export_dir, version, flag="export_dir"):
    """The folder of a version, which must not exist yet; writes nothing.

    Raises: InputError, which names `flag`.
    """
    folder = pathlib.Path(export_dir).expanduser() / str(version)
    if folder.exists():
        raise InputError(
            f"--{flag}: {folder} exists already and is left as it is; choose another folder or "
            "--version"
        )
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"--{flag}={export_dir}: {parent} is no folder that can be written to")
    return folder
