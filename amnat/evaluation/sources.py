"""Sources of images to be scored: arrays, folders, data sets. Does not load TensorFlow.

Generators, which need TensorFlow, are in `amnat.training.generator_sources`.
"""

from __future__ import annotations

import abc
import hashlib
import os
import pathlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from amnat.data.archives import Tree, open_tree
from amnat.data.dataset import Dataset, scale
from amnat.data.file_reading import note, warn
from amnat.data.image_files import decode, examine, pixels_of
from amnat.data.image_listing import ENDINGS, list_images
from amnat.errors import InputError
from amnat.metrics.classifier import check_images

import numpy as np

# The seed of the order in which files and data sets are read. If images were sorted by class,
# every split of the Inception Score would look collapsed, and the first N would be of few classes.
SHUFFLE_SEED = 0
# This is part of the key of a folder: raise it when a file may be decoded to other pixels.
_READER_VERSION = 2
_MAX_IMAGE_BYTES = 64 << 20


class GivenLabels(NamedTuple):
    """The classes that images are known to have, or that a generator was asked for.

    Attributes:
      labels: int [N] in [0, num_classes), of the images in their order.
      num_classes: K.
    """

    labels: np.ndarray
    num_classes: int


class Source(abc.ABC):
    """A set of images.

    Attributes:
      name: the name in messages and tables.
      available: number of images, None for a generator, which is endless.
      image_shape: (H, W, C).
      settings: dict of JSON values with everything that the images depend on, and what a reader
        of the scores has to know: "left_out" and "converted" files, "other_arrays", "warnings". It
        is complete once the images have been read.
    """

    name: str
    available: int | None
    image_shape: tuple[int, ...]
    settings: dict[str, Any]

    @abc.abstractmethod
    def batches(self, count: int) -> Iterator[np.ndarray]:
        """Yields float32 [n, H, W, C] in [-1, 1], `count` images in total; always the same ones."""

    def given_labels(self, count: int) -> GivenLabels | None:
        """The classes of the first `count` images; None if nobody has given them any."""
        del count
        return None

    def content_key(self) -> str:
        """A hexadecimal digest of the content; equal keys mean equal images in equal order."""
        raise NotImplementedError(f"{type(self).__name__} cannot be a reference")


class ArraySource(Source):
    """Images of an array in memory, in its order or shuffled.

    Args:
      images: uint8, or float in [-1, 1], [N, H, W, C].
      name: the name in messages.
      shuffle: whether to use a fixed random order instead of the array's order.
      settings: additional entries of `settings`.
      judges_range: see `check_images`.
      given: the classes of the images in the array's order, if they are known.
    """

    batch_size = 500

    def __init__(
        self,
        images: np.ndarray,
        name: str,
        shuffle: bool = False,
        settings: dict[str, Any] | None = None,
        judges_range: bool = True,
        given: GivenLabels | None = None,
    ):
        _check_layout(images, name)
        if images.dtype != np.uint8:
            images = check_images(images, name=name, judges_range=judges_range)
        self.images = images
        self.name = name
        self.available = len(images)
        self.image_shape = images.shape[1:]
        self._order = _order(self.available, shuffle)
        self._given = given
        self.settings = {"name": name, "shuffled": shuffle} | (settings or {})

    def batches(self, count: int) -> Iterator[np.ndarray]:
        for start in range(0, count, self.batch_size):
            rows = self._order[start : min(start + self.batch_size, count)]
            batch = self.images[rows]
            yield scale(batch) if batch.dtype == np.uint8 else batch

    def given_labels(self, count: int) -> GivenLabels | None:
        if self._given is None:
            return None
        return self._given._replace(labels=self._given.labels[self._order[:count]])

    def content_key(self) -> str:
        digest = hashlib.sha256(f"{self.images.dtype}{self.images.shape}".encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(self._order.data)
        return digest.hexdigest()


class FolderSource(Source):
    """The image files in a folder, a .zip or a .tar, in a fixed random order.

    `image_listing.list_images` says which files are images, and `image_files.decode` decodes them,
    as for training. All must have the same size. Grey images beside others get three channels.

    Raises:
      InputError: if the path does not exist or has no image, or if a file is unreadable or has
        another size.
    """

    batch_size = 200

    def __init__(self, path: str | os.PathLike[str]):
        self.path = os.fspath(path)
        self.name = self.path
        with open_tree(self.path) as tree:
            files = list_images(tree.names(), f"'{self.path}'")
            # By folder, then by name.
            found = sorted(files.images, key=lambda name: name.split("/"))
            if not found:
                left_out = f"; {files.remark()}" if files.remark() else ""
                raise InputError(
                    f"'{self.path}': no image files ({', '.join(ENDINGS)}) in it{left_out}"
                )
            self.image_shape, converted = _examine_all(tree, found)
        self.available = len(found)
        self.files = [found[i] for i in _order(len(found), shuffle=True)]
        suffixes = sorted({pathlib.PurePath(name).suffix.lower() for name in found})
        self.settings = {"name": self.name, "shuffled": True, "available": len(found)}
        self.settings |= {"formats": suffixes}
        if files.left_out():
            self.settings["left_out"] = files.left_out()
        if converted:
            self.settings["converted"] = dict(sorted(converted.items()))
        remarks = [files.remark(), *(f"{count:,} {how}" for how, count in converted.items())]
        if any(remarks):
            note(f"'{self.path}': {len(found):,} images; {'; '.join(filter(None, remarks))}")

    def batches(self, count: int) -> Iterator[np.ndarray]:
        with open_tree(self.path) as tree:
            for start in range(0, count, self.batch_size):
                files = self.files[start : min(start + self.batch_size, count)]
                yield scale(np.stack([self._pixels(tree, name) for name in files]))

    def _pixels(self, tree: Tree, name: str) -> np.ndarray:
        data = tree.read(name, _MAX_IMAGE_BYTES)
        pixels = pixels_of(decode(data, tree.where(name), self.image_shape[2]))
        if pixels.shape != self.image_shape:
            raise InputError(f"{tree.where(name)}: changed while it was read")
        return pixels

    def content_key(self) -> str:
        digest = hashlib.sha256(f"{_READER_VERSION}|".encode())
        with open_tree(self.path) as tree:
            for name in self.files:
                digest.update(tree.read(name, _MAX_IMAGE_BYTES))
                digest.update(b"|")
        return digest.hexdigest()


def _examine_all(tree: Tree, names: list[str]) -> tuple[tuple[int, int, int], Counter[str]]:
    """The shape of all images, and how many of them are converted how."""
    converted, channels = Counter[str](), Counter[int]()
    first: tuple[int, int] | None = None
    for name in names:
        facts = examine(tree.read(name, _MAX_IMAGE_BYTES), tree.where(name))
        size = facts.height, facts.width
        first = first or size
        if size != first:
            raise InputError(
                f"{tree.where(name)}: {size[1]}x{size[0]} pixels, but '{names[0]}' has "
                f"{first[1]}x{first[0]}; expected images of one size"
            )
        channels[facts.channels] += 1
        converted.update(facts.remarks)
    if len(channels) > 1:
        converted["grey, repeated in 3 channels"] = channels[1]
    assert first is not None, "there is an image"
    return (*first, max(channels)), converted


def dataset_source(dataset: Dataset) -> ArraySource:
    """The images of a data set, shuffled."""
    if not dataset.is_image:
        raise InputError(
            f"data set '{dataset.name}': points; expected images (runs on points score "
            "themselves while they train)"
        )
    settings = {"kind": "data set", "split": dataset.split, "classes": dataset.num_classes}
    settings |= {"available": dataset.num_samples}
    given = None
    if dataset.num_classes > 1:
        given = GivenLabels(dataset.labels, dataset.num_classes)
    return ArraySource(dataset.samples, dataset.name, True, settings, given=given)


def npz_source(path: str | os.PathLike[str]) -> ArraySource:
    """The images of an .npz file (`images`, `arr_0`, or its only array) or of an .npy file.

    They are taken in a fixed random order, like those of data sets and folders: a file that is
    sorted by class would otherwise have a split Inception Score of about 1.

    Raises:
      InputError: if the file does not exist or is of another kind, has several arrays and none with
        these names, or the array is not one of images.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such file; expected an .npz or .npy file of images")
    settings: dict[str, Any]
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            images, settings = loaded, {"kind": "npy"}
        else:
            with loaded:
                images, settings = _images_of(loaded)
    # NumPy documents no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: cannot be read as .npz or .npy images ({reason})") from error
    settings["shuffle_seed"] = SHUFFLE_SEED
    if "other_arrays" in settings:
        others = ", ".join(settings["other_arrays"])
        note(f"{path}: reads the array {settings['array']}; leaves out {others}")
    source = ArraySource(images, str(path), True, settings, judges_range=False)
    source.settings["available"] = source.available
    doubt = doubt_about_range(float(images.min()), float(images.max()), images.dtype)
    if doubt:
        add_warning(source, doubt)
    return source


def _images_of(arrays: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """The array of images in an open .npz file, and the settings that name it."""
    names = arrays.files
    chosen = [n for n in ("images", "arr_0") if n in names] or names
    if len(chosen) > 1 and chosen[0] not in ("images", "arr_0") or not chosen:
        raise ValueError(f"arrays {', '.join(names) or 'none'}, expected one named images")
    settings: dict[str, Any] = {"kind": "npz", "array": chosen[0]}
    others = [name for name in names if name != chosen[0]]
    return arrays[chosen[0]], settings | ({"other_arrays": others} if others else {})


def doubt_about_range(low: float, high: float, dtype: np.dtype) -> str:
    """Why pixels may have another scale than uint8 or [-1, 1], or ""."""
    if dtype == np.uint8:
        if 0 < high <= 1:
            return "no byte is above 1; were images in [0, 1] converted to bytes?"
        return ""
    if low >= 0:
        return (
            f"no pixel is negative (range [{low:g}, {high:g}]); images scaled to [0, 1] have wrong "
            "scores here, [-1, 1] is expected"
        )
    if high - low <= 1.01:
        return f"pixels only range over [{low:g}, {high:g}], [-1, 1] is expected"
    return ""


def add_warning(source: Source, text: str) -> None:
    """Prints a warning that changes what scores mean, and keeps it in their record."""
    warn(f"{source.name}: {text}")
    source.settings.setdefault("warnings", []).append(text)


def _check_layout(images: np.ndarray, name: str) -> None:
    if images.dtype.kind in "biu" and images.dtype != np.uint8:
        raise InputError(
            f"{name}: pixels of type {images.dtype}, expected uint8 in [0, 255], or floats in "
            "[-1, 1]; save them as uint8"
        )
    if images.ndim != 4 or images.size == 0:
        raise InputError(
            f"{name}: array of shape {list(images.shape)}, expected images [N, H, W, C]"
        )
    if images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        raise InputError(
            f"{name}: array of shape {list(images.shape)}, which looks like [N, C, H, W]; expected "
            "[N, H, W, C]: numpy.transpose(images, (0, 2, 3, 1))"
        )


def path_digest(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file, or of the names and contents of all files below a folder."""
    path = pathlib.Path(path)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode())
        with open(file, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _order(count: int, shuffle: bool) -> np.ndarray:
    order = np.arange(count)
    return np.random.default_rng(SHUFFLE_SEED).permutation(count) if shuffle else order
