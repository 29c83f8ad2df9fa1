"""The modes that a generator covers: classes, Stacked-MNIST's 1,000, or a mixture's components."""

from __future__ import annotations

from dataclasses import dataclass

from amnat.errors import InputError
from amnat.metrics.arrays import blocks, check_features

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr, rel_entr

BLOCK_ROWS = 65536
HIGH_QUALITY_STDDEVS = 3.0
DIGITS = 10


@dataclass(frozen=True)
class ClassHistogram:
    """The distribution of samples over the classes.

    Attributes:
      counts: number of samples per class, int64 [K].
      entropy: entropy of the classes' shares in nats, from 0 (one class) to log K (equal shares).
        Higher is more diverse. It ignores diversity within a class and is too low for few samples.
      num_found: number of classes with at least one sample.
    """

    counts: np.ndarray
    entropy: float
    num_found: int


@dataclass(frozen=True)
class StackedModes:
    """Modes of Stacked-MNIST.

    Attributes:
      modes_found: number of digit triples that occur at least once, 0 to 1,000. Higher is better.
      num_modes: 1,000.
      kl: KL(generated || uniform) over the triples in nats, 0 to log 1000. Lower is better.
      counts: int64 [1000]; entry 100 r + 10 g + b is the count of the digits (r, g, b).
    """

    modes_found: int
    num_modes: int
    kl: float
    counts: np.ndarray


@dataclass(frozen=True)
class MixtureModes:
    """Modes of a Gaussian mixture.

    Attributes:
      modes_found: number of components that count as found, 0 to num_modes. Higher is better.
      num_modes: K.
      share_within_3_stddev: share of samples within 3 standard deviations of a component's mean, in
        [0, 1]; .989 for samples of the mixture itself in the plane.
      counts: the number of those samples per nearest component, int64 [K].
      kl: KL(shares of counts || weights) in nats, >= 0. Lower is better. It is infinite if no
        sample is near any component, or if a component of weight zero has samples.
    """

    modes_found: int
    num_modes: int
    share_within_3_stddev: float
    counts: np.ndarray
    kl: float


def class_histogram(labels: ArrayLike, num_classes: int) -> ClassHistogram:
    """Counts the classes of generated samples.

    Args:
      labels: ints [N] in [0, num_classes): inputs of the generator, or a classifier's argmax.
      num_classes: K.

    Returns:
      ClassHistogram.

    Raises:
      InputError: if there are no labels, they have another type or rank, or one is out of range.
    """
    counts = np.bincount(_check_labels(labels, 1, num_classes), minlength=num_classes)
    entropy = float(entr(counts / counts.sum()).sum())
    return ClassHistogram(counts, entropy, int(np.count_nonzero(counts)))


def stacked_mnist_modes(digits: ArrayLike) -> StackedModes:
    """Modes and KL of Stacked-MNIST: three digits, one in each colour channel.

    Biases: both depend on the number of samples, which is 26,000 in the setup of VEEGAN and 25,600
    in that of Unrolled GAN; do not mix them. With few samples even a perfect generator misses
    modes. A weak digit classifier finds modes by misreading, and the channels must have the range
    that the classifier was trained on.

    Args:
      digits: ints [N, 3] in [0, 9]: the classifier's argmax for each channel, red first.

    Returns:
      StackedModes.

    Raises:
      InputError: if digits have another type or shape, or are out of range.

    Source: Srivastava et al. 2017 (VEEGAN); Lin et al. 2018 (PacGAN), section 4.2.
    """
    digits = _check_labels(digits, 2, DIGITS)
    if digits.shape[1] != 3:
        raise InputError(f"digits: {digits.shape[1]} per image, expected 3, one per channel")
    num_modes = DIGITS**3
    counts = np.bincount(digits @ [DIGITS**2, DIGITS, 1], minlength=num_modes)
    uniform = np.full(num_modes, 1 / num_modes)
    found = int(np.count_nonzero(counts))
    return StackedModes(found, num_modes, _divergence(counts, uniform), counts)


def mixture_modes(
    points: ArrayLike,
    means: ArrayLike,
    stddevs: ArrayLike,
    weights: ArrayLike,
    min_share: float = 0.0,
) -> MixtureModes:
    """Modes found, share of good samples and KL for samples of a Gaussian mixture.

    A sample belongs to the component whose mean is nearest, measured in that component's standard
    deviations. It has high quality if the distance is below 3 of them. A component is found if at
    least one high-quality sample belongs to it. A `min_share` above 0 also requires that share of
    all high-quality samples, because with 1 sample in 10,000 a mode is found by accident.

    Biases: modes_found and kl depend on N (VEEGAN: 2,500 samples).

    Args:
      points: [N, D].
      means: [K, D].
      stddevs: [K], > 0; one value for all axes of a component.
      weights: [K], >= 0; they sum to 1.
      min_share: the minimum share of a component, in [0, 1).

    Returns:
      MixtureModes.

    Raises:
      InputError: if shapes do not fit, there is NaN, or stddevs, weights or min_share are invalid.

    Source: Srivastava et al. 2017 (VEEGAN), section 4.1; fjxmlzn/PacGAN,
    synthetic_data_experiments/PacGAN/pacgan/extensions.py, MetricLogger (threshold 3, any hit).
    """
    points, means = check_features(points, "points"), check_features(means, "means")
    stddevs, weights = np.asarray(stddevs, np.float64), np.asarray(weights, np.float64)
    _check_mixture(points, means, stddevs, weights, min_share)
    counts = np.zeros(len(means), np.int64)
    for block in blocks(points, max(1, BLOCK_ROWS // len(means))):
        offsets = block[:, np.newaxis] - means
        distances = np.linalg.norm(offsets, axis=2) / stddevs
        good = distances.min(axis=1) < HIGH_QUALITY_STDDEVS
        counts += np.bincount(distances[good].argmin(axis=1), minlength=len(means))
    total = counts.sum()
    return MixtureModes(
        modes_found=int(np.count_nonzero((counts > 0) & (counts >= min_share * total))),
        num_modes=len(means),
        share_within_3_stddev=float(total / len(points)),
        counts=counts,
        kl=_divergence(counts, weights),
    )


def _divergence(counts: np.ndarray, expected: np.ndarray) -> float:
    """KL(shares of the counts || expected) in nats, infinite if all counts are 0."""
    total = counts.sum()
    return float(rel_entr(counts / total, expected).sum()) if total else float("inf")


def _check_labels(labels: ArrayLike, rank: int, num_classes: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu" or labels.ndim != rank or labels.size == 0:
        raise InputError(
            f"labels: {labels.dtype} array of shape {list(labels.shape)}, expected integers of "
            f"rank {rank}, at least one"
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise InputError(
            f"labels: found {labels.min()} to {labels.max()}, expected 0 to {num_classes - 1}"
        )
    return labels


def _check_mixture(
    points: np.ndarray,
    means: np.ndarray,
    stddevs: np.ndarray,
    weights: np.ndarray,
    min_share: float,
) -> None:
    count = len(means)
    if points.shape[1] != means.shape[1] or {stddevs.shape, weights.shape} != {(count,)}:
        raise InputError(
            f"mixture: points {list(points.shape)}, means {list(means.shape)}, stddevs "
            f"{list(stddevs.shape)}, weights {list(weights.shape)}, expected [N, D], [K, D], [K], "
            "[K]"
        )
    if not (stddevs > 0).all():
        raise InputError(f"mixture: smallest stddev {stddevs.min():g}, expected > 0")
    if not ((weights >= 0).all() and abs(weights.sum() - 1) < 1e-6):
        raise InputError(f"mixture: weights {weights.tolist()}, expected shares that sum to 1")
    if not 0 <= min_share < 1:
        raise InputError(f"min_share: {min_share}, expected 0 to 1 (excluded)")
