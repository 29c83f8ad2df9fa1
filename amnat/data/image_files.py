"""Decodes image files, and converts images to another size or another number of channels.

This is the only place where image files are decoded, for training and for evaluation. The functions
import Pillow themselves, because looking up the name of a data set must not load it.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from amnat.errors import InputError

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF")
_EXPECTED = "expected one PNG, JPEG, BMP, WebP, TIFF or GIF image of 8 bits per channel"
_GREY_MODES = frozenset({"1", "L", "LA"})
_EIGHT_BIT_MODES = _GREY_MODES | {"P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}
_MAX_PIXELS = 64_000_000
_MODES = {1: "L", 3: "RGB"}
# The place of the bit depth in a PNG, and the tag with the bits per channel in a TIFF.
_PNG_DEPTH_BYTE = 24
_TIFF_BITS_TAG = 258
_ORIENTATION_TAG = 0x0112
# Pillow's weights of red, green and blue in brightness (ITU-R 601-2), in units of 2**-16.
_LUMA = np.array([19595, 38470, 7471], np.uint32)
_ROWS_AT_ONCE = 4096

TURNED = "turned as their EXIF orientation says"
TRANSPARENT = "with transparency, which is dropped"
CMYK = "in CMYK, converted without a colour profile"


class Facts(NamedTuple):
    """What is known of an image file before its pixels are used.

    Attributes:
      height, width: its size as `decode` returns it.
      channels: 1 for grey images, 3 for all others.
      remarks: what `decode` does to it beyond reading it: `TURNED`, `TRANSPARENT`, `CMYK`.
    """

    height: int
    width: int
    channels: int
    remarks: tuple[str, ...]


def examine(data: bytes, where: str) -> Facts:
    """The properties of an image file from its header; raises like `decode`.

    Damage behind the header is only found by `decode`.
    """
    with _errors_named(where):
        image = _opened(data, where)
        orientation = _orientation(image, data)
        width, height = image.size
        # Pillow turns a TIFF itself, and its size is that of the turned image.
        if orientation >= 5 and image.format != "TIFF":
            width, height = height, width
        remarks = [TURNED] if orientation > 1 else []
        if image.mode == "CMYK":
            remarks.append(CMYK)
        channels = 1 if image.mode in _GREY_MODES else 3
        if image.has_transparency_data:
            opacity = np.asarray(image.convert("RGBA").getchannel("A"))
            remarks += [TRANSPARENT] if (opacity < 255).any() else []
        return Facts(height, width, channels, tuple(remarks))


def decode(data: bytes, where: str, channels: int) -> Image.Image:
    """Decodes a PNG, JPEG, BMP, WebP, TIFF or GIF file, whatever its name ends in.

    Args:
      data: the file.
      where: its name for errors.
      channels: 1 for grey, 3 for RGB. Colours become grey with the weights of ITU-R 601-2, grey
        values are repeated in every channel, transparency and colour profiles are dropped, and an
        image with an EXIF orientation is turned by it.

    Returns:
      A loaded PIL.Image.Image of mode "L" or "RGB".

    Raises:
      InputError: if the file is damaged, truncated or of another format, if it is an animation or
        has several pages, or if it has more than 8 bits per channel or more than 64 million pixels.
    """
    with _errors_named(where):
        image = _opened(data, where)
        # Loading a TIFF turns it.
        orientation = 1 if image.format == "TIFF" else _orientation(image, data)
        if image.mode == "P" and "transparency" in image.info:
            image = image.convert("RGBA")
        return _turned(image.convert(_MODES[channels]), orientation)


@contextlib.contextmanager
def _errors_named(where: str) -> Iterator[None]:
    """Turns the errors of Pillow's decoders into InputError. Its warnings are hidden: damaged
    metadata does not matter, and too many pixels are an error here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    # Pillow's decoders document no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        # If Pillow does not recognise the format, its error names the in-memory file.
        reason = "unknown format" if "cannot identify" in reason else reason
        raise InputError(f"{where}: damaged ({reason}), {_EXPECTED}") from error


def _opened(data: bytes, where: str) -> Image.Image:
    """Opens an image of one frame and 8 bits per channel, and does not load its pixels yet."""
    from PIL import Image

    image: Image.Image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.mode not in _EIGHT_BIT_MODES:
        raise InputError(f"{where}: an image of mode {image.mode}, {_EXPECTED}")
    bits = _bits(image, data)
    if bits > 8:
        # Pillow would only keep the upper byte.
        raise InputError(
            f"{where}: an image of {bits} bits per channel, {_EXPECTED}; convert it first"
        )
    if image.width * image.height > _MAX_PIXELS:
        raise InputError(
            f"{where}: {image.width}x{image.height} pixels, expected at most {_MAX_PIXELS:,}"
        )
    # The further pictures in the JPEG of a camera (MPO) are previews.
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    if frames > 1:
        raise InputError(
            f"{where}: {frames} frames or pages, {_EXPECTED}; save each as a file of its own"
        )
    return image


def _bits(image: Image.Image, data: bytes) -> int:
    """The bits per channel, at least 8; images of fewer are stretched to 8."""
    if image.format == "PNG":
        return max(8, data[_PNG_DEPTH_BYTE])
    if image.format == "TIFF":
        return max(8, *image.tag_v2.get(_TIFF_BITS_TAG, (8,)))  # type: ignore[attr-defined]
    return 8


def _orientation(image: Image.Image, data: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 if there is none."""
    # For a PNG without EXIF, Pillow would decode the whole image to look behind its pixels.
    if image.format == "PNG" and b"eXIf" not in data:
        return 1
    try:
        found = image.getexif().get(_ORIENTATION_TAG, 1)
    # Pillow documents no narrower set of errors for damaged metadata, which no viewer minds.
    except Exception:
        return 1
    return found if found in range(1, 9) else 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    from PIL.Image import Transpose

    how = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image if orientation == 1 else image.transpose(how[orientation])


def decode_to(data: bytes, where: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Applies `decode` and `resize`: uint8 [H, W, C] of the given shape; raises like `decode`."""
    height, width, channels = shape
    return pixels_of(resize(decode(data, where, channels), height, width))


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
        target[...] = pixels_of(resize(image, height, width))
    return resized


def pixels_of(image: Image.Image) -> np.ndarray:
    """The pixels of a PIL image, uint8 [H, W, C]."""
    pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
