"""Image folders by class or wnid: PATH/<class>/<image>, as a folder, a .zip or a .tar."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from amnat.data.archives import Tree, open_tree
from amnat.data.class_subset import listing
from amnat.data.dataset import Dataset
from amnat.data.file_reading import note, read_bounded
from amnat.data.image_files import Facts, decode, examine, pixels_of, resize
from amnat.data.image_listing import ENDINGS, Listing, is_hidden, list_images
from amnat.errors import InputError

import numpy as np
from tqdm import tqdm

if TYPE_CHECKING:
    from PIL import Image

# The ILSVRC-2012 classes that the NAT paper tests on; the file names its source.
NAT_WNIDS = os.path.join(os.path.dirname(__file__), "wnids_nat.txt")

_MAX_IMAGE_BYTES = 64 << 20
_MAX_LIST_BYTES = 1 << 20
_MAX_ERRORS = 3
_EXPECTED = f"expected PATH/<class>/<image>{ENDINGS[0]}"


def whole(image: Image.Image, shape: tuple[int, int, int]) -> np.ndarray:
    """The whole image as uint8 [H, W, C], without its proportions (`image_files.resize`)."""
    return pixels_of(resize(image, *shape[:2]))


def load_folder(
    path: str,
    sample_shape: tuple[int, ...],
    classes: Sequence[str] | None = None,
    split: str = "train",
    shaper: Callable[[Image.Image, tuple[int, int, int]], np.ndarray] = whole,
    allows_flat: bool = False,
) -> Dataset:
    """Reads images of any size from one folder per class and converts them to one size.

    The class of an image is the name of its folder, and all of these folders must have the same
    parent. (So a .tar may have a folder around everything, and the two parts train/<class> and
    val/<class> are not mixed up.) `image_listing.list_images` says which files are images. One line
    on stderr says what was left out, and how many images were resized or otherwise converted.
    Nothing is unpacked to disk.

    Args:
      path: the folder, .zip or uncompressed .tar; "~" is expanded.
      sample_shape: (H, W, C) of the samples, with C 1 or 3; see `image_files.resize` and
        `image_files.decode` for the conversion.
      classes: the classes to read, for instance a wnid list (`read_class_list`); None for all.
      split: the split name of the data set.
      shaper: callable (image of mode "L" or "RGB", sample_shape) -> uint8 [H, W, C].
      allows_flat: whether all images may lie in `path` itself, as a single class without a name.

    Returns:
      uint8 images [N, H, W, C], class after class and by name within each class. Classes are in the
      order of `classes` or, without it, sorted by their names, which are the `class_names`. The
      data set is named after the last folder or the archive, without its ending.

    Raises:
      InputError: if there is no image, a class has no image that can be read, or an image is
        damaged or not in a class folder; the message names it.
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
    with open_tree(path) as tree:
        height, width, channels = sample_shape
        found, parent = _read(tree, (height, width, channels), classes, shaper, allows_flat)
        if classes is None:
            names = sorted({name for name, _, _ in found})
            check_empty_classes(tree, parent, names)
        else:
            names = list(classes)
    missing = sorted(set(names) - {name for name, _, _ in found}, key=names.index)
    if missing:
        raise InputError(f"'{path}': no images of the classes {listing(missing)}")
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
        # Windows begins text files with a mark, which would be part of the first name.
        text = read_bounded(os.path.expanduser(path), _MAX_LIST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}': not a text file in UTF-8, expected class names") from error
    names = [line.partition("#")[0].strip() for line in text.splitlines()]
    names = [name for name in names if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        found = f"{listing(twice)} twice" if twice else "no name"
        raise InputError(f"'{path}': {found}, expected one class name per line")
    return names


def _read(
    tree: Tree,
    shape: tuple[int, int, int],
    classes: Collection[str] | None,
    shaper: Callable[[Image.Image, tuple[int, int, int]], np.ndarray],
    allows_flat: bool,
) -> tuple[list[tuple[str, str, np.ndarray]], str]:
    """(all wanted images as (class, file name, pixels), in any order; the classes' parent)."""
    files = _wanted(tree, classes)
    parents: set[str] = set()
    is_flat = allows_flat and not any(_class_of(name) for name in files.images)
    for name in [] if is_flat else files.images:
        parent, class_name = posixpath.split(posixpath.dirname(posixpath.normpath(name)))
        if not class_name:
            where = tree.where(name)
            raise InputError(f"{where}: in no class folder, expected PATH/<class>/<image>")
        parents.add(parent)
        if len(parents) > 1:
            raise InputError(
                f"{tree.where(name)}: class folders lie in '{min(parents)}' and in "
                f"'{max(parents)}', expected one folder with all classes"
            )
    done = Counter[str]()

    def convert(data: bytes, where: str) -> np.ndarray:
        done.update(_conversions(examine(data, where), shape))
        return shaper(decode(data, where, shape[2]), shape)

    pixels = read_images(tree, files.images, convert)
    if not pixels and classes is None:
        left_out = files.remark()
        raise InputError(
            f"'{tree.path}': no images, {_EXPECTED}" + (f"; {left_out}" if left_out else "")
        )
    remarks = [files.remark(), *(f"{count:,} {how}" for how, count in sorted(done.items()))]
    if any(remarks):
        images = "1 image" if len(pixels) == 1 else f"{len(pixels):,} images"
        note(f"'{tree.path}': {images}; {'; '.join(filter(None, remarks))}")
    found = [
        (_class_of(name), posixpath.basename(name), image)
        for name, image in zip(files.images, pixels, strict=True)
    ]
    return found, next(iter(parents), "")


def read_images(
    tree: Tree, names: Sequence[str], convert: Callable[[bytes, str], np.ndarray]
) -> list[np.ndarray]:
    """Reads image files, with a progress bar if it takes long.

    Args:
      tree: the source.
      names: the files.
      convert: callable (content, name for errors) -> pixels.

    Returns:
      The pixels of each.

    Raises:
      InputError: if images cannot be read. All are read before that: the error of a single one
        names it, and that of several counts them, names the first ones and says why.
    """
    pixels, errors = [], []
    for name in tqdm(names, os.path.basename(tree.path), unit="image", delay=1):
        try:
            pixels.append(convert(tree.read(name, _MAX_IMAGE_BYTES), tree.where(name)))
        except InputError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        shown = "; ".join(map(str, errors[:_MAX_ERRORS]))
        more = len(errors) - _MAX_ERRORS
        raise InputError(
            f"'{tree.path}': {len(errors):,} of {len(names):,} images cannot be read: {shown}"
            + (f"; and {more:,} more" if more > 0 else "")
        )
    return pixels


def _wanted(tree: Tree, classes: Collection[str] | None) -> Listing:
    """The files in the folders of the wanted classes, or all of them."""
    names = tree.names()
    if classes is not None:
        chosen = frozenset(classes)
        names = [name for name in names if _class_of(name) in chosen]
    return list_images(names, f"'{tree.path}'")


def _class_of(name: str) -> str:
    return posixpath.basename(posixpath.dirname(posixpath.normpath(name)))


def _conversions(facts: Facts, shape: tuple[int, ...]) -> list[str]:
    """What happens to an image on its way to a sample, apart from being decoded."""
    height, width, channels = shape
    done = list(facts.remarks)
    if (facts.height, facts.width) != (height, width):
        done.append(f"resized to {height}x{width}")
    if facts.channels != channels:
        done.append("grey, repeated in 3 channels" if channels == 3 else "in colour, made grey")
    return done


def check_empty_classes(tree: Tree, parent: str, names: Collection[str]) -> None:
    """Raises InputError if a folder beside the classes has no image: without it, the classes
    behind it would get other labels."""
    folders = {posixpath.normpath(folder) for folder in tree.folders()}
    beside = {
        posixpath.basename(folder)
        for folder in folders
        if posixpath.dirname(folder) == parent and not is_hidden(folder)
    }
    empty = sorted(beside - set(names) - {"."})
    if empty:
        raise InputError(
            f"'{tree.path}': no image that can be read ({', '.join(ENDINGS)}) in the class folders "
            f"{listing(empty)}; remove them, or list the classes to read"
        )
