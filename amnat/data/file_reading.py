"""Reads and finds the files of a data set, with errors that name them."""

from __future__ import annotations

import os

from amnat.errors import InputError


def read_bounded(path: str, limit: int) -> bytes:
    """Reads a whole file.

    Raises:
      InputError: if it cannot be read or is larger than `limit` bytes.
    """
    try:
        if not os.path.isfile(path):
            raise InputError(f"'{path}': no such file")
        with open(path, "rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > limit:
        raise InputError(f"'{path}': larger than {limit:,} bytes, the most that is expected here")
    return data


def check_data_dir(name: str, data_dir: str) -> None:
    """Raises InputError if `data_dir` exists and is not a folder."""
    if os.path.exists(data_dir) and not os.path.isdir(data_dir):
        raise InputError(
            f"{name}: data_dir '{data_dir}' is a file, expected the folder that holds the data"
        )


def nothing_found(name: str, data_dir: str, candidates: list[str], url: str) -> InputError:
    """The error for a data set that is not in `data_dir` and must not be downloaded."""
    return InputError(
        f"{name}: data_dir '{data_dir}' holds none of {', '.join(candidates)}; allow the download, "
        f"or put the file there yourself (address {url})"
    )


def unreadable(path: str, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return InputError(f"'{path}': cannot be read ({reason})")
