"""The interface between images and scores: images in, probabilities, logits, features out.

Every score but MS-SSIM reads a classifier's outputs and none cares which classifier it was, so a
new one (an Inception graph, a network trained on the target data) only implements `_predict`.
"""

import abc
import warnings
from typing import NamedTuple

from amnat.errors import InputError

import numpy as np

# Rounding alone moves a tanh output or a rescaled byte by less than this.
RANGE_TOLERANCE = 1e-4
# Below this many images, "no pixel is darker than mid-grey" can still be true of real pictures.
MIN_IMAGES_TO_JUDGE_RANGE = 64


class ClassifierOutput(NamedTuple):
    """What a classifier says about N images; float32 arrays.

    Attributes:
      probabilities: [N, K], rows sum to one.
      logits: [N, K], what the softmax was taken of.
      features: [N, F], the activations in front of the last linear layer.
    """

    probabilities: np.ndarray
    logits: np.ndarray
    features: np.ndarray


def check_images(images, image_shape=None, name="images"):
    """Returns `images` as float32 [N, H, W, C] in [-1, 1], or says what is wrong with them.

    Args:
      images: array [N, H, W, C] of floats in [-1, 1], N >= 1.
      image_shape: (H, W, C) that is expected, None for any value; None accepts all shapes.
      name: how the message calls the array (a file, a flag).

    Raises:
      InputError: not a 4-D array of floats, no image, another shape, NaN or infinite pixels,
        pixels outside [-1, 1] (the message guesses at 0..255 data).
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
    if low >= 0 and len(images) >= MIN_IMAGES_TO_JUDGE_RANGE:
        warnings.warn(
            f"{name}: no pixel of {len(images)} images is negative; are they scaled to [0, 1] "
            "where [-1, 1] is expected?",
            stacklevel=3,
        )
    return images.astype(np.float32, copy=False)


def _check_layout(images, image_shape, name):
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
    """A trained classifier, seen by the scores as a function of image arrays.

    A subclass sets the attributes and implements `_predict`.

    Attributes:
      num_classes: K.
      class_names: tuple of K names, in the order of the logits.
      image_shape: (H, W, C); None stands for any value.
      batch_size: images per `_predict` call. It bounds memory; the result does not depend on it.
    """

    num_classes: int
    class_names: tuple
    image_shape: tuple
    batch_size: int = 128

    @abc.abstractmethod
    def _predict(self, images):
        """ClassifierOutput for one batch, float32 [n, H, W, C] in [-1, 1], n <= batch_size."""

    def __call__(self, images):
        """Classifies images of any number, in batches.

        Args:
          images: float array [N, H, W, C] in [-1, 1], of this classifier's image_shape.

        Returns:
          ClassifierOutput of N rows, in the order of the images.

        Raises:
          InputError: images of another type, shape or range, or with NaN (see `check_images`).
        """
        images = check_images(images, self.image_shape)
        total = len(images)
        outputs = None
        for start in range(0, total, self.batch_size):
            batch = self._predict(images[start : start + self.batch_size])
            if outputs is None:
                # Filled in place: joining the pieces at the end would hold everything twice.
                outputs = ClassifierOutput(
                    *(np.empty((total, piece.shape[1]), np.float32) for piece in batch)
                )
            for output, piece in zip(outputs, batch, strict=True):
                output[start : start + len(piece)] = piece
        return outputs
