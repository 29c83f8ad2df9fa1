"""Caches of what takes long to compute: a complete entry under its own key, made by one process.

This module does not load TensorFlow.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import PIL

_Entry = TypeVar("_Entry")

# The library that decodes and resizes images; its releases differ in single bytes.
_DECODER = f"Pillow {PIL.__version__}"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


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
    """A context that one process at a time enters for a path; the others wait.

    The lock is a file beside `path`, which the system unlocks when its process ends, however it
    ends. Where no file can be written or the file system has no locks, nothing is locked.
    """
    folder, name = os.path.split(os.path.abspath(path))
    handle = _acquire(os.path.join(folder, f".{name}.lock"), os.fspath(path))
    try:
        yield
    finally:
        if handle is not None:
            # Removed before it is unlocked, so that those who wait notice that it is gone.
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, f".{name}.lock"))
            os.close(handle)


def _acquire(lock: str, path: str) -> int | None:
    """The open, locked file; None if there can be no lock."""
    announced = False
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if announced else fcntl.LOCK_NB))
            if os.path.samestat(os.fstat(handle), os.stat(lock)):
                return handle
        except BlockingIOError:
            print(f"waiting for another process that is making {path}", file=sys.stderr)
            announced = True
        except FileNotFoundError:
            # The process before removed the file between our opening and our locking it.
            pass
        except OSError as error:
            os.close(handle)
            if error.errno in _NO_LOCKS:
                return None
            raise
        os.close(handle)


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
    key = f"{key} {_DECODER}"
    return read_or_make(
        path, lambda: _load(path, key, shape), make, lambda array: _save(path, key, array)
    )


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
