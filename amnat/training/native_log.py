"""What TensorFlow's native code writes to descriptor 2: off the terminal, but not lost.

Notices and warnings are switched off. Errors, such as a failed pass of the graph optimizer or a
driver that does not fit, go to the log of the run. A user who sets TF_CPP_MIN_LOG_LEVEL sees on the
terminal what that level shows.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

from amnat import process

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Tells processes that this one starts that the level is not the user's.
_CHOSEN = "AMNAT_CHOSE_LOG_LEVEL"
ERRORS_ONLY = "2"
_ERROR_LINE = re.compile(rb"^(?:E\d{4} |[-\d]+ [:.\d]+: E ).*\n", re.MULTILINE)
# Prints what was held back if this process dies before it says that all is well.
_WATCHER = "import os, sys; sys.stdin.buffer.read() or os.write(2, os.pread({}, 1 << 20, 0))"


class _State:
    """The errors that were written while TensorFlow was loaded, and where descriptor 2 leads."""

    early = b""
    terminal: int | None = None
    path: str | os.PathLike[str] | None = None


def choose_level() -> bool:
    """Has TensorFlow, before it is loaded, report errors only; False if the user chose a level."""
    if _LEVEL not in os.environ:
        os.environ |= {_LEVEL: ERRORS_ONLY, _CHOSEN: "1"}
    return _CHOSEN in os.environ


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """A context that holds back what native code writes; only its errors are kept for `keep_in`.

    If an exception is raised, its errors are printed, and if the process dies, which native code
    does without further words, all of it.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with _memory() as held, _watched(held.fileno(), terminal):
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.write(terminal, _errors_in(held))
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
        _State.early += _errors_in(held)


def _errors_in(file: IO[bytes]) -> bytes:
    file.seek(0)
    return b"".join(_ERROR_LINE.findall(file.read()))


def _memory() -> IO[bytes]:
    """A file without a name; where the system has none in memory, it needs a temporary folder."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("held back"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


@contextlib.contextmanager
def _watched(held: int, terminal: int) -> Iterator[None]:
    watcher = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCHER.format(held)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        pass_fds=[held],
        # Ctrl-C on the terminal is for this process alone.
        start_new_session=True,
    )
    try:
        with process.ending_at_once(lambda: os.ftruncate(held, 0)):
            yield
    finally:
        watcher.communicate(b"all is well")


def keep_in(path: str | os.PathLike[str]) -> None:
    """From now on, appends what native code writes to a file, until `release` is called.

    It does nothing in processes where Python's stderr is descriptor 2 itself, and if the user chose
    the level.
    """
    if _CHOSEN not in os.environ or not process.has_own_stderr() or _State.terminal is not None:
        return
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(file, _State.early)
    except OSError as error:
        print(f"warning: {path}: {error.strerror}", file=sys.stderr)
        return
    _State.early, _State.path, _State.terminal = b"", path, os.dup(2)
    os.dup2(file, 2)
    os.close(file)


def release() -> None:
    """Undoes `keep_in`; a file that nothing was written to is removed."""
    if _State.terminal is None or _State.path is None:
        return
    os.dup2(_State.terminal, 2)
    os.close(_State.terminal)
    _State.terminal = None
    with contextlib.suppress(OSError):
        if os.path.getsize(_State.path) == 0:
            os.remove(_State.path)
