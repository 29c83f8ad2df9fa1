"""How images of any size become samples of one size: crop, fit or stretch, and what is said of it.

This module does not load TensorFlow.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amnat.data.image_files import pixels_of, resize
from amnat.errors import InputError

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

# crop: the largest part in the middle that has the proportions of the samples; fit: the whole
# image, with black margins; stretch: the whole image, without its proportions.
RESIZINGS = ("crop", "fit", "stretch")
# Sides in pixels. Smaller images have no content; no network here is made for larger ones.
MIN_SIZE, MAX_SIZE = 4, 1024
# The side of images that come in sizes of their own, where nothing else is asked for.
DEFAULT_SIZE = 32
_MEMORY_SHARE = 0.75


@dataclass(frozen=True)
class ImageForm:
    """The form that images get when they are loaded.

    Attributes:
      size: the side in pixels; None: a published data set's own, 32 for one's own images.
      resize: one of `RESIZINGS`.
      channels: 1 or 3; None: a published data set's own, for one's own images 1 if all are grey
        and 3 otherwise.

    Raises:
      InputError: for another value.
    """

    size: int | None = None
    resize: str = "crop"
    channels: int | None = None

    def __post_init__(self) -> None:
        if self.size is not None and not MIN_SIZE <= self.size <= MAX_SIZE:
            raise InputError(
                f"images of {self.size}x{self.size} pixels, expected {MIN_SIZE} to {MAX_SIZE}"
            )
        if self.resize not in RESIZINGS:
            raise InputError(
                f"unknown way to resize '{self.resize}', expected {', '.join(RESIZINGS)}"
            )
        if self.channels not in (None, 1, 3):
            raise InputError(f"images of {self.channels} channels, expected 1 (grey) or 3 (colour)")


def shaped(image: Image.Image, height: int, width: int, how: str = "crop") -> np.ndarray:
    """Converts an image to another size with Pillow's bilinear filter (`image_files.resize`).

    Args:
      image: of mode "L" or "RGB".
      height, width: the new size in pixels.
      how: one of `RESIZINGS`. With "crop", a row or column more than fits evenly is cut off on the
        right or at the bottom.

    Returns:
      uint8 [height, width, C].
    """
    if image.size == (width, height):
        return pixels_of(image)
    if how == "crop":
        scale = min(image.width / width, image.height / height)
        cut = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (image.width - cut[0]) // 2, (image.height - cut[1]) // 2
        return pixels_of(
            resize(image.crop((left, top, left + cut[0], top + cut[1])), height, width)
        )
    if how == "fit":
        scale = min(width / image.width, height / image.height)
        inner = max(1, round(image.height * scale)), max(1, round(image.width * scale))
        pixels = pixels_of(resize(image, *inner))
        canvas = np.zeros((height, width, pixels.shape[2]), np.uint8)
        top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
        canvas[top : top + inner[0], left : left + inner[1]] = pixels
        return canvas
    return pixels_of(resize(image, height, width))


def sentence(sizes: Mapping[tuple[int, int], int], height: int, width: int, how: str) -> str:
    """What happened to images, as text: "500 images of 40x60, cropped and resized to 32x32".

    Args:
      sizes: {(height, width) of images: their number}; the text gives width x height, as usual.
      height, width, how: as for `shaped`.
    """
    count = sum(sizes.values())
    images = "1 image" if count == 1 else f"{count:,} images"
    ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    shown = [f"{other_width}x{other_height}" for other_height, other_width in ordered]
    of = shown[0] if len(shown) == 1 else f"{len(shown)} sizes from {shown[0]} to {shown[-1]}"
    others = [size for size in sizes if size != (height, width)]
    if not others:
        return f"{images} of {of}"
    target = f"{width}x{height}"
    same_shape = all(size[0] * width == size[1] * height for size in others)
    only_cut = all(min(size[0] - height, size[1] - width) == 0 for size in others)
    if same_shape:
        done = f"resized to {target}"
    elif how == "crop":
        done = f"cropped to {target}" if only_cut else f"cropped and resized to {target}"
    elif how == "fit":
        done = f"resized to fit into {target}, with black margins"
    else:
        done = f"stretched to {target}"
    return f"{images} of {of}, {done}"


def check_memory(count: int, shape: tuple[int, ...], where: str) -> None:
    """Raises InputError if images need more than three quarters of the machine's memory.

    Args:
      count: the number of images.
      shape: (H, W, C) of each, one byte per value.
      where: the beginning of the error.
    """
    needed = count * int(np.prod(shape))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > _MEMORY_SHARE * memory:
        raise InputError(
            f"{where}: {count:,} images of {'x'.join(map(str, shape))} need "
            f"{needed / 2**30:,.1f} GiB, and this machine has {memory / 2**30:,.1f} GiB; choose "
            "a smaller size"
        )
