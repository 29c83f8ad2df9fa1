"""Caches of what takes long to compute: a complete entry under its own key, made by one process.

This module does not load TensorFlow, and Pillow only when an array is looked up.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

from amnat.file_lock import FileLock, Held

import numpy as np

_Entry = TypeVar("_Entry")


def read_or_make(
    path: str | os.PathLike[str],
    read: Callable[[], _Entry | None],
    make: Callable[[], _Entry],
    write: Callable[[_Entry], None],
) -> _Entry:
    """Reads a cache entry, or makes and writes it.

    If several processes need a missing entry at once, the first one makes it, and the others wait
    and read it. If the entry cannot be written, one line on stderr says so, and what was made is
    used anyway.

    Args:
      path: the file or folder of the entry.
      read: returns the entry, None if it is missing, damaged, or made from something else.
      make: computes the entry.
      write: stores the entry, so that it appears at `path` only when it is complete; may raise
        OSError.
    """
    found = read()
    if found is not None:
        return found
    with locked(path):
        # Another process may have made it meanwhile.
        found = read()
        if found is not None:
            return found
        made = make()
        try:
            write(made)
        except OSError as error:
            reason = error.strerror or error
            print(f"warning: {os.fspath(path)} was not written: {reason}", file=sys.stderr)
        return made


@contextlib.contextmanager
def locked(path: str | os.PathLike[str]) -> Iterator[None]:
    """A context that one process at a time enters for a path; the others wait, and say for whom.

    The lock is a file beside `path` (`amnat.file_lock`). Where no file can be written, nothing is
    locked.
    """
    folder, name = os.path.split(os.path.abspath(path))
    lock = os.path.join(folder, f".{name}.lock")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(FileLock(lock))
        except Held as held:
            print(f"waiting for {held.holder}, which is making {os.fspath(path)}", file=sys.stderr)
            with contextlib.suppress(OSError):
                stack.enter_context(FileLock(lock, wait=True))
        except OSError:
            pass
        yield


def file_signature(path: str | os.PathLike[str]) -> str:
    """A text that changes with a file, without reading it; raises OSError if there is none.

    It has the size, the number in the file system, and both times: a copy may restore the time of
    the last modification, but not that of the last change of the file's state.
    """
    status = os.stat(path)
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{status.st_size} {status.st_ino} {times}"


def cached_array(
    path: str, key: str, shape: tuple[int | None, ...], make: Callable[[], np.ndarray]
) -> np.ndarray:
    """Returns the array that an earlier call stored at `path` with the same key, or a new one.

    A file that is damaged or has another key is made again and replaced. See `read_or_make` for
    several processes, and for folders that are full or cannot be written to: the array is then made
    at every call.

    Args:
      path: the .npz file.
      key: a text that changes with everything that `make` depends on, but for the release of
        Pillow, which is added to it.
      shape: the shape of the array; None for a length that is not known before.
      make: callable that returns the array, uint8.

    Returns:
      uint8 array of that shape.
    """
    key = f"{key} {_decoder()}"
    return read_or_make(
        path, lambda: _load(path, key, shape), make, lambda array: _save(path, key, array)
    )


def _decoder() -> str:
    """The release of what decodes and resizes images: others give other bytes here and there."""
    # Loaded with the first image only, as in the readers.
    import PIL

    return f"Pillow {PIL.__version__}"


def _load(path: str, key: str, shape: tuple[int | None, ...]) -> np.ndarray | None:
    try:
        with np.load(path, allow_pickle=False) as content:
            if str(content["key"]) != key:
                return None
            array = content["array"]
    # NumPy documents no narrower set of errors for a damaged file, and the reason does not matter.
    except Exception:
        return None
    fits = array.ndim == len(shape) and all(
        expected in (None, found) for expected, found in zip(shape, array.shape, strict=True)
    )
    return array if array.dtype == np.uint8 and fits else None


def _save(path: str, key: str, array: np.ndarray) -> None:
    folder, file = os.path.split(path)
    temporary = os.path.join(folder, f".{file}.{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "wb") as stream:
            np.savez(stream, key=np.array(key), array=array)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
