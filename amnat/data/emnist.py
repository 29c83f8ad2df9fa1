"""EMNIST letters and balanced: handwritten characters in IDX files, loose or in gzip.zip.

Source: https://www.nist.gov/itl/products-and-services/emnist-dataset; Cohen et al., "EMNIST: an
extension of MNIST to handwritten letters" (2017).
"""

from __future__ import annotations

import functools
import os

from amnat.data import near_matches
from amnat.data.dataset import Dataset
from amnat.data.download import RemoteFile
from amnat.data.file_reading import nothing_found
from amnat.data.idx import (
    IdxFamily,
    find_idx_files,
    read_idx_pair,
    read_near_idx,
    read_zipped_idx,
)
from amnat.data.registry import register

_ARCHIVE = RemoteFile(
    "gzip.zip",
    (
        "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
    ),
    561_753_746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
)
_MEMBER_FOLDER = "gzip"

_CAPITALS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _family(part: str, class_names: tuple[str, ...], first_label: int) -> IdxFamily:
    return IdxFamily(
        name=f"emnist_{part}",
        folders=(
            "",
            "emnist",
            _MEMBER_FOLDER,
            os.path.join("emnist", _MEMBER_FOLDER),
            os.path.join("EMNIST", "raw"),
        ),
        files={
            split: (
                f"emnist-{part}-{split}-images-idx3-ubyte",
                f"emnist-{part}-{split}-labels-idx1-ubyte",
            )
            for split in ("train", "test")
        },
        class_names=class_names,
        mirrors=_ARCHIVE.urls,
        checksums={},
        first_label=first_label,
        transposed=True,
    )


FAMILIES = (
    # A capital and its small letter are one class, and the labels begin with 1.
    _family("letters", _CAPITALS, first_label=1),
    # The classes are digits, capitals, and the small letters that look unlike their capitals.
    _family("balanced", (*"0123456789", *_CAPITALS, *"abdefghnqrt"), first_label=0),
)


def load_emnist(family: IdxFamily, data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split; the published images are transposed, and this function corrects that.

    It looks for the image and label files, packed or unpacked, and then for the official gzip.zip,
    in `data_dir` and its folders emnist, gzip and EMNIST/raw. If there is none of these, it
    downloads gzip.zip (562 MB) into data_dir/emnist.

    Returns:
      uint8 images [N, 32, 32, 1] in the order of the file. They are 28x28 pixels with two rows and
      columns of zeros on every side, as for MNIST.

    Raises:
      InputError: a file is missing, truncated or not as published; the message names it.
    """
    paths = find_idx_files(family, data_dir, split)
    if paths:
        return read_idx_pair(family, split, paths)
    archive = _archive(family, data_dir)
    if archive is None:
        found = read_near_idx(family, data_dir, split)
        if found is not None:
            return found
        archive = _download(family, data_dir, split, download)
    members = [f"{_MEMBER_FOLDER}/{file}.gz" for file in family.files[split]]
    return read_zipped_idx(family, split, archive, members)


def _archive(family: IdxFamily, data_dir: str) -> str | None:
    paths = (os.path.join(data_dir, folder, _ARCHIVE.name) for folder in family.folders)
    return next(filter(os.path.isfile, paths), None)


def _download(family: IdxFamily, data_dir: str, split: str, download: bool) -> str:
    candidates = [*(f"{file}[.gz]" for file in family.files[split]), _ARCHIVE.name]
    near_matches.refuse_suspects(family.published(split), data_dir, " or ".join(candidates))
    if not download:
        raise nothing_found(family.name, data_dir, candidates, _ARCHIVE.urls[0])
    return near_matches.download(family.name, data_dir, "emnist", [_ARCHIVE])[0]


for _one in FAMILIES:
    register(
        _one.name,
        functools.partial(load_emnist, _one),
        num_classes=len(_one.class_names),
        sample_shape=(32, 32, 1),
    )
