"""Sources of images to be scored: arrays, folders, data sets. Does not load TensorFlow.

Generators, which need TensorFlow, are in `amnat.training.generator_sources`.
"""

from __future__ import annotations

import abc
import hashlib
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from amnat.data.dataset import Dataset, scale
from amnat.errors import InputError
from amnat.metrics.classifier import check_images

import numpy as np
from PIL import Image, UnidentifiedImageError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
# The seed of the order in which data sets and folders are read. If images were sorted by class,
# every split of the Inception Score would look collapsed.
SHUFFLE_SEED = 0
# The type of ((width, height), mode) of a file.
_Form = tuple[tuple[int, int], str]
_Read = TypeVar("_Read")


class Source(abc.ABC):
    """A set of images.

    Attributes:
      name: the name in messages and tables.
      available: number of images, None for a generator, which is endless.
      image_shape: (H, W, C).
      settings: dict of JSON values with everything that the images depend on.
    """

    name: str
    available: int | None
    image_shape: tuple[int, ...]
    settings: dict[str, Any]

    @abc.abstractmethod
    def batches(self, count: int) -> Iterator[np.ndarray]:
        """Yields float32 [n, H, W, C] in [-1, 1], `count` images in total; always the same ones."""

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
    """

    batch_size = 500

    def __init__(
        self,
        images: np.ndarray,
        name: str,
        shuffle: bool = False,
        settings: dict[str, Any] | None = None,
    ):
        if images.dtype != np.uint8:
            images = check_images(images, name=name)
        elif images.ndim != 4 or images.size == 0:
            raise InputError(
                f"{name}: array of shape {list(images.shape)}, expected images [N, H, W, C]"
            )
        self.images = images
        self.name = name
        self.available = len(images)
        self.image_shape = images.shape[1:]
        self._order = _order(self.available, shuffle)
        self.settings = {"name": name, "shuffled": shuffle} | (settings or {})

    def batches(self, count: int) -> Iterator[np.ndarray]:
        for start in range(0, count, self.batch_size):
            rows = self._order[start : min(start + self.batch_size, count)]
            batch = self.images[rows]
            yield scale(batch) if batch.dtype == np.uint8 else batch

    def content_key(self) -> str:
        digest = hashlib.sha256(f"{self.images.dtype}{self.images.shape}".encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(self._order.data)
        return digest.hexdigest()


class FolderSource(Source):
    """The image files in a folder and its subfolders, in a fixed random order.

    All must have the same size and mode (L for grey, or RGB). Pixels are used as they are stored.

    Raises:
      InputError: if the folder does not exist or has no image, or if a file is unreadable or has
        another size or mode.
    """

    batch_size = 200

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        if not self.path.is_dir():
            raise InputError(f"{path}: no such folder")
        found = sorted(p for p in self.path.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        if not found:
            raise InputError(f"{path}: no image files ({', '.join(IMAGE_SUFFIXES)}) in it")
        self.name = str(path)
        self.available = len(found)
        self.files = [found[i] for i in _order(len(found), shuffle=True)]
        self.image_shape = self._check_headers(found)
        suffixes = sorted({p.suffix.lower() for p in found})
        self.settings = {"name": self.name, "shuffled": True, "formats": suffixes}

    def _check_headers(self, files: list[pathlib.Path]) -> tuple[int, int, int]:
        forms: dict[_Form, pathlib.Path] = {}
        for path in files:
            forms.setdefault(_open(path, lambda image: (image.size, image.mode)), path)
            if len(forms) > 1:
                (first, first_path), (other, path) = forms.items()
                raise InputError(
                    f"{path}: {_form(other)}, but {first_path.name} is {_form(first)}; expected "
                    "images of one size and mode"
                )
        (width, height), mode = next(iter(forms))
        channels = {"L": 1, "RGB": 3}.get(mode)
        if channels is None:
            raise InputError(f"{files[0]}: mode {mode}, expected L (grey) or RGB")
        return height, width, channels

    def batches(self, count: int) -> Iterator[np.ndarray]:
        for start in range(0, count, self.batch_size):
            files = self.files[start : min(start + self.batch_size, count)]
            pixels = np.stack([_open(path, np.asarray) for path in files])
            yield scale(pixels.reshape(-1, *self.image_shape))

    def content_key(self) -> str:
        digest = hashlib.sha256()
        for path in self.files:
            digest.update(path.read_bytes())
            digest.update(b"|")
        return digest.hexdigest()


def dataset_source(dataset: Dataset) -> ArraySource:
    """The images of a data set, shuffled."""
    if not dataset.is_image:
        raise InputError(
            f"data set '{dataset.name}': points; expected images (runs on points score "
            "themselves while they train)"
        )
    settings = {"kind": "data set", "split": dataset.split, "classes": dataset.num_classes}
    return ArraySource(dataset.samples, dataset.name, shuffle=True, settings=settings)


def npz_source(path: str | os.PathLike[str]) -> ArraySource:
    """The images of an .npz file, in its order: `images`, `arr_0`, or its only array.

    Raises:
      InputError: if the file does not exist, is not an .npz file, has several arrays and none with
        these names, or the array is not one of images.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such file; expected an .npz file of images")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("a single array; save it with numpy.savez")
            names = arrays.files
            chosen = [n for n in ("images", "arr_0") if n in names] or names
            if len(chosen) > 1 and chosen[0] not in ("images", "arr_0") or not chosen:
                raise ValueError(f"arrays {', '.join(names) or 'none'}, expected one named images")
            images = arrays[chosen[0]]
    # NumPy documents no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: cannot be read as .npz images ({reason})") from error
    return ArraySource(images, str(path), settings={"kind": "npz", "array": chosen[0]})


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


def _open(path: str | os.PathLike[str], read: Callable[[Image.Image], _Read]) -> _Read:
    try:
        with Image.open(path) as image:
            return read(image)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as an image ({error})") from error


def _form(form: _Form) -> str:
    (width, height), mode = form
    return f"{width}x{height} {mode}"
