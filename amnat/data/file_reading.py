"""Reads and finds the files of a data set, with errors that name them."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

from amnat.errors import InputError

_GZIP_MAGIC = b"\x1f\x8b"
_NAMES_SHOWN = 5


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


@contextlib.contextmanager
def open_unpacked(path: str) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Opens a file for reading, through gzip if its content is compressed so."""
    with open(path, "rb") as stream:
        compressed = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        stream.seek(0)
        if not compressed:
            yield stream
            return
        with gzip.open(stream) as unpacked:
            yield unpacked


def note(text: str) -> None:
    """Prints a line on stderr about input that is read in another way than one may think."""
    print(f"note: {' '.join(text.split())}", file=sys.stderr)


def warn(text: str) -> None:
    """Prints a line on stderr about input that gives wrong results, if it is what it looks like."""
    print(f"warning: {' '.join(text.split())}", file=sys.stderr)


def note_part(name: str, where: str, found: int, published: int, what: str = "images") -> None:
    """Notes that fewer images than the published ones are there, as after a broken download."""
    if found < published:
        note(f"{name}: {where} holds {found:,} of the {published:,} published {what}")


def check_data_dir(name: str, data_dir: str) -> None:
    """Raises InputError if `data_dir` exists and is not a folder."""
    if os.path.exists(data_dir) and not os.path.isdir(data_dir):
        raise InputError(
            f"{name}: data_dir '{data_dir}' is a file, expected the folder that holds the data"
        )


def folder_state(path: str) -> str:
    """What a folder holds, as a predicate: "does not exist", "is empty", "holds a, b, ..."."""
    try:
        entries = sorted(name for name in os.listdir(path) if not name.startswith("."))
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be listed ({error.strerror})"
    shown = ", ".join(entries[:_NAMES_SHOWN]) + (", ..." if len(entries) > _NAMES_SHOWN else "")
    return f"only holds {shown}" if entries else "is empty"


def nothing_found(name: str, data_dir: str, candidates: list[str], url: str) -> InputError:
    """The error for a data set that is not in `data_dir` and must not be downloaded."""
    return InputError(
        f"{name}: data_dir '{data_dir}' holds none of {', '.join(candidates)} (it "
        f"{folder_state(data_dir)}); allow the download, or put the file there yourself (address "
        f"{url})"
    )


def unreadable(path: str, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return InputError(f"'{path}': cannot be read ({reason})")
