"""CelebA's aligned faces at 64x64, from the published .zip or its unpacked folder.

Source: https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html; Liu et al., "Deep Learning Face
Attributes in the Wild" (2015). Crop and size are those of Tran et al. 2019 (MS-GAN).
"""

from __future__ import annotations

import hashlib
import os
import posixpath

from amnat.data import download as downloads
from amnat.data import near_matches
from amnat.data.archives import Tree, open_tree
from amnat.data.cache import cached_array
from amnat.data.dataset import Dataset
from amnat.data.file_reading import check_data_dir, folder_state, note, note_part
from amnat.data.image_files import decode, resize
from amnat.data.image_listing import list_images
from amnat.data.near_matches import Published
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np
from tqdm import tqdm

IMAGE_SIZE = 64
_NAME = "celeba"
_FOLDER = "img_align_celeba"
_ADDRESS = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
_PUBLISHED_SIZE = (178, 218)
# Left, upper, right, lower: 108x108.
_CROP = (35, 55, 143, 163)
# The test part of the published list_eval_partition.txt begins with this number.
_FIRST_OF_TEST = 182_638
_PUBLISHED_IMAGES = {"train": 202_599, "test": 19_962}
_MAX_IMAGE_BYTES = 1 << 20
# This is part of the cache key: raise it with every change to the processing of an image.
_CACHE_VERSION = 1


def load_celeba(data_dir: str, split: str, download: bool) -> Dataset:
    """Reads the faces, crops the middle 108x108 and reduces it to 64x64 (`image_files.resize`).

    It looks in `data_dir` for the folder or the .zip img_align_celeba, then for .jpg files in
    `data_dir` itself; the publisher does not allow downloads by programs. Decoding takes minutes,
    so its result is stored beside the files (`cache.cached_array`).

    Args:
      data_dir: the folder.
      split: "train": all images, as in the training of Tran et al. 2019; "test": the published
        test part, which is **also in "train"**, by the numbers of the files.
      download: ignored.

    Returns:
      uint8 images [N, 64, 64, 3] in the order of the names, with a single class.

    Raises:
      InputError: if there are no images, or if one is damaged or has another size; the message
        names it.
    """
    del download
    with open_tree(_find(data_dir)) as tree:
        names = _images(tree)
        if split == "test":
            names = [name for name in names if _number(tree, name) >= _FIRST_OF_TEST]
        if not names:
            raise InputError(f"{_NAME}: no {split} images in '{tree.path}', expected NUMBER.jpg")
        note_part(_NAME, f"'{tree.path}'", len(names), _PUBLISHED_IMAGES[split])
        samples = cached_array(
            os.path.join(data_dir, f"{_NAME}_{split}_{IMAGE_SIZE}x{IMAGE_SIZE}.npz"),
            _content_key(tree, names),
            (len(names), IMAGE_SIZE, IMAGE_SIZE, 3),
            lambda: _faces(tree, names),
        )
    return Dataset(
        name=_NAME,
        split=split,
        samples=samples,
        labels=np.zeros(len(samples), np.int32),
        num_classes=1,
        class_names=("face",),
    )


def _find(data_dir: str) -> str:
    check_data_dir(_NAME, data_dir)
    for name in (_FOLDER, f"{_FOLDER}.zip"):
        path = os.path.join(data_dir, name)
        if os.path.exists(path):
            return path
    if os.path.isdir(data_dir) and any(name.endswith(".jpg") for name in os.listdir(data_dir)):
        return data_dir
    published = Published(_NAME, ("000001.jpg",), r"celeb-?a|img-align")
    for path in near_matches.nearby(data_dir):
        folder, name = os.path.split(path)
        if near_matches.stem(os.path.basename(folder)) == near_matches.plain(_FOLDER):
            note(f"{_NAME}: reads '{folder}'")
            return folder
        if name.lower().endswith(".zip") and near_matches.stem(name) == near_matches.plain(_FOLDER):
            note(f"{_NAME}: reads '{path}'")
            return path
    near_matches.refuse_suspects(published, data_dir, f"{_FOLDER}.zip or its folder")
    raise downloads.not_downloadable(
        f"{_NAME}: data_dir '{data_dir}' {folder_state(data_dir)} and holds neither {_FOLDER}.zip "
        f"nor its folder; download it by hand (address {_ADDRESS}, 'Align&Cropped Images') and put "
        "it there"
    )


def _images(tree: Tree) -> list[str]:
    """The names of the images, which all lie in one folder."""
    files = list_images(tree.names(), f"{_NAME}: '{tree.path}'")
    folders = sorted({posixpath.dirname(name) for name in files.images})
    if len(folders) > 1:
        raise InputError(
            f"{_NAME}: '{tree.path}' holds images in '{folders[0]}' and in '{folders[1]}', "
            "expected one folder, as published"
        )
    if files.remark():
        note(f"{_NAME}: '{tree.path}': {files.remark()}")
    return files.images


def _number(tree: Tree, name: str) -> int:
    stem = posixpath.splitext(posixpath.basename(name))[0]
    if not stem.isdigit():
        raise InputError(f"{tree.where(name)}: expected a number for a name, as published")
    return int(stem)


def _content_key(tree: Tree, names: list[str]) -> str:
    digest = hashlib.sha256(f"{_CACHE_VERSION}".encode())
    for name in names:
        digest.update(f"\n{name} {tree.signature(name)}".encode())
    return digest.hexdigest()


def _faces(tree: Tree, names: list[str]) -> np.ndarray:
    faces = np.empty((len(names), IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    for row, name in enumerate(tqdm(names, _NAME, unit="image", delay=1)):
        image = decode(tree.read(name, _MAX_IMAGE_BYTES), tree.where(name), 3)
        if image.size != _PUBLISHED_SIZE:
            width, height = _PUBLISHED_SIZE
            raise InputError(
                f"{tree.where(name)}: {image.width}x{image.height} pixels, expected "
                f"{width}x{height} as published"
            )
        faces[row] = np.asarray(resize(image.crop(_CROP), IMAGE_SIZE, IMAGE_SIZE))
    return faces


register(_NAME, load_celeba, num_classes=1, sample_shape=(IMAGE_SIZE, IMAGE_SIZE, 3))
