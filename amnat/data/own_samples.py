"""What all sources of a user's own images share: conversion to samples, and a part to test on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from amnat.data.image_files import decode, examine
from amnat.data.resizing import DEFAULT_SIZE, ImageForm, check_memory, sentence, shaped
from amnat.errors import InputError

import numpy as np

# The name of the only class of unlabelled images.
UNLABELLED = "unlabelled"
# Without a part to test on, one image in so many of each class is in it.
_TEST_EVERY = 10
_SPLIT_SEED = 0
_MODES = {1: "L", 3: "RGB"}


class Converter:
    """Converts the images of one source to one size, and counts what that did to them.

    Args:
      form: see `ImageForm`; without `channels`, grey images stay grey until `stacked`.
      count: the number of images.
      where: the source, which begins errors.

    Raises:
      InputError: if the images would not fit into memory.
    """

    def __init__(self, form: ImageForm, count: int, where: str):
        self._side = form.size or DEFAULT_SIZE
        self._form = form
        self._sizes = Counter[tuple[int, int]]()
        self._grey = 0
        self._remarks = Counter[str]()
        check_memory(count, (self._side, self._side, form.channels or 3), where)

    def from_file(self, data: bytes, where: str) -> np.ndarray:
        """The pixels of an image file, uint8 [H, W, 1 or 3]; raises like `image_files.decode`."""
        facts = examine(data, where)
        image = decode(data, where, self._form.channels or facts.channels)
        pixels = shaped(image, self._side, self._side, self._form.resize)
        self._count((facts.height, facts.width), facts.channels, facts.remarks)
        return pixels

    def from_array(self, pixels: np.ndarray, where: str) -> np.ndarray:
        """Converts an array; the result is that of `from_file`.

        Args:
          pixels: uint8 [H, W] or [H, W, 1 or 3].
          where: the name of the image for errors.

        Raises:
          InputError: for an array of another kind.
        """
        from PIL import Image

        if pixels.ndim == 3 and pixels.shape[2] == 1:
            pixels = pixels[..., 0]
        if (
            pixels.dtype != np.uint8
            or pixels.ndim not in (2, 3)
            or pixels.size == 0
            or (pixels.ndim == 3 and pixels.shape[2] != 3)
        ):
            raise InputError(
                f"{where}: an array of {pixels.dtype} {list(pixels.shape)}, expected an image: "
                "uint8 [H, W] or [H, W, 1 or 3]"
            )
        channels = 1 if pixels.ndim == 2 else 3
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image = image.convert(_MODES[self._form.channels or channels])
        self._count(pixels.shape[:2], channels, ())
        return shaped(image, self._side, self._side, self._form.resize)

    def _count(self, size: tuple[int, ...], channels: int, remarks: Sequence[str]) -> None:
        self._sizes[size[0], size[1]] += 1
        self._grey += channels == 1
        self._remarks.update(remarks)

    def remark(self, channels: int) -> str:
        """What was done, as text, for samples that have `channels` in the end."""
        text = sentence(self._sizes, self._side, self._side, self._form.resize)
        coloured = self._sizes.total() - self._grey
        parts = [f"{text}, in {'grey' if channels == 1 else 'colour'}"]
        if channels == 1 and coloured:
            parts.append(f"{coloured:,} in colour, made grey")
        if channels == 3 and self._grey:
            parts.append(f"{self._grey:,} grey, repeated in 3 channels")
        parts += [f"{count:,} {how}" for how, count in sorted(self._remarks.items())]
        return "; ".join(parts)


def stacked(images: Sequence[np.ndarray], channels: int | None) -> np.ndarray:
    """The images of a `Converter` as one array, uint8 [N, H, W, C]; N >= 1.

    Without `channels`, C is 1 if all images are grey and 3 otherwise; grey values are repeated.
    """
    channels = channels or max(image.shape[2] for image in images)
    samples = np.empty((len(images), *images[0].shape[:2], channels), np.uint8)
    for sample, image in zip(samples, images, strict=True):
        sample[...] = image
    return samples


def split_rows(labels: np.ndarray, split: str, holds_out: bool, where: str) -> np.ndarray:
    """The rows of a split of data that has no part to test on.

    Args:
      labels: integers [N].
      split: "test" is a tenth of each class, at least one of each, by a fixed draw; "train" is all
        rows, or the others.
      holds_out: whether "train" is only the others.
      where: the beginning of errors.

    Returns:
      int64 [M], ascending.

    Raises:
      InputError: if nothing of a class remains to train on.
    """
    if split == "train" and not holds_out:
        return np.arange(len(labels))
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        if holds_out and len(rows) < 2:
            raise InputError(
                f"{where}: a class has a single image, expected at least 2: one to train on and "
                "one to test on"
            )
        is_test[rows[: -(-len(rows) // _TEST_EVERY)]] = True
    return np.flatnonzero(is_test == (split == "test"))


def test_part_remark(holds_out: bool) -> str:
    """Which images are taken to test on where there is no part for it, as text."""
    also = "" if holds_out else ", which is trained on as well"
    return f"there is no part to test on, so a tenth of each class is taken{also}"
