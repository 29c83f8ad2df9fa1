"""Folders, .zip and .tar files as sources of files, which are read in memory and never unpacked."""

from __future__ import annotations

import contextlib
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, NoReturn, cast

from amnat.data.cache import file_signature
from amnat.data.file_reading import read_bounded, unreadable
from amnat.errors import InputError

# ILSVRC has 1.3 million files; a hostile archive could list many more.
_MAX_FILES = 2_000_000
_BLOCK = 512
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# The errors that zipfile raises for damaged files; ValueError is for impossible times and names.
_ZIP_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class FolderTree:
    """The files below a folder.

    Attributes:
      path: the folder.
    """

    def __init__(self, path: str):
        self.path = path

    def names(self) -> list[str]:
        """Paths below the folder with "/" between their parts, sorted; links are followed."""
        found, seen = [], set()
        for folder, subfolders, files in os.walk(
            self.path, onerror=self._cannot_list, followlinks=True
        ):
            status = os.stat(folder)
            # A link to a parent folder would lead to an endless loop.
            if (status.st_dev, status.st_ino) in seen:
                subfolders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            prefix = os.path.relpath(folder, self.path).replace(os.sep, "/")
            found += files if prefix == "." else [f"{prefix}/{file}" for file in files]
            _check_count(len(found), self.path)
        return sorted(found)

    def _cannot_list(self, error: OSError) -> NoReturn:
        raise unreadable(error.filename or self.path, error) from error

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file; InputError if it is missing or has more than `limit` bytes."""
        return read_bounded(os.path.join(self.path, *name.split("/")), limit)

    def where(self, name: str) -> str:
        """The name of a file in errors."""
        return f"'{os.path.join(self.path, *name.split('/'))}'"

    def signature(self, name: str) -> str:
        """A text that changes with a file (`cache.file_signature`)."""
        try:
            return file_signature(os.path.join(self.path, *name.split("/")))
        except OSError as error:
            raise InputError(f"{self.where(name)}: no such file") from error


class ZipTree:
    """The files in a .zip.

    Attributes:
      path: the .zip.
    """

    def __init__(self, path: str, archive: zipfile.ZipFile):
        self.path = path
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        _check_count(len(archive.infolist()), path)
        for member in archive.infolist():
            # is_dir() of Python 3.10 fails on an empty name.
            if member.filename.endswith("/"):
                continue
            if member.filename in self._members:
                raise InputError(f"{self.where(member.filename)}: occurs twice, expected once")
            self._members[member.filename] = member

    def names(self) -> list[str]:
        """The names of the files, sorted."""
        return sorted(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file; InputError if it is missing, damaged or has more than `limit`
        bytes."""
        member = self._member(name)
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _READABLE:
            raise InputError(f"{self.where(name)}: encrypted or compressed in an unusual way")
        if member.file_size > limit:
            raise InputError(
                f"{self.where(name)}: {member.file_size:,} bytes, expected at most {limit:,}"
            )
        try:
            with self._archive.open(member) as stream:
                # read() without a size would decompress any amount of data.
                data = stream.read(member.file_size + 1)
        except _ZIP_ERRORS as error:
            raise InputError(f"{self.where(name)}: damaged ({_reason(error)})") from error
        if len(data) != member.file_size:
            raise InputError(
                f"{self.where(name)}: truncated, {len(data)} of {member.file_size} bytes"
            )
        return data

    def where(self, name: str) -> str:
        """The name of a file in errors."""
        return f"'{self.path}' member '{name}'"

    def signature(self, name: str) -> str:
        """A text that changes with a file's content: its size and checksum from the .zip's list."""
        member = self._member(name)
        return f"{member.file_size} {member.CRC:08x}"

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise InputError(f"'{self.path}': member '{name}' is missing, expected as published")
        return self._members[name]


@contextlib.contextmanager
def open_tree(path: str) -> Iterator[FolderTree | ZipTree]:
    """Opens a folder or a .zip as a tree of files.

    Raises:
      InputError: if it cannot be read, is damaged, lists a file twice or has too many files.
    """
    if os.path.isdir(path):
        yield FolderTree(path)
        return
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
        except _ZIP_ERRORS as error:
            raise InputError(
                f"'{path}': cannot be read ({_reason(error)}), expected a folder or a .zip"
            ) from error
        yield ZipTree(path, archive)


def read_files(
    path: str, wanted: Callable[[str], bool], limit: int
) -> Iterator[tuple[str, str, bytes]]:
    """Yields (name, its name for errors, content) for the wanted files of any source.

    Args:
      path: a folder, a .zip, or an uncompressed .tar.
      wanted: callable that decides by its name whether a file is read; names have "/" between
        their parts.
      limit: the maximum number of bytes of one file.

    Raises:
      InputError: if the source cannot be read, is truncated or damaged, or if a wanted file is a
        link (in a .tar), occurs twice, or has more than `limit` bytes.
    """
    if not os.path.exists(path):
        raise InputError(f"'{path}': no such file or folder")
    if os.path.isfile(path) and path.lower().endswith(".tar"):
        yield from _read_tar(path, wanted, limit)
        return
    with open_tree(path) as tree:
        for name in filter(wanted, tree.names()):
            yield name, tree.where(name), tree.read(name, limit)


def _read_tar(
    path: str, wanted: Callable[[str], bool], limit: int
) -> Iterator[tuple[str, str, bytes]]:
    found, count = set(), 0
    try:
        _check_end(path)
        with tarfile.open(path, "r|") as tar:
            for member in tar:
                # tarfile keeps a list of all members, which is useless for a stream.
                tar.members.clear()  # type: ignore[attr-defined]
                count += 1
                _check_count(count, path)
                if member.isdir() or not wanted(member.name):
                    continue
                where = f"'{path}' member '{member.name}'"
                if member.name in found:
                    raise InputError(f"{where}: occurs twice, expected once")
                found.add(member.name)
                yield member.name, where, _read_member(tar, member, where, limit)
    except InputError:
        raise
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise InputError(
            f"'{path}': cannot be read ({_reason(error)}), expected an uncompressed tar archive"
        ) from error


def _check_end(path: str) -> None:
    """Checks the end of a .tar, because tarfile accepts a file that was cut between two members."""
    with open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _BLOCK))
        if stream.read() != bytes(_BLOCK):
            raise tarfile.ReadError("truncated, it does not end with a block of zeros")


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, where: str, limit: int) -> bytes:
    if not member.isreg():
        raise InputError(f"{where}: a link or device, expected a regular file")
    if member.size > limit:
        raise InputError(f"{where}: {member.size:,} bytes, expected at most {limit:,}")
    # extractfile returns None only for other members than regular files.
    data = cast(IO[bytes], tar.extractfile(member)).read()
    if len(data) != member.size:
        raise InputError(f"{where}: truncated, {len(data)} of {member.size} bytes")
    return data


def _check_count(count: int, path: str) -> None:
    if count > _MAX_FILES:
        raise InputError(f"'{path}': more than {_MAX_FILES:,} files")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return text or type(error).__name__
