"""Locks on files, so that a folder has one owner and a cache is filled once.

A lock is a POSIX record lock (`fcntl.lockf`) on a file that says who holds it. The system releases
it when the process ends, however it ends. A forked child does not inherit it, and NFS, SMB and most
other network file systems pass it on to the other hosts. The library filelock was not taken: its
locks (`flock`) live on in forked children, and it does not say who holds one.

The system also releases the lock when this process closes any other handle of the same file, so
nothing else may open a lock file. This module does not load TensorFlow.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from amnat.errors import InputError

FILE_NAME = ".lock"

# A process that has just got a lock may not have written its name yet.
_NAMED_WITHIN_S = 0.2
_HELD = (errno.EACCES, errno.EAGAIN)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

# Record locks do not exclude threads of one process from one another.
_own: set[str] = set()
_own_changed = threading.Condition()


def _after_fork() -> None:
    _own.clear()
    _own_changed.release()


os.register_at_fork(
    before=_own_changed.acquire,
    after_in_parent=_own_changed.release,
    after_in_child=_after_fork,
)


class Held(InputError):
    """Another process, or this one, holds the lock.

    Attributes:
      holder: text, 'process 7 on host node3 since 2026-01-31 12:00:00'.
    """

    def __init__(self, path: pathlib.Path, holder: str):
        super().__init__(f"{path} is locked by {holder}")
        self.holder = holder


class FileLock:
    """An exclusive lock, a context manager. The file exists only while the lock is held.

    A process that is killed leaves the file behind. It then locks nothing, and the next owner
    replaces its text.

    Args:
      path: the lock file; its folder has to exist.
      wait: whether to wait until the lock is free instead of raising `Held`.
    """

    def __init__(self, path: str | os.PathLike[str], wait: bool = False):
        self.path = pathlib.Path(path)
        self.wait = wait
        self._handle: int | None = None
        self._process = 0

    def acquire(self) -> None:
        """Acquires the lock; raises `Held`, or OSError if the file cannot be written."""
        self._key = os.path.realpath(self.path)
        with _own_changed:
            if self._key in _own and not self.wait:
                raise Held(self.path, f"this process ({os.getpid()})")
            _own_changed.wait_for(lambda: self._key not in _own)
            _own.add(self._key)
        self._process = os.getpid()
        try:
            self._handle = self._locked_handle()
            self._write_holder()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Releases the lock and removes the file."""
        # The copy of this object in a forked child holds nothing.
        if self._process != os.getpid():
            return
        self._process = 0
        if self._handle is not None:
            # Removed while it is locked: whoever opened it meanwhile sees that it is gone.
            with contextlib.suppress(OSError):
                self.path.unlink()
            os.close(self._handle)
            self._handle = None
        with _own_changed:
            _own.discard(self._key)
            _own_changed.notify_all()

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _locked_handle(self) -> int:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                if self._lock(handle):
                    return handle
            except BaseException:
                os.close(handle)
                raise
            # The holder before removed the file between our opening and our locking it.
            os.close(handle)

    def _lock(self, handle: int) -> bool:
        """Locks an open file; returns whether it is still the one under its name."""
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | (0 if self.wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno in _HELD:
                raise Held(self.path, _holder(self.path)) from None
            if error.errno not in _NO_LOCKS:
                raise
            print(
                f"warning: {self.path.parent}: this file system has no locks ({error.strerror}), "
                "so nothing keeps a second process from writing there",
                file=sys.stderr,
            )
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _write_holder(self) -> None:
        assert self._handle is not None, "entered"
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        text = f"process {os.getpid()} on host {socket.gethostname()} since {now}\n"
        os.pwrite(self._handle, text.encode(), 0)
        os.ftruncate(self._handle, len(text.encode()))


def _holder(path: pathlib.Path) -> str:
    """The text of the process that holds the lock; it is at most one short line."""
    time.sleep(_NAMED_WITHIN_S)
    line = ""
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        line = file.read(200).partition("\n")[0]
    return line if line and line.isprintable() else "another process"


@contextlib.contextmanager
def owned_folder(
    folder: str | os.PathLike[str],
    flag: str,
    advice: str = "choose another folder",
    name: str = FILE_NAME,
) -> Iterator[pathlib.Path]:
    """A context in which this process is the only owner of a folder.

    The folder is created if it is missing, and removed at the end if it is still empty. Other files
    in it are neither read nor changed.

    Args:
      folder: the folder; '~' is expanded.
      flag: the flag that errors name.
      advice: what to do if another process owns it.
      name: the name of the lock file, for a folder of which only a part is owned.

    Yields: the folder's path.
    Raises: InputError if another process owns the folder, or nothing can be written there.
    """
    path = pathlib.Path(folder).expanduser()
    created = [each for each in (path, *path.parents) if not each.exists()]
    lock = FileLock(path / name)
    try:
        try:
            _enter(lock)
        except Held as error:
            raise InputError(
                f"--{flag}: {path} is in use by {error.holder}; wait until that process ends, or "
                f"{advice}"
            ) from error
        except OSError as error:
            raise InputError(f"--{flag}: cannot write {path}: {error.strerror}") from error
        with contextlib.closing(lock):
            yield path
    finally:
        _remove_empty(created)


def _enter(lock: FileLock) -> None:
    """Acquires a lock in a folder, which is created if it is missing."""
    while True:
        lock.path.parent.mkdir(parents=True, exist_ok=True)
        # Another process may remove the folder at once, because it wrote nothing there.
        with contextlib.suppress(FileNotFoundError):
            lock.acquire()
            return


def may_be_owned(folder: pathlib.Path, name: str = FILE_NAME) -> bool:
    """Whether a folder has a lock file; that of a killed process locks nothing."""
    return (folder / name).exists()


def _remove_empty(folders: list[pathlib.Path]) -> None:
    """Removes folders, the innermost first, as far as they are empty."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()
