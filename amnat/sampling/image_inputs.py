"""The images that translators and encoders are given. Does not load TensorFlow."""

from __future__ import annotations

import os

from amnat.data.archives import open_tree
from amnat.data.dataset import scale
from amnat.data.image_files import decode, fit, pixels_of, resize
from amnat.data.image_listing import ENDINGS, list_images
from amnat.errors import InputError
from amnat.evaluation.sources import npz_source

import numpy as np

MAX_BYTES = 64 << 20


def load_images(path: str, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, list[str], str]:
    """Reads images and converts them to the size and the channels that a network takes.

    Args:
      path: a folder, .zip or .tar of image files, read in the order of their names, or an .npz or
        .npy file.
      shape: (H, W, C) of the network.
      most: the largest number of images, 0 for all.

    Returns: (float32 [N, H, W, C] in [-1, 1], their names, what was done to them or "").
    Raises: InputError that names the flag, or the file that cannot be read.
    """
    path = os.path.expanduser(path)
    if not os.path.exists(path):
        raise InputError(
            f"--images={path}: no such folder or file; expected a folder of images, a .zip or "
            ".tar of them, or an .npz file"
        )
    if path.lower().endswith((".npz", ".npy")):
        return _from_array(path, shape, most)
    height, width, channels = shape
    images, sizes = [], set()
    with open_tree(path) as tree:
        listing = list_images(tree.names(), f"--images={path}")
        names = sorted(listing.images, key=lambda name: name.split("/"))[: most or None]
        if not names:
            raise InputError(f"--images={path}: no image files ({', '.join(ENDINGS)}) in it")
        for name in names:
            image = decode(tree.read(name, MAX_BYTES), tree.where(name), channels)
            sizes.add(image.size)
            images.append(pixels_of(resize(image, height, width)))
    plain = [os.path.splitext(name)[0].replace("/", "_") for name in names]
    if len(set(plain)) < len(plain):
        # Names that differ only in their endings, for instance.
        plain = [f"{number:05d}_{name}" for number, name in enumerate(plain)]
    remarks = [_remark(sizes, (width, height)), listing.remark()]
    return scale(np.stack(images)), plain, "; ".join(filter(None, remarks))


def _from_array(path: str, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, list[str], str]:
    images = npz_source(path).images[: most or None]
    remark = ""
    if images.shape[1:] != shape:
        if images.dtype != np.uint8:
            raise InputError(
                f"--images={path}: float images of {list(images.shape[1:])}, expected "
                f"{list(shape)}, or bytes, which are resized"
            )
        remark = _remark({(images.shape[2], images.shape[1])}, (shape[1], shape[0]))
        images = fit(images, shape, path)
    if images.dtype == np.uint8:
        images = scale(images)
    return images, [f"{number:05d}" for number in range(len(images))], remark


def _remark(sizes: set[tuple[int, int]], wanted: tuple[int, int]) -> str:
    others = sorted(sizes - {wanted})
    if not others:
        return ""
    found = "different sizes" if len(others) > 1 else "{}x{}".format(*others[0])
    return f"images of {found} were resized to {wanted[0]}x{wanted[1]}"
