"""Multi-scale structural similarity within a class, with which AM-GAN measures collapse."""

from __future__ import annotations

from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.classifier import check_images

import numpy as np
from numpy.typing import ArrayLike

# The weights of five scales from Wang et al. 2003, which sum to one.
SCALE_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
WINDOW_SIZE, WINDOW_STDDEV = 11, 1.5
# Images in [-1, 1] are moved to [0, 2], so the dynamic range is 2.
DYNAMIC_RANGE = 2.0
LUMINANCE_CONSTANT = (0.01 * DYNAMIC_RANGE) ** 2
CONTRAST_CONSTANT = (0.03 * DYNAMIC_RANGE) ** 2
PAIRS_AT_A_TIME = 64


class ClassSimilarity(NamedTuple):
    """MS-SSIM within each class.

    Attributes:
      mean: mean over the pairs of a class, float64 [K].
      stddev: population standard deviation over the same pairs, float64 [K].
      maximum: the largest of the means, which AM-GAN's tables show.
    """

    mean: np.ndarray
    stddev: np.ndarray
    maximum: float


def ms_ssim_per_class(
    images: ArrayLike, labels: ArrayLike, num_classes: int, images_per_class: int = 10
) -> ClassSimilarity:
    """MS-SSIM between the images of each class, which measures how similar they are.

    Unit: none, in [0, 1]. Lower means more diversity within the class, 1 means identical images. A
    value above that of the class's real images shows collapse within it, which Inception Score and
    AM Score cannot see. The first `images_per_class` images of a class make images_per_class // 2
    disjoint pairs, the i-th from the front with the i-th from the back.

    Biases: 10 images (5 pairs) per class, as in the paper, are very noisy; use more for anything
    but a comparison with the paper. The labels are those that the generator was given or, with
    dynamic labels, those of the discriminator. The paper shows the maximum over classes.

    Args:
      images: float [N, H, W, C] in [-1, 1].
      labels: ints [N] in [0, num_classes).
      num_classes: K.
      images_per_class: number of images used from each class, at least 2.

    Returns:
      ClassSimilarity.

    Raises:
      InputError: if images are out of range or NaN, a class has too few images, or labels are
        invalid.

    Source: AM-GAN (arXiv 1703.02000), section 6.4, and the authors' code.
    """
    images, labels = check_images(images), np.asarray(labels)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise InputError(
            f"labels: {labels.dtype} array of shape {list(labels.shape)}, expected one integer "
            f"for each of the {len(images)} images"
        )
    if images_per_class < 2:
        raise InputError(f"images_per_class: {images_per_class}, expected at least 2")
    values = []
    for label in range(num_classes):
        chosen = images[np.flatnonzero(labels == label)[:images_per_class]]
        if len(chosen) < images_per_class:
            raise InputError(
                f"MS-SSIM: {len(chosen)} images of class {label}, expected {images_per_class}; "
                "raise --num_samples or lower images_per_class"
            )
        pairs = images_per_class // 2
        values.append(ms_ssim(chosen[:pairs], chosen[::-1][:pairs]))
    mean = np.mean(values, axis=1)
    return ClassSimilarity(mean, np.std(values, axis=1), float(mean.max()))


def ms_ssim(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """MS-SSIM of pairs of images, in float64, as in the AM-GAN authors' code.

    Its values differ from those of tf.image.ssim_multiscale, because the window shrinks to the
    image at coarse scales (that function refuses images below 176 pixels), the absolute value of
    the covariance is taken, contrast is averaged over pixels and channels before the powers, and
    halving an odd size keeps the border.

    Args:
      first, second: float [N, H, W, C] in [-1, 1], which are compared row by row.

    Returns:
      float64 [N] in [0, 1]; 1 for equal images.

    Raises:
      InputError: if images are out of range or NaN, or the two arrays have different shapes.

    Source: Wang et al. 2003, "Multiscale structural similarity"; the AM-GAN authors' code.
    """
    first, second = check_images(first), check_images(second)
    if first.shape != second.shape:
        raise InputError(
            f"MS-SSIM: arrays of shape {list(first.shape)} and {list(second.shape)}, expected "
            "equal shapes"
        )
    starts = range(0, len(first), PAIRS_AT_A_TIME)
    pieces = [slice(start, start + PAIRS_AT_A_TIME) for start in starts]
    return np.concatenate([_ms_ssim_block(first[p], second[p]) for p in pieces])


def _ms_ssim_block(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = first.astype(np.float64) + 1, second.astype(np.float64) + 1
    value = np.ones(len(first))
    for weight in SCALE_WEIGHTS[:-1]:
        _, contrast = _ssim(first, second)
        value *= contrast**weight
        first, second = _halve(first), _halve(second)
    similarity, _ = _ssim(first, second)
    return value * similarity ** SCALE_WEIGHTS[-1]


def _ssim(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(SSIM, its contrast-structure factor), each [N]: means over pixels and channels."""
    height, width = first.shape[1:3]
    size = min(WINDOW_SIZE, height, width)
    rows, columns = _window_matrix(height, size), _window_matrix(width, size)

    def smooth(images: np.ndarray) -> np.ndarray:
        return np.einsum("yh,nhwc,xw->nyxc", rows, images, columns, optimize=True)

    mean1, mean2 = smooth(first), smooth(second)
    variances = smooth(first**2) - mean1**2 + smooth(second**2) - mean2**2
    covariance = np.abs(smooth(first * second) - mean1 * mean2)
    contrast = (2 * covariance + CONTRAST_CONSTANT) / (variances + CONTRAST_CONSTANT)
    luminance = (2 * mean1 * mean2 + LUMINANCE_CONSTANT) / (
        mean1**2 + mean2**2 + LUMINANCE_CONSTANT
    )
    axes = (1, 2, 3)
    return (luminance * contrast).mean(axis=axes), contrast.mean(axis=axes)


def _window_matrix(length: int, size: int) -> np.ndarray:
    """A matrix [length - size + 1, length] whose rows are the Gaussian window at each position."""
    offsets = np.arange(size) - (size - 1) / 2
    window = np.exp(-0.5 * (offsets / (WINDOW_STDDEV * size / WINDOW_SIZE)) ** 2)
    positions = length - size + 1
    matrix = np.zeros((positions, length))
    for position in range(positions):
        matrix[position, position : position + size] = window / window.sum()
    return matrix


def _halve(images: np.ndarray) -> np.ndarray:
    """Averages 2x2 pixels; at an odd border, only the existing ones (TensorFlow's SAME pooling)."""
    for axis in (1, 2):
        length = images.shape[axis]
        starts = np.arange(0, length, 2)
        counts = np.minimum(2, length - starts).reshape([-1] + [1] * (3 - axis))
        images = np.add.reduceat(images, starts, axis=axis) / counts
    return images
