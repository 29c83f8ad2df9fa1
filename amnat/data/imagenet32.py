"""Downsampled ImageNet, 32x32, from the published batches (.npz or pickled).

Source: https://image-net.org/download-images.php; Chrabaszcz, Loshchilov and Hutter, "A Downsampled
Variant of ImageNet as an Alternative to the CIFAR datasets" (2017).
"""

from __future__ import annotations

import os
import re
from typing import Any

from amnat.data import download as downloads
from amnat.data import near_matches
from amnat.data.dataset import Dataset, check_labels
from amnat.data.file_reading import check_data_dir, folder_state, note, note_part, read_bounded
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.data.restricted_pickle import load_dict
from amnat.errors import InputError

import numpy as np

NUM_CLASSES = 1000
_NAME = "imagenet32"
_ADDRESS = "https://image-net.org/download-images.php"
_SHAPE = (3, 32, 32)
_ROW_BYTES = 3 * 32 * 32
_FOLDERS = ("", "imagenet32", "Imagenet32_train", "Imagenet32_train_npz")
_VAL_FOLDERS = ("", "imagenet32", "Imagenet32_val", "Imagenet32_val_npz")
_PATTERNS = {
    "train": re.compile(r"train_data_batch_(\d{1,3})(\.npz)?"),
    "test": re.compile(r"val_data()(\.npz)?"),
}
_PUBLISHED_BATCHES = {"train": 10, "test": 1}
# A published batch has 394 MB.
_MAX_FILE_BYTES = 1 << 30


def load_imagenet32(data_dir: str, split: str, download: bool) -> Dataset:
    """Reads the batches of one split; "test" is the published validation part.

    It looks in `data_dir`, then in its folder imagenet32 and in the published folders, for
    train_data_batch_1 to 10 or val_data, with or without .npz; there may be any number of batches.
    The training part needs 4 GB of memory. The publisher requires a login, so there is no download.

    Returns:
      uint8 images [N, 32, 32, 3] in the order of the batches, of 1,000 classes whose names are the
      published labels "1" to "1000".

    Raises:
      InputError: if there is no batch, or if one is truncated or not as published; the message
        names it.
    """
    del download
    batches = [_batch(path) for path in _find(data_dir, split)]
    return Dataset(
        name=_NAME,
        split=split,
        samples=np.concatenate([images for images, _ in batches]),
        labels=np.concatenate([labels for _, labels in batches]),
        num_classes=NUM_CLASSES,
        class_names=tuple(str(label) for label in range(1, NUM_CLASSES + 1)),
    )


def _find(data_dir: str, split: str) -> list[str]:
    """The paths of the batches, by their numbers."""
    check_data_dir(_NAME, data_dir)
    folders = _FOLDERS if split == "train" else _VAL_FOLDERS
    known = [os.path.join(data_dir, folder) for folder in folders]
    others = [os.path.dirname(path) for path in near_matches.nearby(data_dir)]
    for folder in [*known, *dict.fromkeys(others)]:
        names = os.listdir(folder) if os.path.isdir(folder) else []
        found: dict[int, str] = {}
        for name in sorted(names):
            if match := _PATTERNS[split].fullmatch(name):
                found.setdefault(int(match[1] or 0), os.path.join(folder, name))
        if found:
            if folder not in known:
                note(f"{_NAME}: reads the batches in '{folder}'")
            note_part(_NAME, f"'{folder}'", len(found), _PUBLISHED_BATCHES[split], "batches")
            return [found[number] for number in sorted(found)]
    example = "train_data_batch_1" if split == "train" else "val_data"
    published = Published(_NAME, (example,), r"imagenet-?32")
    near_matches.refuse_suspects(published, data_dir, f"{example} or {example}.npz")
    raise downloads.not_downloadable(
        f"{_NAME}: data_dir '{data_dir}' {folder_state(data_dir)} and holds no "
        f"{_PATTERNS[split].pattern}; download the 32x32 batches by hand (address {_ADDRESS}, "
        "needs a login) and put them there"
    )


def _batch(path: str) -> tuple[np.ndarray, np.ndarray]:
    """(uint8 [n, 32, 32, 3], int32 [n]) of one file."""
    images, labels = (_npz if path.endswith(".npz") else _pickled)(path)
    if getattr(images, "dtype", None) != np.uint8 or images.shape[1:] != (_ROW_BYTES,):
        raise InputError(f"'{path}': data is not uint8 [n, {_ROW_BYTES}], as published")
    try:
        labels = np.asarray(labels)
    except ValueError as error:
        raise InputError(f"'{path}': labels are not integers, as published") from error
    # Numbers with a fraction, truth values and texts would all become integers.
    if labels.dtype.kind not in "iu":
        raise InputError(f"'{path}': labels are {labels.dtype}, not integers, as published")
    if labels.shape != (len(images),):
        raise InputError(f"'{path}': {labels.size} labels for {len(images)} images")
    check_labels(labels, NUM_CLASSES, f"'{path}'", first=1)
    images = images.reshape(-1, *_SHAPE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), labels.astype(np.int32) - 1


def _npz(path: str) -> tuple[Any, Any]:
    try:
        with np.load(path, allow_pickle=False) as content:
            return content["data"], content["labels"]
    # NumPy documents no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"'{path}': cannot be read ({reason}), expected data, labels") from error


def _pickled(path: str) -> tuple[Any, Any]:
    # The mean image has another type and is not needed.
    content = load_dict(read_bounded(path, _MAX_FILE_BYTES), f"'{path}'", ignored=("mean",))
    return content.get("data"), content.get("labels")


register(_NAME, load_imagenet32, num_classes=NUM_CLASSES, sample_shape=(32, 32, 3))
