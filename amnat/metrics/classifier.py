"""The interface between images and scores: it maps images to probabilities, logits and features.

Every score except MS-SSIM reads the outputs of a classifier, and none depends on its kind. So a new
classifier (an Inception graph, a network trained on the target data) only implements `_predict`.
"""

from __future__ import annotations

import abc
import warnings
from typing import NamedTuple

from amnat.errors import InputError

import numpy as np
from numpy.typing import ArrayLike

# Rounding changes a tanh output or a rescaled byte by less than this.
RANGE_TOLERANCE = 1e-4
# With fewer images, it is possible that no pixel of real pictures is darker than mid-grey.
MIN_IMAGES_TO_JUDGE_RANGE = 64


class ClassifierOutput(NamedTuple):
    """The outputs of a classifier for N images; float32 arrays.

    Attributes:
      probabilities: [N, K]; rows sum to one.
      logits: [N, K], the inputs of the softmax.
      features: [N, F], the inputs of the last linear layer.
    """

    probabilities: np.ndarray
    logits: np.ndarray
    features: np.ndarray


def check_images(
    images: ArrayLike,
    image_shape: tuple[int | None, ...] | None = None,
    name: str = "images",
    judges_range: bool = True,
) -> np.ndarray:
    """Returns `images` as float32 [N, H, W, C] in [-1, 1], or raises an error about them.

    Args:
      images: array [N, H, W, C] of floats in [-1, 1], N >= 1.
      image_shape: the expected (H, W, C), with None for any value; None accepts all shapes.
      name: the name of the array in messages (a file, a flag).
      judges_range: whether to warn if the images seem to be scaled to [0, 1].

    Raises:
      InputError: if `images` is not a 4-D array of floats, has no image or another shape, or has
        pixels that are NaN, infinite or outside [-1, 1] (the message recognises 0..255 data).
    """
    if isinstance(images, (list, tuple)):
        shapes = {np.shape(image) for image in images}
        if len(shapes) > 1:
            raise InputError(
                f"{name}: images of different sizes, {' and '.join(map(str, sorted(shapes)))}; "
                "expected one size; resize them first"
            )
    images = np.asarray(images)
    _check_layout(images, image_shape, name)
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{name}: NaN or infinite pixels; expected finite values in [-1, 1]")
    if low < -1 - RANGE_TOLERANCE or high > 1 + RANGE_TOLERANCE:
        hint = "; divide: (x - 127.5) / 128" if low >= 0 and 2 < high <= 256 else ""
        raise InputError(f"{name}: pixels range over [{low:g}, {high:g}], expected [-1, 1]{hint}")
    if judges_range and low >= 0 and len(images) >= MIN_IMAGES_TO_JUDGE_RANGE:
        warnings.warn(
            f"{name}: no pixel of {len(images)} images is negative; are they scaled to [0, 1] "
            "where [-1, 1] is expected?",
            stacklevel=3,
        )
    return images.astype(np.float32, copy=False)


def _check_layout(
    images: np.ndarray, image_shape: tuple[int | None, ...] | None, name: str
) -> None:
    if images.dtype.kind != "f":
        raise InputError(
            f"{name}: pixels of type {images.dtype}, expected floats in [-1, 1]; "
            "scale bytes with (x - 127.5) / 128"
        )
    expected = "[N, H, W, C]"
    if image_shape is not None:
        expected = f"[N, {', '.join('any' if d is None else str(d) for d in image_shape)}]"
    fits = images.ndim == 4 and (
        image_shape is None
        or all(d in (None, n) for d, n in zip(image_shape, images.shape[1:], strict=True))
    )
    if not fits:
        raise InputError(f"{name}: array of shape {list(images.shape)}, expected {expected}")
    if images.size == 0:
        raise InputError(f"{name}: no images in an array of shape {list(images.shape)}")


class Classifier(abc.ABC):
    """A trained classifier, as a function of image arrays.

    A subclass sets the attributes and implements `_predict`.

    Attributes:
      num_classes: K.
      class_names: tuple of K names, in the order of the logits.
      image_shape: (H, W, C), with None for any value.
      batch_size: images per `_predict` call. It bounds the memory and does not affect the result.
    """

    num_classes: int
    class_names: tuple[str, ...]
    image_shape: tuple[int | None, ...]
    batch_size: int = 128

    @abc.abstractmethod
    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        """Classifies one batch, float32 [n, H, W, C] in [-1, 1], n <= batch_size."""

    def __call__(self, images: ArrayLike) -> ClassifierOutput:
        """Classifies any number of images, in batches.

        Args:
          images: float array [N, H, W, C] in [-1, 1], of this classifier's image_shape.

        Returns:
          ClassifierOutput with N rows, in the order of the images.

        Raises:
          InputError: if images have another type, shape or range, or NaN (see `check_images`).
        """
        images = check_images(images, self.image_shape)
        total = len(images)
        outputs: ClassifierOutput | None = None
        for start in range(0, total, self.batch_size):
            batch = self._predict(images[start : start + self.batch_size])
            if outputs is None:
                # The arrays are filled in place; joining pieces at the end would need twice the
                # memory.
                outputs = ClassifierOutput(
                    *(np.empty((total, piece.shape[1]), np.float32) for piece in batch)
                )
            for output, piece in zip(outputs, batch, strict=True):
                output[start : start + len(piece)] = piece
        assert outputs is not None, "at least one image"
        return outputs
