"""Random changes to training images that keep their class."""

from __future__ import annotations

from amnat.classifiers.options import ClassifierOptions
from amnat.metrics.small_cnn import random_shifts

import numpy as np


def augmented(
    images: np.ndarray, options: ClassifierOptions, rng: np.random.Generator
) -> np.ndarray:
    """Shifted and mirrored copies of a batch.

    'shift' moves each image by its own whole number of pixels, up to max_shift in both directions,
    and fills the gap with its edge; 'shift_mirror' also mirrors half of them, left to right.
    'crop_mirror' does the same but leaves the gap black, as in kuangliu/pytorch-cifar (main.py).

    Args:
      images: [N, H, W, C].
      options: ClassifierOptions.
      rng: numpy Generator.

    Returns: an array of the same shape and dtype.
    """
    if options.augment == "none":
        return images
    if options.augment == "crop_mirror":
        margin = options.max_shift
        padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
        height, width = images.shape[1:3]
        shifted = random_shifts(padded, margin, rng)
        images = shifted[:, margin : margin + height, margin : margin + width]
    else:
        images = random_shifts(images, options.max_shift, rng)
    if options.augment != "shift":
        mirrored = rng.integers(2, size=len(images)) == 1
        images[mirrored] = images[mirrored, :, ::-1]
    return images
