"""The Street View House Numbers, cropped digits, from the published MATLAB files.

Source: http://ufldl.stanford.edu/housenumbers/; Netzer et al., "Reading Digits in Natural Images
with Unsupervised Feature Learning" (2011).
"""

from __future__ import annotations

import os

from amnat.data import near_matches
from amnat.data.dataset import Dataset, check_labels
from amnat.data.download import RemoteFile
from amnat.data.file_reading import check_data_dir, nothing_found
from amnat.data.mat5 import read_mat5
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np

_NAME = "svhn"
_FOLDERS = ("", _NAME, "SVHN")
_URL = "http://ufldl.stanford.edu/housenumbers/"
_FILES = {
    "train": RemoteFile(
        "train_32x32.mat",
        (f"{_URL}train_32x32.mat",),
        182_040_794,
        sha256="435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    ),
    "test": RemoteFile(
        "test_32x32.mat",
        (f"{_URL}test_32x32.mat",),
        64_275_384,
        sha256="cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
    ),
}
_IMAGE_SHAPE = (32, 32, 3)
# The larger published file has 182 MB, 225 MB unpacked.
_MAX_BYTES = 512 << 20


def load_svhn(data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split, with any number of images; the published label 10 is class 0.

    It looks for train_32x32.mat or test_32x32.mat in `data_dir` and its folders svhn and SVHN. If
    the file is in none of them, it looks for a similar name (`near_matches`), and then downloads it
    into data_dir/svhn.

    Returns:
      uint8 images [N, 32, 32, 3] in the order of the file.

    Raises:
      InputError: the file is missing, truncated or not as published; the message names it.
    """
    path = _find(data_dir, split, download)
    content = read_mat5(path, ("X", "y"), _MAX_BYTES)
    for name in ("X", "y"):
        if name not in content:
            raise InputError(f"'{path}': holds no array '{name}', expected X and y")
    images, labels = content["X"], content["y"]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != _IMAGE_SHAPE:
        raise InputError(
            f"'{path}': X is {images.dtype} {list(images.shape)}, expected uint8 [32, 32, 3, n]"
        )
    if labels.shape != (images.shape[3], 1) or (labels != np.floor(labels)).any():
        raise InputError(
            f"'{path}': y is {labels.dtype} {list(labels.shape)}, expected integers "
            f"[{images.shape[3]}, 1]"
        )
    labels = labels[:, 0]
    check_labels(labels, 10, f"'{path}'", first=1)
    return Dataset(
        name=_NAME,
        split=split,
        samples=np.ascontiguousarray(images.transpose(3, 0, 1, 2)),
        labels=labels.astype(np.int32) % 10,
        num_classes=10,
        class_names=tuple("0123456789"),
    )


def _find(data_dir: str, split: str, download: bool) -> str:
    check_data_dir(_NAME, data_dir)
    remote = _FILES[split]
    for folder in _FOLDERS:
        path = os.path.join(data_dir, folder, remote.name)
        if os.path.isfile(path):
            return path
    published = Published(_NAME, (remote.name,), "svhn|housenumbers")
    found = near_matches.find_files(published, data_dir)
    if found:
        return found[0]
    near_matches.refuse_suspects(published, data_dir, remote.name)
    if not download:
        raise nothing_found(_NAME, data_dir, [remote.name], remote.urls[0])
    return near_matches.download(_NAME, data_dir, _NAME, [remote])[0]


register(_NAME, load_svhn, num_classes=10, sample_shape=_IMAGE_SHAPE)
