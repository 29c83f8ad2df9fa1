"""The images that translators and encoders are given. Does not load TensorFlow."""

from __future__ import annotations

import pathlib

from amnat.data.dataset import scale
from amnat.data.file_reading import read_bounded
from amnat.data.image_files import decode_to, fit
from amnat.errors import InputError
from amnat.evaluation.sources import IMAGE_SUFFIXES, npz_source

import numpy as np
from PIL import Image

MAX_BYTES = 64 << 20


def load_images(path: str, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, list[str], str]:
    """Reads images and converts them to the size and the channels that a network takes.

    Args:
      path: a folder of image files, in the order of their names, or an .npz file.
      shape: (H, W, C) of the network.
      most: the largest number of images, 0 for all.

    Returns: (float32 [N, H, W, C] in [-1, 1], their names, what was done to them or "").
    Raises: InputError that names the flag, or the file that cannot be read.
    """
    flag = f"--images={path}"
    folder = pathlib.Path(path).expanduser()
    if folder.suffix.lower() == ".npz":
        return _from_npz(str(folder), shape, most)
    if not folder.is_dir():
        raise InputError(f"{flag}: no such folder; expected a folder of images, or an .npz file")
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise InputError(f"{flag}: no image files ({', '.join(IMAGE_SUFFIXES)}) in it")
    files = files[: most or None]
    height, width, channels = shape
    pixels, sizes = [], set()
    for file in files:
        content = read_bounded(str(file), MAX_BYTES)
        pixels.append(decode_to(content, str(file), (height, width, channels)))
        # Only the header is read again.
        with Image.open(file) as image:
            sizes.add(image.size)
    names = [str(file.relative_to(folder).with_suffix("")).replace("/", "_") for file in files]
    return scale(np.stack(pixels)), names, _remark(sizes, (width, height))


def _from_npz(path: str, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, list[str], str]:
    source = npz_source(path)
    images = source.images[: most or None]
    if images.shape[1:] != shape:
        if images.dtype != np.uint8:
            raise InputError(
                f"--images={path}: float images of {list(images.shape[1:])}, expected "
                f"{list(shape)}, or bytes, which are resized"
            )
        remark = _remark({(images.shape[2], images.shape[1])}, (shape[1], shape[0]))
        images = fit(images, shape, path)
    else:
        remark = ""
    if images.dtype == np.uint8:
        images = scale(images)
    return images, [f"{number:05d}" for number in range(len(images))], remark


def _remark(sizes: set[tuple[int, int]], wanted: tuple[int, int]) -> str:
    others = sorted(sizes - {wanted})
    if not others:
        return ""
    found = "different sizes" if len(others) > 1 else "{}x{}".format(*others[0])
    return f"images of {found} were resized to {wanted[0]}x{wanted[1]}"
