"""STL-10 at 48x48, labelled and unlabelled, from the published binary files.

Source: https://cs.stanford.edu/~acoates/stl10/; Coates, Lee and Ng, "An Analysis of Single Layer
Networks in Unsupervised Feature Learning" (2011). The size 48x48 is that of Tran et al. 2019
(MS-GAN).
"""

from __future__ import annotations

import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

from amnat.data import near_matches
from amnat.data.cache import cached_array, file_signature
from amnat.data.dataset import Dataset, check_labels
from amnat.data.download import RemoteFile
from amnat.data.file_reading import (
    check_data_dir,
    note_part,
    nothing_found,
    open_unpacked,
    unreadable,
)
from amnat.data.image_files import fit
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np
from tqdm import tqdm

IMAGE_SIZE = 48
_NAME = "stl10"
_ARCHIVE = "stl10_binary.tar.gz"
_FOLDER = "stl10_binary"
_REMOTE = RemoteFile(
    _ARCHIVE,
    ("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",),
    2_640_397_119,
    md5="91f7769df0f17e558f3565bffb0c7dfb",
)
_PUBLISHED_SIZE = 96
_ROW_BYTES = 3 * _PUBLISHED_SIZE**2
_CLASS_NAMES = (
    *("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"),
)
_FILES = {
    "train": ("train_X.bin", "train_y.bin"),
    "test": ("test_X.bin", "test_y.bin"),
    "unlabeled": ("unlabeled_X.bin", None),
}
_PUBLISHED_IMAGES = {"train": 5_000, "test": 8_000, "unlabeled": 100_000}
_IMAGES_AT_ONCE = 512
# unlabeled_X.bin has 2.8 GB.
_MAX_FILE_BYTES = 4 << 30
# This is part of the cache key: raise it with every change to the processing of an image.
_CACHE_VERSION = 1


def load_stl10(data_dir: str, split: str, download: bool) -> Dataset:
    """Loads the 5,000 labelled training or 8,000 test images of 10 classes, reduced to 48x48.

    It looks in `data_dir` for the published .bin files, for the folder stl10_binary with them and
    for stl10_binary.tar.gz. If there is none of these, it downloads the archive (2.6 GB).

    Returns:
      uint8 images [N, 48, 48, 3] in the order of the file, reduced by `image_files.resize`.

    Raises:
      InputError: a file is missing, truncated or not as published; the message names it.
    """
    return _load(_NAME, data_dir, split, split, download)


def load_stl10_unlabeled(data_dir: str, split: str, download: bool) -> Dataset:
    """Like `load_stl10`, but with a single class: "train" is the 100,000 unlabelled images for the
    training of GANs, and "test" is the test images."""
    part = "unlabeled" if split == "train" else split
    return _load("stl10_unlabeled", data_dir, split, part, download)


def _load(name: str, data_dir: str, split: str, part: str, download: bool) -> Dataset:
    read = _find(data_dir, part, download)
    image_file, label_file = _FILES[part]
    samples = _images(data_dir, part, read, image_file)
    note_part(name, read.where(image_file), len(samples), _PUBLISHED_IMAGES[part])
    class_names: tuple[str, ...]
    if name != _NAME or label_file is None:
        labels, class_names = np.zeros(len(samples), np.int32), ("image",)
    else:
        labels, class_names = _labels(read, label_file, len(samples)), _CLASS_NAMES
    return Dataset(
        name=name,
        split=split,
        samples=samples,
        labels=labels,
        num_classes=len(class_names),
        class_names=class_names,
    )


class _Files:
    """The published files, in a folder or in the archive, read in blocks."""

    def __init__(self, path: str, other_names: dict[str, str] | None = None):
        """`other_names` are the paths of files that do not have their published names."""
        self.path = path
        self.packed = not os.path.isdir(path)
        self._other_names = other_names or {}

    def _path(self, file: str) -> str:
        return self._other_names.get(file, os.path.join(self.path, file))

    def where(self, file: str) -> str:
        if self.packed:
            return f"'{self.path}' member '{_FOLDER}/{file}'"
        return f"'{self._path(file)}'"

    def signature(self, file: str) -> str:
        """A text that changes with the file, or with the archive that holds it."""
        return file_signature(self.path if self.packed else self._path(file))

    def blocks(self, file: str, block_bytes: int) -> Iterator[bytes]:
        """The content of a file, `block_bytes` at a time.

        Raises:
          InputError: if the file is missing, unreadable, or larger than 4 GiB.
        """
        try:
            if self.packed:
                yield from self._packed_blocks(file, block_bytes)
                return
            path = self._path(file)
            if not os.path.isfile(path):
                raise InputError(f"'{path}': no such file, expected as published")
            with open(path, "rb") as stream:
                yield from _bounded(stream, block_bytes, self.where(file))
        except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
            raise unreadable(self.path, error) from error

    def _packed_blocks(self, file: str, block_bytes: int) -> Iterator[bytes]:
        # The archive is streamed: it is read once for each file, and nothing is extracted.
        with open_unpacked(self.path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                if posixpath.basename(member.name) == file and member.isreg():
                    content = cast(IO[bytes], tar.extractfile(member))
                    yield from _bounded(content, block_bytes, self.where(file))
                    return
        raise InputError(f"{self.where(file)}: missing, expected as published")


def _bounded(stream: IO[bytes], block_bytes: int, where: str) -> Iterator[bytes]:
    total = 0
    while block := stream.read(block_bytes):
        total += len(block)
        if total > _MAX_FILE_BYTES:
            raise InputError(f"{where}: more than {_MAX_FILE_BYTES:,} bytes")
        yield block


def _find(data_dir: str, part: str, download: bool) -> _Files:
    check_data_dir(_NAME, data_dir)
    files = tuple(file for file in _FILES[part] if file is not None)
    for folder in (data_dir, os.path.join(data_dir, _FOLDER)):
        if os.path.isfile(os.path.join(folder, files[0])):
            return _Files(folder)
    archive: str | None = os.path.join(data_dir, _ARCHIVE)
    if os.path.isfile(archive or ""):
        return _Files(str(archive))
    published = Published(_NAME, files, "stl-?10")
    paths = near_matches.find_files(published, data_dir)
    if paths:
        folder = os.path.dirname(paths[0])
        return _Files(folder, dict(zip(files, paths, strict=True)))
    endings = (".tar", ".tar.gz", ".tgz")
    archive = near_matches.find_archive(published, data_dir, [_ARCHIVE], endings, _REMOTE.size)
    if archive is None:
        near_matches.refuse_suspects(published, data_dir, f"{_ARCHIVE} or {_FOLDER}")
        if not download:
            raise nothing_found(_NAME, data_dir, [_ARCHIVE, _FOLDER], _REMOTE.urls[0])
        (archive,) = near_matches.download(_NAME, data_dir, "", [_REMOTE])
    return _Files(archive)


def _images(data_dir: str, part: str, files: _Files, file: str) -> np.ndarray:
    """The reduced images, which are stored beside the published files."""
    key = f"{_CACHE_VERSION} {file} {files.signature(file)}"
    path = os.path.join(data_dir, f"{_NAME}_{part}_{IMAGE_SIZE}x{IMAGE_SIZE}.npz")
    shape = (None, IMAGE_SIZE, IMAGE_SIZE, 3)
    return cached_array(path, key, shape, lambda: _reduced(files, file))


def _reduced(files: _Files, file: str) -> np.ndarray:
    shape, reduced = (IMAGE_SIZE, IMAGE_SIZE, 3), []
    blocks = files.blocks(file, _IMAGES_AT_ONCE * _ROW_BYTES)
    for block in tqdm(blocks, file, unit="block", delay=1):
        if len(block) % _ROW_BYTES:
            raise InputError(
                f"{files.where(file)}: truncated, expected images of {_ROW_BYTES} bytes"
            )
        # The published planes are stored column after column.
        planes = np.frombuffer(block, np.uint8).reshape(-1, 3, _PUBLISHED_SIZE, _PUBLISHED_SIZE)
        reduced.append(fit(planes.transpose(0, 3, 2, 1), shape, files.where(file)))
    if not reduced:
        raise InputError(f"{files.where(file)}: empty, expected images")
    return np.concatenate(reduced)


def _labels(files: _Files, file: str, count: int) -> np.ndarray:
    labels = np.frombuffer(b"".join(files.blocks(file, 1 << 20)), np.uint8).astype(np.int32)
    if len(labels) != count:
        raise InputError(f"{files.where(file)}: {len(labels)} labels for {count} images")
    check_labels(labels, len(_CLASS_NAMES), files.where(file), first=1)
    return labels - 1


for _name, _loader, _classes in [
    (_NAME, load_stl10, len(_CLASS_NAMES)),
    ("stl10_unlabeled", load_stl10_unlabeled, 1),
]:
    register(_name, _loader, num_classes=_classes, sample_shape=(IMAGE_SIZE, IMAGE_SIZE, 3))
