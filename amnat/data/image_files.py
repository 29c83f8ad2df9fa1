"""Decodes image files, and converts images to another size or another number of channels.

The functions import Pillow themselves, because looking up the name of a data set must not load it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from amnat.errors import InputError

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "BMP")
_EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
_MAX_PIXELS = 64_000_000
_MODES = {1: "L", 3: "RGB"}
# Pillow's weights of red, green and blue in brightness (ITU-R 601-2), in units of 2**-16.
_LUMA = np.array([19595, 38470, 7471], np.uint32)
_ROWS_AT_ONCE = 4096


def decode(data: bytes, where: str, channels: int) -> Image.Image:
    """Decodes a PNG, JPEG or BMP file.

    Args:
      data: the file.
      where: its name for errors.
      channels: 1 for grey, 3 for RGB. Colours become grey with the weights of ITU-R 601-2, grey
        values are repeated in every channel, and transparency is dropped.

    Returns:
      A loaded PIL.Image.Image of mode "L" or "RGB".

    Raises:
      InputError: if the file is damaged, truncated or of another format, or if it has more than 8
        bits per channel or more than 64 million pixels.
    """
    from PIL import Image

    expected = "expected a PNG, JPEG or BMP image of 8 bits per channel"
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.mode not in _EIGHT_BIT_MODES:
            raise InputError(f"{where}: an image of mode {image.mode}, {expected}")
        if image.width * image.height > _MAX_PIXELS:
            raise InputError(
                f"{where}: {image.width}x{image.height} pixels, expected at most {_MAX_PIXELS:,}"
            )
        if image.mode == "P" and "transparency" in image.info:
            image = image.convert("RGBA")
        return image.convert(_MODES[channels])
    except InputError:
        raise
    # Pillow's decoders document no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        # If Pillow does not recognise the format, its error names the in-memory file.
        reason = "unknown format" if "cannot identify" in reason else reason
        raise InputError(f"{where}: damaged ({reason}), {expected}") from error


def decode_to(data: bytes, where: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Applies `decode` and `resize`: uint8 [H, W, C] of the given shape; raises like `decode`."""
    height, width, channels = shape
    return _pixels(resize(decode(data, where, channels), height, width))


def resize(image: Image.Image, height: int, width: int) -> Image.Image:
    """Changes the size of a PIL image; it keeps the whole image but not its proportions.

    It uses Pillow's bilinear filter, which averages over all pixels that become one smaller pixel
    (antialiasing). This is the default of torchvision, which the classifiers of the NAT paper use
    to read images, and no value leaves the range of its neighbours.
    """
    from PIL import Image

    if image.size == (width, height):
        return image
    return image.resize((width, height), Image.Resampling.BILINEAR)


def fit(images: np.ndarray, shape: tuple[int, ...], where: str) -> np.ndarray:
    """Converts images to another size and number of channels as `decode` and `resize` do.

    Args:
      images: uint8 [N, H, W, C].
      shape: the shape of each result.
      where: the name of the data for errors.

    Returns:
      uint8 [N, *shape]; `images` itself if it has that shape.

    Raises:
      InputError: if numbers of channels other than 1 and 3 have to be converted or resized.
    """
    height, width, channels = shape
    if channels != images.shape[3]:
        if not {channels, images.shape[3]} <= set(_MODES):
            raise InputError(
                f"{where}: images of shape {list(images.shape[1:])} cannot become {list(shape)}, "
                "only 1 and 3 channels are converted into each other"
            )
        images = to_gray(images) if channels == 1 else np.repeat(images, 3, axis=3)
    if images.shape[1:3] == (height, width):
        return images
    if channels not in _MODES:
        raise InputError(
            f"{where}: images of shape {list(images.shape[1:])} cannot become {list(shape)}, only "
            "those of 1 or 3 channels are resized"
        )
    return _resize_all(images, height, width)


def to_gray(images: np.ndarray) -> np.ndarray:
    """Converts uint8 [N, H, W, 3] to [N, H, W, 1], exactly as Pillow converts to mode "L"."""
    gray = np.empty((*images.shape[:3], 1), np.uint8)
    for start in range(0, len(images), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        gray[rows, ..., 0] = (images[rows].astype(np.uint32) @ _LUMA + 0x8000) >> 16
    return gray


def _resize_all(images: np.ndarray, height: int, width: int) -> np.ndarray:
    from PIL import Image

    channels = images.shape[3]
    resized = np.empty((len(images), height, width, channels), np.uint8)
    for source, target in zip(images, resized, strict=True):
        pixels = source[..., 0] if channels == 1 else source
        image = Image.fromarray(np.ascontiguousarray(pixels))
        target[...] = _pixels(resize(image, height, width))
    return resized


def _pixels(image: Image.Image) -> np.ndarray:
    """The pixels of a PIL image, uint8 [H, W, C]."""
    pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
