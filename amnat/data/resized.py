"""Data sets of images at other sizes."""

from __future__ import annotations

import dataclasses

from amnat.data.dataset import Dataset, Origin
from amnat.data.file_reading import note
from amnat.data.image_files import fit
from amnat.data.resizing import ImageForm, check_memory, sentence, shaped
from amnat.errors import InputError

import numpy as np

# These data sets are published with 28x28 pixels; their loaders add a border of zeros.
BORDERED = ("mnist", "fashion_mnist", "emnist")
BORDER = 2


def resized(dataset: Dataset, size: int) -> Dataset:
    """Resizes the images of a data set to size x size pixels.

    MNIST and similar data sets first lose the border that their loaders add, so at 28 pixels they
    are as published. Apart from that, images are resized with `amnat.data.image_files.resize`.

    Args:
      dataset: a data set of images.
      size: the number of pixels, at least 1.

    Raises:
      InputError: if the samples are points, or images with other than 1 or 3 channels.
    """
    if not dataset.is_image:
        raise InputError(f"data set '{dataset.name}': points, expected images")
    if dataset.sample_shape[:2] == (size, size):
        return dataset
    images = dataset.samples
    if _is_bordered(dataset) and size <= images.shape[1] - 2 * BORDER:
        images = images[:, BORDER:-BORDER, BORDER:-BORDER]
    where = f"data set '{dataset.name}'"
    return dataclasses.replace(dataset, samples=fit(images, (size, size, images.shape[3]), where))


def formed(dataset: Dataset, form: ImageForm) -> Dataset:
    """Gives the images of a published data set another size or number of channels.

    One line on stderr says what was done. MNIST and similar data sets first lose their border, as
    for `resized`.

    Args:
      dataset: a data set of images.
      form: where it has no size or channels, those of the data set remain.

    Returns:
      The data set itself if it has this form.

    Raises:
      InputError: if numbers of channels other than 1 and 3 have to be converted or resized, or the
        images would not fit into memory.
    """
    height, width, channels = dataset.sample_shape
    side, wanted = form.size or 0, form.channels or channels
    target = (side or height, side or width, wanted)
    if target == dataset.sample_shape:
        return dataset
    where = f"data set '{dataset.name}'"
    check_memory(dataset.num_samples, target, where)
    images = fit(dataset.samples, (height, width, wanted), where)
    if _is_bordered(dataset) and side and side <= height - 2 * BORDER:
        images = images[:, BORDER:-BORDER, BORDER:-BORDER]
    size = images.shape[1], images.shape[2]
    done = sentence({size: len(images)}, *target[:2], form.resize)
    if wanted != channels:
        done += ", in grey" if wanted == 1 else ", grey repeated in 3 channels"
    note(f"{where} ({dataset.split}): {done}")
    if size != target[:2]:
        if wanted not in (1, 3):
            # Raises the error for these channels.
            return dataclasses.replace(dataset, samples=fit(images, target, where))
        images = _shape_all(images, target, form.resize)
    return dataclasses.replace(dataset, samples=images, origin=Origin(dataset.name, form.resize))


def _is_bordered(dataset: Dataset) -> bool:
    """Whether the loader added a border; a user's folder may have any name."""
    return not dataset.is_own and dataset.name.startswith(BORDERED)


def _shape_all(images: np.ndarray, shape: tuple[int, int, int], how: str) -> np.ndarray:
    from PIL import Image

    shaped_images = np.empty((len(images), *shape), np.uint8)
    for source, target in zip(images, shaped_images, strict=True):
        pixels = source[..., 0] if shape[2] == 1 else source
        target[...] = shaped(Image.fromarray(np.ascontiguousarray(pixels)), *shape[:2], how)
    return shaped_images
