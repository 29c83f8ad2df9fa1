"""Downloads a published file, checks it and writes it atomically."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from amnat.data.cache import locked
from amnat.errors import InputError

from tqdm import tqdm

_TIMEOUT_S = 10
_CHUNK = 1 << 16

_state = {"forbidden": False}


class DownloadForbidden(InputError):
    """A published file is not there, and a dry run does not get it."""


@contextlib.contextmanager
def forbidden(condition: bool = True) -> Iterator[None]:
    """Forbids all downloads of the process in its block, if the condition holds; for dry runs."""
    before = _state["forbidden"]
    _state["forbidden"] = condition or before
    try:
        yield
    finally:
        _state["forbidden"] = before


def is_forbidden() -> bool:
    """Whether the process is in a block of `forbidden`."""
    return _state["forbidden"]


def not_downloadable(message: str) -> InputError:
    """The error, to be raised, of published files that are missing and cannot be downloaded.

    A dry run takes it as it takes a download that it leaves out: see `DownloadForbidden`.
    """
    return DownloadForbidden(message) if is_forbidden() else InputError(message)


@dataclass(frozen=True)
class RemoteFile:
    """A published file; see `fetch` for the attributes."""

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str | None = None
    md5: str | None = None

    def fetch(self, dest_dir: str) -> str:
        """Downloads it into a folder, and returns its path; see `fetch`."""
        checksum = {"md5": self.md5} if self.sha256 is None else {"sha256": self.sha256}
        return fetch(list(self.urls), self.name, self.size, dest_dir, **checksum)


def fetch(
    urls: list[str],
    filename: str,
    size: int,
    dest_dir: str,
    *,
    sha256: str | None = None,
    md5: str | None = None,
) -> str:
    """Downloads a file from the first address that delivers it, with a progress bar.

    The file only appears under its name when it is complete and its checksum is correct. Until then
    its bytes are in a temporary file beside it, which is removed on any error. If several processes
    need the file at once, one of them downloads it, and the others wait for it.

    Args:
      urls: the addresses, which are tried in order; each connection waits at most 10 s.
      filename: the name of the file in `dest_dir`.
      size: the expected number of bytes.
      dest_dir: the folder, which is created if necessary.
      sha256, md5: the expected checksum in lower-case hex; exactly one of them is given.

    Returns:
      The path of the file.

    Raises:
      InputError: if no address delivers the expected bytes or the folder cannot be written. The
        message says which file to put where by hand.
    """
    if is_forbidden():
        raise DownloadForbidden(
            f"'{filename}' ({size:,} bytes, {urls[0]}): a dry run downloads nothing"
        )
    algorithm, expected = ("sha256", sha256) if sha256 else ("md5", md5)
    if expected is None or (sha256 and md5):
        raise ValueError("fetch needs either sha256 or md5")
    path = os.path.join(dest_dir, filename)
    existed = os.path.exists(path)
    created = _missing_folders(dest_dir)
    failures = []
    try:
        os.makedirs(dest_dir, exist_ok=True)
        with locked(path):
            if os.path.exists(path) and not existed:
                return path
            failures = _try_all(urls, path, size, algorithm, expected)
        if not failures:
            return path
    except OSError as error:
        failures.append(f"{dest_dir}: {error}")
    finally:
        _remove_empty(created)
    raise InputError(
        f"'{path}': cannot be downloaded ({'; '.join(failures)}); download it from {urls[0]} "
        f"({size:,} bytes, {algorithm} {expected}) and put it into '{dest_dir}'".replace("\n", " ")
    )


def _try_all(urls: list[str], path: str, size: int, algorithm: str, expected: str) -> list[str]:
    """Downloads `path` from the first address that delivers it; returns the failures if none does,
    otherwise an empty list."""
    folder, filename = os.path.split(path)
    temporary = os.path.join(folder, f".{filename}.{secrets.token_hex(8)}.part")
    failures = []
    try:
        for url in urls:
            try:
                digest = _stream_to(url, temporary, size, algorithm)
                if digest != expected:
                    raise _Mismatch(f"its {algorithm} is {digest}")
                os.replace(temporary, path)
                return []
            except (OSError, http.client.HTTPException, ValueError) as error:
                failures.append(f"{url}: {error}")
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return failures


class _Mismatch(ValueError):
    """The address delivers a different file."""


def _stream_to(url: str, path: str, size: int, algorithm: str) -> str:
    """Writes the content of an address to `path` and returns its checksum."""
    checksum = hashlib.new(algorithm, usedforsecurity=False)
    received = 0
    with (
        urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response,
        open(path, "wb") as stream,
        tqdm(total=size, unit="B", unit_scale=True, desc=os.path.basename(url)) as progress,
    ):
        while chunk := response.read(_CHUNK):
            received += len(chunk)
            if received > size:
                raise _Mismatch(f"it has more than the expected {size} bytes")
            stream.write(chunk)
            checksum.update(chunk)
            progress.update(len(chunk))
    if received != size:
        raise _Mismatch(f"it ended after {received} of {size} bytes")
    return checksum.hexdigest()


def _missing_folders(folder: str) -> list[str]:
    """The missing folders on the way to `folder`, innermost first."""
    missing = []
    folder = os.path.abspath(folder)
    while not os.path.exists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def _remove_empty(created: list[str]) -> None:
    """Removes the folders of a failed download; after a successful one they are not empty."""
    for folder in created:
        try:
            os.rmdir(folder)
        except OSError:
            return
