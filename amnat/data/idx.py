"""The IDX format and MNIST, which is published in it.

Source: http://yann.lecun.com/exdb/mnist/ (format and data); LeCun et al., "Gradient-based learning
applied to document recognition" (1998).
"""

from __future__ import annotations

import functools
import gzip
import math
import os
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from amnat.data import download as downloads
from amnat.data.dataset import Dataset, check_labels
from amnat.data.file_reading import check_data_dir, nothing_found, unreadable
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
# The largest published file (EMNIST by class) has 547 MB.
_MAX_BYTES = 1 << 30
_CHUNK = 1 << 20


def read_idx(path: str, rank: int) -> np.ndarray:
    """Reads an IDX file of unsigned bytes, which may be compressed with gzip.

    Args:
      path: the file; its content shows whether it is compressed.
      rank: the required number of dimensions: 3 for images [N, H, W], 1 for labels [N].

    Returns:
      uint8 array of that rank, with the shape in the header.

    Raises:
      InputError: if the file cannot be read, has a wrong magic number, or has fewer or more bytes
        than its header announces.
    """
    try:
        with open(path, "rb") as stream:
            return read_idx_stream(stream, path, rank)
    except OSError as error:
        raise unreadable(path, error) from error


def read_idx_stream(stream: BinaryIO, path: str, rank: int) -> np.ndarray:
    """`read_idx` for an open, seekable file at its beginning; `path` is for errors."""
    try:
        compressed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        if not compressed:
            return _read_unpacked(stream, path, rank)
        with gzip.open(stream) as unpacked:
            return _read_unpacked(unpacked, path, rank)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error


def _read_unpacked(stream: BinaryIO | gzip.GzipFile, path: str, rank: int) -> np.ndarray:
    header = stream.read(4 + 4 * rank)
    magic = bytes([0, 0, _UNSIGNED_BYTE, rank])
    if header[:4] != magic:
        raise InputError(
            f"'{path}': magic number 0x{header[:4].hex()}, expected 0x{magic.hex()} (an IDX file "
            f"of unsigned bytes with {rank} dimension{'s' if rank > 1 else ''})"
        )
    if len(header) != 4 + 4 * rank:
        raise InputError(f"'{path}': truncated in its header of {4 + 4 * rank} bytes")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4", rank, offset=4))
    expected = math.prod(shape)
    if expected > _MAX_BYTES:
        raise InputError(
            f"'{path}': the header announces {list(shape)}, which is more than {_MAX_BYTES:,} bytes"
        )
    content = _read_up_to(stream, expected + 1)
    if len(content) != expected:
        found = "more" if len(content) > expected else f"only {len(content)}"
        raise InputError(
            f"'{path}': the header announces {list(shape)}, that is {expected} bytes, and "
            f"{found} follow"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_up_to(stream: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    """Reads in chunks, so that a false header cannot reserve memory."""
    content = bytearray()
    while len(content) < size:
        chunk = stream.read(min(_CHUNK, size - len(content)))
        if not chunk:
            break
        content += chunk
    return content


@dataclass(frozen=True)
class IdxFamily:
    """A data set with the layout of MNIST.

    Attributes:
      name: the registered name.
      folders: the folders that may hold the files, relative to data_dir; downloads go to the
        folder `name`.
      files: the image file and the label file of each split, without ".gz".
      class_names: one name for each class.
      mirrors: addresses; the file name with ".gz" is appended to one that ends in "/".
      checksums: bytes and SHA-256 of each official file with ".gz".
      first_label: the label of class 0 in the files.
      transposed: whether the files store images column after column.
    """

    name: str
    folders: tuple[str, ...]
    files: dict[str, tuple[str, str]]
    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    checksums: dict[str, tuple[int, str]]
    first_label: int = 0
    transposed: bool = False

    def address(self, file: str) -> str:
        """The address of `file` (without ".gz")."""
        mirror = self.mirrors[0]
        return f"{mirror}{file}.gz" if mirror.endswith("/") else mirror


MNIST = IdxFamily(
    name="mnist",
    folders=("", "mnist", os.path.join("MNIST", "raw")),
    files={
        "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
    },
    class_names=tuple("0123456789"),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    checksums={
        "train-images-idx3-ubyte.gz": (
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        "train-labels-idx1-ubyte.gz": (
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        "t10k-images-idx3-ubyte.gz": (
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        "t10k-labels-idx1-ubyte.gz": (
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    },
)


def load_idx_family(family: IdxFamily, data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split, with any number of 28x28 images.

    Two rows and columns of zeros are added on every side before scaling, as in the AM-GAN authors'
    code.

    Returns:
      uint8 images [N, 32, 32, 1] in the order of the file.

    Raises:
      InputError: a file is missing, truncated or not as published; the message names it.
    """
    paths = find_idx_files(family, data_dir, split)
    if paths is None and not download:
        candidates = [os.path.join(family.folders[0], f"{f}[.gz]") for f in family.files[split]]
        raise nothing_found(family.name, data_dir, candidates, family.mirrors[0])
    if paths is None:
        paths = [_download(family, file + ".gz", data_dir) for file in family.files[split]]
    image_path, label_path = paths
    images, labels = read_idx(image_path, 3), read_idx(label_path, 1)
    return idx_dataset(family, split, images, image_path, labels, label_path)


def idx_dataset(
    family: IdxFamily,
    split: str,
    images: np.ndarray,
    image_path: str,
    labels: np.ndarray,
    label_path: str,
) -> Dataset:
    """The result of `load_idx_family` from file contents; raises InputError if they do not fit."""
    if images.shape[1:] != (28, 28):
        raise InputError(
            f"'{image_path}': images of {images.shape[1]}x{images.shape[2]}, expected 28x28"
        )
    if len(images) != len(labels):
        raise InputError(
            f"'{label_path}': {len(labels)} labels for the {len(images)} images of '{image_path}'"
        )
    num_classes = len(family.class_names)
    check_labels(labels, num_classes, f"'{label_path}'", family.first_label)
    if family.transposed:
        images = images.transpose(0, 2, 1)
    return Dataset(
        name=family.name,
        split=split,
        samples=np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis],
        labels=labels.astype(np.int32) - family.first_label,
        num_classes=num_classes,
        class_names=family.class_names,
    )


def find_idx_files(family: IdxFamily, data_dir: str, split: str) -> list[str] | None:
    """The paths of the image file and the label file in one folder, or None if there are none.

    Raises:
      InputError: if one of them exists without the other, or `data_dir` is a file.
    """
    check_data_dir(family.name, data_dir)
    files = family.files[split]
    for folder in family.folders:
        folder = os.path.join(data_dir, folder)
        present = [_existing(os.path.join(folder, file)) for file in files]
        paths = [path for path in present if path is not None]
        if len(paths) == len(files):
            return paths
        if paths:
            missing = files[present.index(None)]
            raise InputError(
                f"'{os.path.join(folder, missing)}[.gz]': no such file, but its companion is "
                f"there; put it beside it (address {family.address(missing)})"
            )
    return None


def _existing(path: str) -> str | None:
    return next((p for p in (path, path + ".gz") if os.path.isfile(p)), None)


def _download(family: IdxFamily, file: str, data_dir: str) -> str:
    size, sha256 = family.checksums[file]
    urls = [mirror + file for mirror in family.mirrors]
    folder = os.path.join(data_dir, family.name)
    return downloads.fetch(urls, file, size, folder, sha256=sha256)


register(
    MNIST.name,
    functools.partial(load_idx_family, MNIST),
    num_classes=len(MNIST.class_names),
    sample_shape=(32, 32, 1),
)
