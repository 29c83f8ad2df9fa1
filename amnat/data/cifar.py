"""CIFAR-10 and CIFAR-100 from the official Python archives, packed or unpacked.

Source: https://www.cs.toronto.edu/~kriz/cifar.html; Krizhevsky, "Learning Multiple Layers of
Features from Tiny Images" (2009).
"""

from __future__ import annotations

import functools
import gzip
import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from amnat.data import near_matches
from amnat.data.dataset import Dataset, check_labels
from amnat.data.download import RemoteFile
from amnat.data.file_reading import (
    check_data_dir,
    nothing_found,
    open_unpacked,
    read_bounded,
    unreadable,
)
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.data.restricted_pickle import load_dict
from amnat.errors import InputError

import numpy as np

_IMAGE_SHAPE = (3, 32, 32)
_ROW_BYTES = 3 * 32 * 32
# The largest official file has 155 MB, the larger official archive 187 MB unpacked. The bounds
# keep a hostile archive from filling the memory.
_MAX_FILE_BYTES = 256 << 20
_MAX_ARCHIVE_BYTES = 512 << 20
_MAX_ARCHIVE_ENTRIES = 1000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class CifarFormat:
    """The layout of a data set of the CIFAR family.

    Attributes:
      name: the registered name.
      archive: the file name of the packed form.
      folder: the folder in the archive, or unpacked.
      batches: the files of each split, in order.
      meta: the file with the class names.
      labels_key, names_key: the keys of the labels and of the class names.
      num_classes: the number of classes.
      remote: the official archive.
      words: see `near_matches.Published`.
      distinctive: whether the name of any batch shows that the data set is meant.
    """

    name: str
    archive: str
    folder: str
    batches: dict[str, tuple[str, ...]]
    meta: str
    labels_key: str
    names_key: str
    num_classes: int
    remote: RemoteFile
    words: str
    distinctive: bool = True


CIFAR10 = CifarFormat(
    name="cifar10",
    archive="cifar-10-python.tar.gz",
    folder="cifar-10-batches-py",
    batches={
        "train": tuple(f"data_batch_{i}" for i in range(1, 6)),
        "test": ("test_batch",),
    },
    meta="batches.meta",
    labels_key="labels",
    names_key="label_names",
    num_classes=10,
    remote=RemoteFile(
        "cifar-10-python.tar.gz",
        ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        170_498_071,
        sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    ),
    words=r"cifar-?10(?!0)",
)

# The labels are the fine ones; the 20 coarse labels are not read.
CIFAR100 = CifarFormat(
    name="cifar100",
    archive="cifar-100-python.tar.gz",
    folder="cifar-100-python",
    batches={"train": ("train",), "test": ("test",)},
    meta="meta",
    labels_key="fine_labels",
    names_key="fine_label_names",
    num_classes=100,
    remote=RemoteFile(
        "cifar-100-python.tar.gz",
        ("https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",),
        169_001_437,
        sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    ),
    words=r"cifar-?100",
    # "train" and "meta" may be anything.
    distinctive=False,
)


def load_cifar(form: CifarFormat, data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split, with any number of rows in each batch.

    It looks, in this order, for the batch files in `data_dir` itself, for the unpacked folder in
    it, for the archive in it, and for either of them under another name (`near_matches`). If there
    is none of these, it downloads the archive into `data_dir`.

    Returns:
      uint8 images [N, 32, 32, 3] in the order of the batches.

    Raises:
      InputError: a file is missing, truncated or not as published; the message names it.
    """
    wanted = (*form.batches[split], form.meta)
    content: dict[str, Any] = {}
    for file, where, data in _files(form, data_dir, wanted, download):
        parse = _class_names if file == form.meta else _batch
        content[file] = parse(form, load_dict(data, where), where)
    batches = [content[file] for file in form.batches[split]]
    return Dataset(
        name=form.name,
        split=split,
        samples=np.concatenate([images for images, _ in batches]),
        labels=np.concatenate([labels for _, labels in batches]),
        num_classes=form.num_classes,
        class_names=content[form.meta],
    )


def _files(
    form: CifarFormat, data_dir: str, wanted: tuple[str, ...], download: bool
) -> Iterator[tuple[str, str, bytes]]:
    """Yields (file, its name for errors, its bytes) for each wanted file, in any order."""
    check_data_dir(form.name, data_dir)
    if any(os.path.isfile(os.path.join(data_dir, file)) for file in wanted):
        return _unpacked_files([os.path.join(data_dir, file) for file in wanted], wanted)
    folder = os.path.join(data_dir, form.folder)
    # A folder without any of the files has folders inside, which are searched below.
    if any(os.path.isfile(os.path.join(folder, file)) for file in wanted):
        return _unpacked_files([os.path.join(folder, file) for file in wanted], wanted)
    archive: str | None = os.path.join(data_dir, form.archive)
    if not os.path.exists(archive or ""):
        published = Published(form.name, wanted, form.words, distinctive=form.distinctive)
        paths = near_matches.find_files(published, data_dir)
        if paths:
            return _unpacked_files(paths, wanted)
        names = (form.archive, form.folder)
        endings = (".tar", ".tar.gz", ".tgz")
        archive = near_matches.find_archive(published, data_dir, names, endings, form.remote.size)
    if archive is None:
        candidates = [form.archive, form.folder]
        near_matches.refuse_suspects(published, data_dir, " or ".join(candidates))
        if not download:
            raise nothing_found(form.name, data_dir, candidates, form.remote.urls[0])
        (archive,) = near_matches.download(form.name, data_dir, "", [form.remote])
    return _packed_files(form, archive, wanted)


def _unpacked_files(
    paths: Sequence[str], wanted: tuple[str, ...]
) -> Iterator[tuple[str, str, bytes]]:
    for path, file in zip(paths, wanted, strict=True):
        if not os.path.isfile(path):
            raise InputError(
                f"'{path}': no such file; expected {', '.join(wanted)} in this folder, as the "
                "official archive has them"
            )
        yield file, f"'{path}'", read_bounded(path, _MAX_FILE_BYTES)


def _packed_files(
    form: CifarFormat, archive: str, wanted: tuple[str, ...]
) -> Iterator[tuple[str, str, bytes]]:
    found: set[str] = set()
    try:
        with open_unpacked(archive) as stream:
            bounded = _BoundedStream(stream, archive)
            # The archive is streamed: entries are read once and in memory, and never extracted.
            file: Any = bounded  # In this mode tarfile only needs read().
            with tarfile.open(fileobj=file, mode="r|", bufsize=_CHUNK) as tar:
                for count, member in enumerate(tar):
                    if count >= _MAX_ARCHIVE_ENTRIES:
                        raise InputError(f"'{archive}': more than {count} members")
                    name = posixpath.basename(member.name)
                    if name not in wanted:
                        continue
                    where = f"'{archive}' member '{member.name}'"
                    yield name, where, _read_member(tar, member, found, where)
            # The checksum is at the end of the compressed data.
            while bounded.read(_CHUNK):
                pass
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise InputError(
            f"{unreadable(archive, error)}, expected a tar archive, compressed with gzip or "
            "not; delete it to download it again"
        ) from error
    missing = [file for file in wanted if file not in found]
    if missing:
        raise InputError(
            f"'{archive}': member '{form.folder}/{missing[0]}' is missing, expected as official"
        )


def _read_member(
    tar: tarfile.TarFile, member: tarfile.TarInfo, found: set[str], where: str
) -> bytes:
    if not member.isreg():
        raise InputError(f"{where}: a link, folder or device, expected a regular file")
    if member.size > _MAX_FILE_BYTES:
        raise InputError(f"{where}: {member.size:,} bytes, expected at most {_MAX_FILE_BYTES:,}")
    file = posixpath.basename(member.name)
    if file in found:
        raise InputError(f"{where}: occurs twice, expected once")
    found.add(file)
    # extractfile returns None only for other members than regular files.
    data = cast(IO[bytes], tar.extractfile(member)).read()
    if len(data) != member.size:
        raise InputError(f"{where}: truncated, {len(data)} of {member.size} bytes")
    return data


class _BoundedStream:
    """Reads a stream up to the bound of all CIFAR archives."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, path: str):
        self._stream = stream
        self._path = path
        self._left = _MAX_ARCHIVE_BYTES

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise InputError(
                f"'{self._path}': larger than {_MAX_ARCHIVE_BYTES:,} bytes unpacked, expected "
                "the official archive"
            )
        return data


def _batch(form: CifarFormat, content: dict, where: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = content.get("data"), content.get(form.labels_key)
    if not isinstance(images, np.ndarray):
        found = "no entry" if images is None else f"a {type(images).__name__}"
        raise InputError(f"{where}: {found} under 'data', expected a uint8 array [n, {_ROW_BYTES}]")
    if images.ndim != 2 or images.shape[1] != _ROW_BYTES:
        raise InputError(
            f"{where}: data has shape {list(images.shape)}, expected [n, {_ROW_BYTES}]"
        )
    if not isinstance(labels, list) or not all(map(_is_int32, labels)):
        raise InputError(f"{where}: '{form.labels_key}' is not a list of 32-bit integers")
    if len(labels) != len(images):
        raise InputError(f"{where}: {len(labels)} labels for {len(images)} images")
    labels = np.array(labels, np.int32)
    check_labels(labels, form.num_classes, where)
    images = images.reshape(-1, *_IMAGE_SHAPE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), labels


def _is_int32(value: object) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _class_names(form: CifarFormat, content: dict, where: str) -> tuple[str, ...]:
    names = content.get(form.names_key)
    if not isinstance(names, list) or not all(isinstance(name, str | bytes) for name in names):
        raise InputError(f"{where}: '{form.names_key}' is not a list of strings")
    if len(names) != form.num_classes:
        raise InputError(f"{where}: {len(names)} class names, expected {form.num_classes}")
    return tuple(n.decode("latin-1") if isinstance(n, bytes) else n for n in names)


for _form in (CIFAR10, CIFAR100):
    register(
        _form.name,
        functools.partial(load_cifar, _form),
        num_classes=_form.num_classes,
        sample_shape=(32, 32, 3),
    )
