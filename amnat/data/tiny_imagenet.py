"""Tiny ImageNet: 200 classes of 500 images, from the published .zip or its unpacked folder.

Source: http://cs231n.stanford.edu/tiny-imagenet-200.zip; Le and Yang, "Tiny ImageNet Visual
Recognition Challenge" (2015).
"""

from __future__ import annotations

import hashlib
import os

from amnat.data import near_matches
from amnat.data.archives import Tree, open_tree
from amnat.data.cache import cached_array
from amnat.data.dataset import Dataset
from amnat.data.download import RemoteFile
from amnat.data.file_reading import check_data_dir, note, note_part, nothing_found
from amnat.data.image_files import decode
from amnat.data.image_listing import list_images
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np
from tqdm import tqdm

NUM_CLASSES = 200

_NAME = "tiny_imagenet"
_FOLDER = "tiny-imagenet-200"
_ARCHIVE = "tiny-imagenet-200.zip"
_REMOTE = RemoteFile(
    _ARCHIVE,
    ("http://cs231n.stanford.edu/tiny-imagenet-200.zip",),
    248_100_043,
    md5="90528d7ca1a48142e341f4ef8d21d0de",
)
_WNIDS, _WORDS = "wnids.txt", "words.txt"
_ANNOTATIONS = "val/val_annotations.txt"
_PUBLISHED_SIZE = 64
_PUBLISHED_IMAGES = {"train": 100_000, "val": 10_000}
_IMAGE_SIZE = 32
# The largest published list has 2.7 MB, the largest image 16 kB.
_MAX_TEXT_BYTES = 16 << 20
_MAX_IMAGE_BYTES = 1 << 20
# This is part of the cache key: raise it with every change to the processing of an image.
_CACHE_VERSION = 1


def load_tiny_imagenet(data_dir: str, split: str, download: bool) -> Dataset:
    """Reads one split and halves the size of its images, as the AM-GAN paper does (section 7.2).

    Each pixel is the mean of 2x2 published pixels, rounded to the nearest byte (0.5 is rounded up).
    The AM-GAN authors' code computes the same means but keeps their fractions, which differ from
    these by at most 0.5 / 128 after scaling. It also leaves out the images that are published in
    grey; here they become RGB like all others.

    It looks, in this order, for the published files in `data_dir` itself, for the unpacked folder
    tiny-imagenet-200 in it, for the .zip in it, and for either of them in another place
    (`near_matches`). If there is none of these, it downloads the .zip into `data_dir`. Decoding
    takes minutes, so its result is stored as a file of 307 MB in `data_dir` if that can be written
    (`cache.cached_array`), until the published files change.

    Args:
      data_dir: the folder.
      split: "train", in the order of wnids.txt and then of the numbers in the file names; or
        "test", which is the published validation part in the order of val_annotations.txt, because
        the published test part has no labels.
      download: whether the .zip may be fetched.

    Returns:
      uint8 images [N, 32, 32, 3]. Class i is line i of wnids.txt; its name is the text in words.txt
      (synonyms separated by commas), then a comma and the wnid.

    Raises:
      InputError: a file is missing, damaged or not as published; the message names it.
    """
    source, prefix = _find(data_dir, download)
    with open_tree(source) as tree:
        wnids = _wnids(tree, prefix)
        class_names = _class_names(tree, prefix, wnids)
        files, labels = (_train_files if split == "train" else _val_files)(tree, prefix, wnids)
        samples = cached_array(
            os.path.join(data_dir, f"{_NAME}_{split}_{_IMAGE_SIZE}x{_IMAGE_SIZE}.npz"),
            _content_key(tree, files),
            (len(files), _IMAGE_SIZE, _IMAGE_SIZE, 3),
            lambda: _halved(tree, files),
        )
        return Dataset(
            name=_NAME,
            split=split,
            samples=samples,
            labels=np.array(labels, np.int32),
            num_classes=NUM_CLASSES,
            class_names=class_names,
        )


def _find(data_dir: str, download: bool) -> tuple[str, str]:
    """The folder or .zip, and the prefix of the published names in it."""
    check_data_dir(_NAME, data_dir)
    for folder in (data_dir, os.path.join(data_dir, _FOLDER)):
        if os.path.isfile(os.path.join(folder, _WNIDS)):
            return folder, ""
    archive: str | None = os.path.join(data_dir, _ARCHIVE)
    if os.path.exists(archive or ""):
        return str(archive), f"{_FOLDER}/"
    published = Published(_NAME, (_WNIDS, _WORDS), "tiny-?imagenet")
    paths = near_matches.find_files(published, data_dir)
    if paths:
        return os.path.dirname(paths[0]), ""
    packed = near_matches.find_zip(published, data_dir)
    if packed is not None:
        archive, (member, _) = packed
        note(f"{_NAME}: reads '{archive}'")
        return archive, member.removesuffix(_WNIDS)
    near_matches.refuse_suspects(published, data_dir, f"{_ARCHIVE} or {_FOLDER}")
    if not download:
        raise nothing_found(_NAME, data_dir, [_WNIDS, _FOLDER, _ARCHIVE], _REMOTE.urls[0])
    return near_matches.download(_NAME, data_dir, "", [_REMOTE])[0], f"{_FOLDER}/"


def _lines(tree: Tree, name: str) -> list[str]:
    try:
        text = tree.read(name, _MAX_TEXT_BYTES).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{tree.where(name)}: not a text file in UTF-8") from error
    return [line for line in text.splitlines() if line.strip()]


def _wnids(tree: Tree, prefix: str) -> list[str]:
    name = prefix + _WNIDS
    wnids = [line.strip() for line in _lines(tree, name)]
    if len(set(wnids)) != NUM_CLASSES or len(wnids) != NUM_CLASSES:
        raise InputError(
            f"{tree.where(name)}: {len(wnids)} lines, {len(set(wnids))} of them different, "
            f"expected {NUM_CLASSES} wnids"
        )
    return wnids


def _class_names(tree: Tree, prefix: str, wnids: list[str]) -> tuple[str, ...]:
    name = prefix + _WORDS
    words = dict(line.split("\t", 1) for line in _lines(tree, name) if "\t" in line)
    unnamed = [wnid for wnid in wnids if wnid not in words]
    if unnamed:
        raise InputError(f"{tree.where(name)}: no line for '{unnamed[0]}' of {_WNIDS}")
    return tuple(f"{words[wnid].strip()}, {wnid}" for wnid in wnids)


def _train_files(tree: Tree, prefix: str, wnids: list[str]) -> tuple[list[str], list[int]]:
    by_class: dict[str, list[str]] = {f"{prefix}train/{wnid}/images": [] for wnid in wnids}
    inside = (name for name in tree.names() if name.rpartition("/")[0] in by_class)
    found = list_images(inside, f"{_NAME}: '{tree.path}'")
    if found.remark():
        note(f"{_NAME}: '{tree.path}': {found.remark()}")
    for name in found.images:
        by_class[name.rpartition("/")[0]].append(name)
    note_part(_NAME, f"'{tree.path}'", len(found.images), _PUBLISHED_IMAGES["train"])
    for folder, names in by_class.items():
        if not names:
            raise InputError(f"{tree.where(folder)}: no .JPEG file, expected as published")
        # This puts <wnid>_9.JPEG before <wnid>_10.JPEG.
        names.sort(key=lambda name: (len(name), name))
    labels = [label for label, names in enumerate(by_class.values()) for _ in names]
    return [name for names in by_class.values() for name in names], labels


def _val_files(tree: Tree, prefix: str, wnids: list[str]) -> tuple[list[str], list[int]]:
    name = prefix + _ANNOTATIONS
    label_of = {wnid: label for label, wnid in enumerate(wnids)}
    files, labels = {}, []
    for number, line in enumerate(_lines(tree, name), start=1):
        file, _, rest = line.partition("\t")
        wnid = rest.partition("\t")[0]
        if wnid not in label_of or "/" in file or "\\" in file or file in files:
            raise InputError(
                f"{tree.where(name)}: line {number} is {line[:60]!r}, expected a new file name, a "
                f"tab and a wnid of {_WNIDS}"
            )
        files[file] = f"{prefix}val/images/{file}"
        labels.append(label_of[wnid])
    note_part(_NAME, tree.where(name), len(files), _PUBLISHED_IMAGES["val"])
    return list(files.values()), labels


def _content_key(tree: Tree, files: list[str]) -> str:
    digest = hashlib.sha256(f"{_NAME} {_CACHE_VERSION}".encode())
    for name in files:
        digest.update(f"\n{name}\t{tree.signature(name)}".encode())
    return digest.hexdigest()


def _halved(tree: Tree, files: list[str]) -> np.ndarray:
    halved = np.empty((len(files), _IMAGE_SIZE, _IMAGE_SIZE, 3), np.uint8)
    for target, name in zip(halved, tqdm(files, _NAME, unit="image", delay=1), strict=True):
        image = decode(tree.read(name, _MAX_IMAGE_BYTES), tree.where(name), 3)
        if image.size != (_PUBLISHED_SIZE, _PUBLISHED_SIZE):
            raise InputError(
                f"{tree.where(name)}: {image.width}x{image.height} pixels, expected "
                f"{_PUBLISHED_SIZE}x{_PUBLISHED_SIZE}"
            )
        target[...] = np.asarray(image.reduce(_PUBLISHED_SIZE // _IMAGE_SIZE))
    return halved


register(
    _NAME,
    load_tiny_imagenet,
    num_classes=NUM_CLASSES,
    sample_shape=(_IMAGE_SIZE, _IMAGE_SIZE, 3),
)
