"""Data sets of images at other sizes."""

from __future__ import annotations

import dataclasses

from amnat.data.dataset import Dataset
from amnat.data.image_files import fit
from amnat.errors import InputError

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
    bordered = dataset.name.startswith(BORDERED)
    if bordered and size <= images.shape[1] - 2 * BORDER:
        images = images[:, BORDER:-BORDER, BORDER:-BORDER]
    where = f"data set '{dataset.name}'"
    return dataclasses.replace(dataset, samples=fit(images, (size, size, images.shape[3]), where))
