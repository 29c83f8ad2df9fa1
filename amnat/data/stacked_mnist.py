"""MNIST in its own 28x28 pixels, and Stacked-MNIST: three digits as the channels of one image.

Source: Metz et al. 2017, "Unrolled Generative Adversarial Networks" (Stacked-MNIST); the choice of
digits is that of Tran et al. 2019 (MS-GAN).
"""

from __future__ import annotations

import dataclasses

from amnat.data.dataset import Dataset
from amnat.data.idx import MNIST, load_idx_family
from amnat.data.registry import register

import numpy as np

NUM_MODES = 1000
# The number of images of each split. The code of Tran et al. draws new triples for every batch.
NUM_IMAGES = {"train": 100_000, "test": 20_000}
SEED = 0
# The border that `idx` adds on every side of a published image.
_PADDING = 2


def load_mnist_28(data_dir: str, split: str, download: bool) -> Dataset:
    """MNIST without the two rows and columns of zeros that "mnist" has on every side.

    Returns:
      uint8 images [N, 28, 28, 1] in the order of the file.

    Raises:
      InputError: as for "mnist".
    """
    padded = load_idx_family(MNIST, data_dir, split, download)
    inner = slice(_PADDING, -_PADDING)
    samples = np.ascontiguousarray(padded.samples[:, inner, inner])
    return dataclasses.replace(padded, name="mnist_28", samples=samples)


def stack_digits(digits: Dataset, count: int, seed: int = SEED) -> Dataset:
    """Draws triples of images, independently and with replacement.

    Args:
      digits: data set with one channel and ten classes.
      count: number of images to make.
      seed: int; the result only depends on it and on `digits`.

    Returns:
      uint8 images [count, H, W, 3]; class 100 a + 10 b + c shows a in red, b in green and c in
      blue, and its name is these three digits.
    """
    rows = np.random.default_rng(seed).integers(0, digits.num_samples, (count, 3))
    # The channels are filled one after the other, so no other array is as large as the result.
    samples = np.empty((count, *digits.sample_shape[:2], 3), np.uint8)
    for channel in range(3):
        samples[..., channel] = digits.samples[rows[:, channel], ..., 0]
    return Dataset(
        name="stacked_mnist",
        split=digits.split,
        samples=samples,
        labels=(digits.labels[rows] @ np.array([100, 10, 1])).astype(np.int32),
        num_classes=NUM_MODES,
        class_names=tuple(f"{mode:03}" for mode in range(NUM_MODES)),
    )


def load_stacked_mnist(data_dir: str, split: str, download: bool) -> Dataset:
    """Stacked-MNIST from the MNIST files: 100,000 training images and 20,000 test images.

    As in the code of Tran et al. 2019, the first 5,000 of MNIST's 60,000 training images are left
    out. (A training set of another size is used completely.)

    Returns:
      uint8 images [N, 28, 28, 3] of 1,000 classes, see `stack_digits`.

    Raises:
      InputError: as for "mnist".
    """
    digits = load_mnist_28(data_dir, split, download)
    return stack_digits(training_part(digits), NUM_IMAGES[split])


def training_part(digits: Dataset) -> Dataset:
    """The 55,000 images that TensorFlow's tutorial uses for training.

    Test splits, and training splits of another size than the published 60,000, are kept completely.
    """
    whole = digits.split == "train" and digits.num_samples == 60_000
    return digits.subset(slice(5_000, None)) if whole else digits


register("mnist_28", load_mnist_28, num_classes=10, sample_shape=(28, 28, 1))
register("stacked_mnist", load_stacked_mnist, num_classes=NUM_MODES, sample_shape=(28, 28, 3))
