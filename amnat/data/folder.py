"""Image folders by class or wnid: PATH/<class>/<image>, as a folder, a .zip or a .tar."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Sequence

from amnat.data.archives import read_files
from amnat.data.class_subset import listing
from amnat.data.dataset import Dataset
from amnat.data.file_reading import read_bounded
from amnat.data.image_files import decode_to
from amnat.errors import InputError

import numpy as np
from tqdm import tqdm

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp")
# The ILSVRC-2012 classes that the NAT paper tests on; the file names its source.
NAT_WNIDS = os.path.join(os.path.dirname(__file__), "wnids_nat.txt")

_MAX_IMAGE_BYTES = 64 << 20
_MAX_LIST_BYTES = 1 << 20


def load_folder(
    path: str,
    sample_shape: tuple[int, ...],
    classes: Sequence[str] | None = None,
    split: str = "train",
    decoder: Callable = decode_to,
) -> Dataset:
    """Reads images of any size from one folder per class and converts them to one size.

    The class of an image is the name of its folder, and all of these folders must have the same
    parent. (So a .tar may have a folder around everything, and the two parts train/<class> and
    val/<class> are not mixed up.) Only files with `ENDINGS`, in upper or lower case, are read, and
    no hidden ones (".name", "__MACOSX"). Nothing is unpacked to disk.

    Args:
      path: the folder, .zip or uncompressed .tar; "~" is expanded.
      sample_shape: (H, W, C) of the samples, with C 1 or 3; see `image_files.resize` and
        `image_files.decode` for the conversion.
      classes: the classes to read, for instance a wnid list (`read_class_list`); None for all.
      split: the split name of the data set.
      decoder: callable (file, its name for errors, sample_shape) -> uint8 [H, W, C], which raises
        InputError for damaged files.

    Returns:
      uint8 images [N, H, W, C], class after class and by name within each class. Classes are in the
      order of `classes` or, without it, sorted by their names, which are the `class_names`. The
      data set is named after the last folder or the archive, without its ending.

    Raises:
      InputError: if there is no image, a listed class has no image, or an image is damaged or not
        in a class folder; the message names it.
    """
    if len(sample_shape) != 3 or sample_shape[2] not in (1, 3):
        raise InputError(
            f"'{path}': images cannot become samples of shape {list(sample_shape)}, expected "
            "[H, W, 1] or [H, W, 3]"
        )
    listed = list(classes or ())
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise InputError(f"'{path}': classes listed twice: {listing(twice)}")
    path = os.path.expanduser(path)
    found = _read(path, sample_shape, classes, decoder)
    names = sorted({name for name, _, _ in found}) if classes is None else list(classes)
    missing = sorted(set(names) - {name for name, _, _ in found}, key=names.index)
    if missing:
        raise InputError(f"'{path}': no images of the classes {listing(missing)}")
    if not found:
        raise InputError(f"'{path}': no images, expected PATH/<class>/<image>{ENDINGS[0]}")
    label_of = {name: label for label, name in enumerate(names)}
    found.sort(key=lambda image: (label_of[image[0]], image[1]))
    root = os.path.basename(os.path.abspath(path))
    return Dataset(
        name=root if os.path.isdir(path) else os.path.splitext(root)[0],
        split=split,
        samples=np.stack([pixels for _, _, pixels in found]),
        labels=np.array([label_of[name] for name, _, _ in found], np.int32),
        num_classes=len(names),
        class_names=tuple(names),
    )


def read_class_list(path: str) -> list[str]:
    """Reads class names or wnids, one per line; "#" begins a comment.

    Raises:
      InputError: if the file cannot be read, is not text, is empty, or lists a name twice.
    """
    try:
        lines = read_bounded(os.path.expanduser(path), _MAX_LIST_BYTES).decode().splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}': not a text file in UTF-8, expected class names") from error
    names = [line.partition("#")[0].strip() for line in lines]
    names = [name for name in names if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        found = f"{listing(twice)} twice" if twice else "no name"
        raise InputError(f"'{path}': {found}, expected one class name per line")
    return names


def _read(
    path: str,
    shape: tuple[int, ...],
    classes: Sequence[str] | None,
    decoder: Callable,
) -> list[tuple[str, str, np.ndarray]]:
    """Reads all wanted images as (class, file name, pixels), in any order."""
    found, parents = [], set()
    names_wanted = None if classes is None else frozenset(classes)

    def wanted(name: str) -> bool:
        class_name = posixpath.basename(posixpath.dirname(posixpath.normpath(name)))
        return _is_image(name) and (names_wanted is None or class_name in names_wanted)

    files = read_files(path, wanted, _MAX_IMAGE_BYTES)
    for name, where, data in tqdm(files, os.path.basename(path), unit="image", delay=1):
        folder, file = posixpath.split(posixpath.normpath(name))
        parent, class_name = posixpath.split(folder)
        if not class_name:
            raise InputError(f"{where}: in no class folder, expected PATH/<class>/<image>")
        parents.add(parent)
        if len(parents) > 1:
            raise InputError(
                f"{where}: class folders lie in '{min(parents)}' and in '{max(parents)}', "
                "expected one folder with all classes"
            )
        found.append((class_name, file, decoder(data, where, shape)))
    return found


def _is_image(name: str) -> bool:
    parts = posixpath.normpath(name).split("/")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and name.lower().endswith(ENDINGS)
