"""Reading text, writing results, and what the system says when either fails.

The errors are those of `amnat.errors`; they name the file and the flag.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator

from amnat.errors import InputError, OutputError

# A full disk or quota, as numbers (errno).
FULL = (errno.ENOSPC, errno.EDQUOT)
# The failures of file operations that a user can mend. TensorFlow and HDF5 report them as errors
# of their own, with the system's text in the message.
_FAILURES = (
    *(*FULL, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EISDIR),
    *(errno.ENOTDIR, errno.ENAMETOOLONG, errno.EMFILE, errno.ESTALE, errno.ENOENT, errno.ELOOP),
)
# A file system that is full still creates empty files.
_PROBE = bytes(4096)


def failure_reason(error: BaseException, failures: tuple[int, ...] = _FAILURES) -> str | None:
    """Why a file operation failed, e.g. 'No space left on device'; None for any other error.

    Args:
      failures: the numbers (errno) of the failures to tell apart from other errors.
    """
    text = str(error)
    found = next((os.strerror(each) for each in failures if os.strerror(each) in text), None)
    if found is not None or not isinstance(error, OSError) or error.errno is None:
        return found
    known = error.errno in failures or failures is _FAILURES
    return os.strerror(error.errno) if known else None


@contextlib.contextmanager
def writing(what: str, failures: tuple[int, ...] = _FAILURES) -> Iterator[None]:
    """A context that turns a failed file operation into an OutputError about `what`.

    Args:
      what: the file or folder, after the flag if there is one: '--out=table.png'.
      failures: see `failure_reason`.
    """
    try:
        yield
    except (InputError, OutputError):
        raise
    except Exception as error:
        # The packages that write results raise nearly anything on a full disk.
        reason = failure_reason(error, failures)
        if reason is None:
            raise
        raise OutputError(f"{what}: cannot be written ({reason})") from error


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[pathlib.Path]:
    """A temporary folder, removed afterwards; an OutputError names it if it is full.

    The folder lies in that of the variable TMPDIR, by default /tmp.
    """
    try:
        place = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise OutputError(
            "no folder for temporary files can be written; TMPDIR names one"
        ) from error
    with (
        writing(f"temporary files in {place} (another folder: TMPDIR=FOLDER)", FULL),
        tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder,
    ):
        yield pathlib.Path(folder)


def read_text(path: str | os.PathLike[str], flag: str | None = None) -> str:
    """The content of a UTF-8 text file; raises InputError that names `flag` and the file."""
    where = f"--{flag}: {path}" if flag else str(path)
    try:
        return pathlib.Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: is not text in UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({failure_reason(error)})") from error


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Writes text to `path` atomically."""
    handle, partial = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".partial-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException as error:
        os.unlink(partial)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            # A failed write, on a full disk for instance, does not say to which file.
            error.filename = os.fspath(path)
        raise


def output_folder(path: str | os.PathLike[str], flag: str) -> pathlib.Path:
    """Creates a folder for results, and writes a file there to see whether that is possible.

    Returns: its path. Raises: InputError that names `flag`.
    """
    folder = pathlib.Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _try_to_write(folder)
    except OSError as error:
        reason = failure_reason(error)
        raise InputError(f"--{flag}={path}: files cannot be written there ({reason})") from error
    return folder


def output_file(path: str | os.PathLike[str], flag: str) -> pathlib.Path:
    """Checks that a file can be written or appended to, and leaves it as it is.

    Returns: its path. Raises: InputError that names `flag`.
    """
    file = pathlib.Path(path).expanduser()
    try:
        if file.exists():
            with open(file, "ab"):
                pass
        else:
            _try_to_write(file.parent)
    except OSError as error:
        reason = failure_reason(error)
        raise InputError(f"--{flag}={path}: cannot be written ({reason})") from error
    return file


def nearest_folder(path: str | os.PathLike[str]) -> pathlib.Path:
    """The path itself if it exists, otherwise the nearest of its parents that does."""
    found = pathlib.Path(path).expanduser().absolute()
    while not found.exists():
        found = found.parent
    return found


def unwritable(folder: str | os.PathLike[str]) -> str | None:
    """Why files cannot be written in a folder that exists; None if they can."""
    try:
        _try_to_write(folder)
    except OSError as error:
        return failure_reason(error)
    return None


@contextlib.contextmanager
def cache_folder(path: str, is_default: bool, flag: str) -> Iterator[str]:
    """A folder for what later calls can use again.

    A default folder that cannot be written, for instance without a home, is replaced by a temporary
    one, and one line says so. A folder that the user named is taken as it is.

    Args:
      path: path of the folder, which may begin with ~.
      is_default: whether the user did not name it.
      flag: the flag that names another one.
    """
    folder = os.path.expanduser(path)
    # Without a home, ~ stays as it is.
    reason = "there is no home folder" if folder.startswith("~") else None
    if is_default and reason is None:
        reason = unwritable(nearest_folder(folder))
    if not is_default or reason is None:
        yield folder
        return
    print(
        f"warning: {folder}: {reason}; what could be kept for later calls is made anew "
        f"(--{flag}=FOLDER keeps it)",
        file=sys.stderr,
    )
    with scratch_folder("amnat-cache-") as temporary:
        yield str(temporary)


def _try_to_write(folder: str | os.PathLike[str]) -> None:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(_PROBE)
        file.flush()
