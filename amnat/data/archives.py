"""Folders, .zip and .tar files as sources of files, which are read in memory and never unpacked."""

from __future__ import annotations

import contextlib
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn

from amnat.data.cache import file_signature
from amnat.data.file_reading import read_bounded, unreadable
from amnat.errors import InputError

# ILSVRC has 1.3 million files; a hostile archive could list many more.
_MAX_FILES = 2_000_000
_BLOCK = 512
KINDS = "a folder, a .zip or an uncompressed .tar"
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# The errors that zipfile raises for damaged files; ValueError is for impossible times and names.
ZIP_ERRORS = (
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
        return sorted(
            "/".join((*parts, file)) for parts, files in self._walk() for file in sorted(files)
        )

    def folders(self) -> list[str]:
        """The folders below the folder, empty ones too, sorted."""
        return sorted("/".join(parts) for parts, _ in self._walk() if parts)

    def _walk(self) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        """Yields (the parts of a folder's path, its files)."""
        inside: dict[str, frozenset[tuple[int, int]]] = {}
        count = 0
        for folder, subfolders, files in os.walk(
            self.path, onerror=self._cannot_list, followlinks=True
        ):
            status = os.stat(folder)
            identity = (status.st_dev, status.st_ino)
            above = inside.pop(folder, frozenset())
            # A link to a folder around it would lead to an endless loop. A link to any other
            # folder is a second name of its files.
            if identity in above:
                subfolders.clear()
                continue
            subfolders.sort()
            inside |= {os.path.join(folder, name): above | {identity} for name in subfolders}
            count += 1 + len(files)
            _check_count(count, self.path)
            relative = os.path.relpath(folder, self.path)
            yield () if relative == os.curdir else tuple(relative.split(os.sep)), files

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
        self._folders: set[str] = set()
        _check_count(len(archive.infolist()), path)
        for member in archive.infolist():
            # is_dir() of Python 3.10 fails on an empty name.
            if member.filename.endswith("/"):
                self._folders.add(member.filename.rstrip("/"))
                continue
            if member.filename in self._members:
                raise InputError(f"{self.where(member.filename)}: occurs twice, expected once")
            self._members[member.filename] = member

    def names(self) -> list[str]:
        """The names of the files, sorted."""
        return sorted(self._members)

    def folders(self) -> list[str]:
        """The folders, empty ones too, sorted."""
        return _folders_of(self._members, self._folders)

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
        except ZIP_ERRORS as error:
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


class TarTree:
    """The files in an uncompressed .tar.

    Attributes:
      path: the .tar.
    """

    def __init__(self, path: str):
        self.path = path
        # Where a file begins, and its size; None for what is not a regular file.
        self._members: dict[str, tuple[int, int] | None] = {}
        self._folders: set[str] = set()
        self._twice: set[str] = set()
        try:
            _check_end(path)
            with tarfile.open(path, "r:") as tar:
                for count, member in enumerate(tar, start=1):
                    # tarfile keeps a list of all members, which is not needed.
                    tar.members.clear()  # type: ignore[attr-defined]
                    _check_count(count, path)
                    self._add(member)
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:
            raise InputError(
                f"'{path}': cannot be read ({_reason(error)}), expected an uncompressed tar archive"
            ) from error

    def _add(self, member: tarfile.TarInfo) -> None:
        if member.isdir():
            self._folders.add(member.name)
            return
        if member.name in self._members:
            self._twice.add(member.name)
        plain = member.isreg() and not member.issparse()
        self._members[member.name] = (member.offset_data, member.size) if plain else None

    def names(self) -> list[str]:
        """The names of the files in the order of the archive; links are among them."""
        return list(self._members)

    def folders(self) -> list[str]:
        """The folders, empty ones too, sorted."""
        return _folders_of(self._members, self._folders)

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file; InputError if it is missing, a link, there twice or larger than
        `limit` bytes."""
        if name not in self._members:
            raise InputError(f"'{self.path}': member '{name}' is missing, expected as published")
        place = self._members[name]
        if name in self._twice:
            raise InputError(f"{self.where(name)}: occurs twice, expected once")
        if place is None:
            raise InputError(f"{self.where(name)}: a link or device, expected a regular file")
        start, size = place
        if size > limit:
            raise InputError(f"{self.where(name)}: {size:,} bytes, expected at most {limit:,}")
        try:
            with open(self.path, "rb") as stream:
                stream.seek(start)
                data = stream.read(size)
        except OSError as error:
            raise unreadable(self.path, error) from error
        if len(data) != size:
            raise InputError(f"{self.where(name)}: truncated, {len(data)} of {size} bytes")
        return data

    def where(self, name: str) -> str:
        """The name of a file in errors."""
        return f"'{self.path}' member '{name}'"

    def signature(self, name: str) -> str:
        """A text that changes with a file: its size, and the signature of the whole archive."""
        return f"{self._members.get(name)} {file_signature(self.path)}"


Tree = FolderTree | ZipTree | TarTree


@contextlib.contextmanager
def open_tree(path: str) -> Iterator[Tree]:
    """Opens a folder, a .zip or an uncompressed .tar as a tree of files.

    Raises:
      InputError: if it cannot be read, is damaged, lists a file twice or has too many files.
    """
    if os.path.isdir(path):
        yield FolderTree(path)
        return
    if not os.path.exists(path):
        raise InputError(f"'{path}': no such file or folder")
    if path.lower().endswith(".tar"):
        yield TarTree(path)
        return
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
        except ZIP_ERRORS as error:
            raise InputError(
                f"'{path}': cannot be read ({_reason(error)}), expected {KINDS}"
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
    with open_tree(path) as tree:
        for name in filter(wanted, tree.names()):
            yield name, tree.where(name), tree.read(name, limit)


def _folders_of(files: Iterable[str], listed: set[str]) -> list[str]:
    """The listed folders and those that the names of files imply, sorted."""
    found = set(listed)
    for name in files:
        folder = name.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found)


def _check_end(path: str) -> None:
    """Checks the end of a .tar, because tarfile accepts a file that was cut between two members."""
    with open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _BLOCK))
        if stream.read() != bytes(_BLOCK):
            raise tarfile.ReadError("truncated, it does not end with a block of zeros")


def _check_count(count: int, path: str) -> None:
    if count > _MAX_FILES:
        raise InputError(f"'{path}': more than {_MAX_FILES:,} files")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return text or type(error).__name__
