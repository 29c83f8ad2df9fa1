"""The IDX format and MNIST, which is published in it.

Source: http://yann.lecun.com/exdb/mnist/ (format and data); LeCun et al., "Gradient-based learning
applied to document recognition" (1998).
"""

from __future__ import annotations

import functools
import gzip
import io
import math
import os
import re
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from amnat.data import near_matches
from amnat.data.archives import open_tree
from amnat.data.dataset import Dataset, check_labels
from amnat.data.download import RemoteFile
from amnat.data.file_reading import check_data_dir, note, nothing_found, unreadable
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
# The largest published file (EMNIST by class) has 547 MB.
_MAX_BYTES = 1 << 30
_CHUNK = 1 << 20
# The largest compressed member of EMNIST's archive has about 170 MB.
_MAX_MEMBER_BYTES = 256 << 20


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
      others: a pattern for paths of other data sets with the same file names
        (`near_matches.Published`).
      own: a pattern for paths of this data set, if its files have the names of another one's.
    """

    name: str
    folders: tuple[str, ...]
    files: dict[str, tuple[str, str]]
    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    checksums: dict[str, tuple[int, str]]
    first_label: int = 0
    transposed: bool = False
    others: str = "$^"
    own: str = ""

    def published(self, split: str) -> Published:
        """How to recognise the files of a split under other names."""
        words = self.name.replace("_", "-?")
        others = tuple(file for files in self.files.values() for file in files)
        return Published(
            *(self.name, self.files[split], words, self.others),
            compressed=True,
            other_splits=others,
        )

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
    others=r"fashion|kuzushiji|(?<![a-z])[ekq]mnist|notmnist",
)

# The number of labels of each published split, and the first ten. They tell apart the data sets
# whose files have the same names and sizes.
_FIRST_LABELS = {
    "mnist": {
        "train": (60_000, bytes([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])),
        "test": (10_000, bytes([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])),
    },
    "fashion_mnist": {
        "train": (60_000, bytes([9, 0, 0, 3, 0, 2, 7, 2, 5, 5])),
        "test": (10_000, bytes([9, 2, 1, 1, 6, 1, 4, 6, 5, 7])),
    },
}


def load_idx_family(family: IdxFamily, data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split, with any number of 28x28 images.

    Two rows and columns of zeros are added on every side before scaling, as in the AM-GAN authors'
    code. Files under similar names, in folders of folders or in a .zip are used, too, and a line on
    stderr says so (`near_matches`).

    Returns:
      uint8 images [N, 32, 32, 1] in the order of the file.

    Raises:
      InputError: a file is missing, truncated or not as published; the message names it.
    """
    paths = find_idx_files(family, data_dir, split)
    found = None if paths else read_near_idx(family, data_dir, split)
    if found is not None:
        return found
    if paths is None:
        near_matches.refuse_suspects(
            family.published(split),
            data_dir,
            " and ".join(f"{f}[.gz]" for f in family.files[split]),
        )
        if not download:
            candidates = [os.path.join(family.folders[0], f"{f}[.gz]") for f in family.files[split]]
            raise nothing_found(family.name, data_dir, candidates, family.mirrors[0])
        files = [_remote(family, f"{file}.gz") for file in family.files[split]]
        paths = near_matches.download(family.name, data_dir, family.name, files)
    return read_idx_pair(family, split, paths)


def read_idx_pair(family: IdxFamily, split: str, paths: list[str]) -> Dataset:
    """The data set in an image file and a label file; raises like `load_idx_family`."""
    image_path, label_path = paths
    images, labels = read_idx(image_path, 3), read_idx(label_path, 1)
    return idx_dataset(family, split, images, image_path, labels, label_path)


def read_near_idx(family: IdxFamily, data_dir: str, split: str) -> Dataset | None:
    """Reads files under other names, in other folders or in a .zip, and announces them.

    Returns: None if there are none.
    Raises: InputError like `load_idx_family`.
    """

    def accept(paths: list[str]) -> bool:
        # Names count from data_dir on, and so does its own name's beginning.
        plain = near_matches.plain
        says_so = any(re.search(family.own, plain(os.path.relpath(p, data_dir))) for p in paths)
        if says_so or re.match(family.own, plain(os.path.basename(os.path.abspath(data_dir)))):
            return True
        return family.name in {_identified(path, split) for path in paths}

    published = family.published(split)
    paths = near_matches.find_files(published, data_dir, accept)
    if paths:
        return read_idx_pair(family, split, paths)
    packed = near_matches.find_zip(published, data_dir, accept)
    if packed is None:
        return None
    note(f"{family.name}: reads {' and '.join(packed[1])} in '{packed[0]}'")
    return read_zipped_idx(family, split, *packed)


def read_zipped_idx(family: IdxFamily, split: str, archive: str, members: list[str]) -> Dataset:
    """The data set in two members of a .zip; raises like `load_idx_family`."""
    with open_tree(archive) as tree:
        arrays, paths = [], []
        for rank, member in zip((3, 1), members, strict=True):
            path = f"{tree.path}/{member}"
            stream = io.BytesIO(tree.read(member, _MAX_MEMBER_BYTES))
            arrays.append(read_idx_stream(stream, path, rank))
            paths.append(path)
    return idx_dataset(family, split, arrays[0], paths[0], arrays[1], paths[1])


def _identified(path: str, split: str) -> str | None:
    """The name of the data set to which a file of labels belongs; None if it is not known."""
    try:
        return _name_of(read_idx(path, 1), split)
    except InputError:
        return None


def _name_of(labels: np.ndarray, split: str) -> str | None:
    for name, known in _FIRST_LABELS.items():
        count, first = known[split]
        if len(labels) == count and labels[: len(first)].tobytes() == first:
            return name
    return None


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
    name = _name_of(labels, split)
    if name not in (None, family.name):
        raise InputError(
            f"'{label_path}': these are the labels of {name}, not of {family.name}, whose files "
            f"have the same names; choose the data set {name}, or put other files there"
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
            # Its companion may be there under another name.
            near = near_matches.find_files(family.published(split), folder, refuse_parts=False)
            if near:
                return near
            missing = files[present.index(None)]
            raise InputError(
                f"'{os.path.join(folder, missing)}[.gz]': no such file, but its companion is "
                f"there; put it beside it (address {family.address(missing)})"
            )
    return None


def _existing(path: str) -> str | None:
    return next((p for p in (path, path + ".gz") if os.path.isfile(p)), None)


def _remote(family: IdxFamily, file: str) -> RemoteFile:
    size, sha256 = family.checksums[file]
    return RemoteFile(file, tuple(mirror + file for mirror in family.mirrors), size, sha256)


register(
    MNIST.name,
    functools.partial(load_idx_family, MNIST),
    num_classes=len(MNIST.class_names),
    sample_shape=(32, 32, 1),
)
