"""The handwritten digits that scikit-learn contains: small, real, and without any download.

Source: `sklearn.datasets.load_digits`; the test part of "Optical Recognition of Handwritten
Digits", UCI machine learning repository (Alpaydin and Kaynak, 1998).
"""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.data.registry import register

import numpy as np

_SEED = 0
_NUM_TEST = 360
_SIZE = 32
_LARGEST_VALUE = 16


def load_digits(data_dir: str, split: str, download: bool) -> Dataset:
    """Loads 1,797 digits as uint8 images [N, 32, 32, 1]: 1,437 to train and 360 to test.

    The published 8x8 values 0..16 are stretched to 0..255 and enlarged with Pillow's bicubic
    filter. Its strokes are as sharp as those of Lanczos, but without ringing; bilinear would leave
    them blurred, and nearest blocky.

    The split is fixed, with the same proportion of each class in both parts. In the order of
    `np.random.RandomState(0).permutation(1797)`, the first samples of each class are test samples;
    `stratified_counts` gives their number. Both parts then keep the published order.

    Args:
      data_dir: not used.
      split: "train" or "test".
      download: not used.
    """
    # Importing scikit-learn takes a second, which other data sets should not need.
    from sklearn.datasets import load_digits as load_published

    published = load_published()
    rows = np.flatnonzero(_is_test(published.target) == (split == "test"))
    return Dataset(
        name="digits",
        split=split,
        samples=_enlarge(published.images[rows]),
        labels=published.target[rows].astype(np.int32),
        num_classes=10,
        class_names=tuple("0123456789"),
    )


def stratified_counts(labels: np.ndarray, num_test: int) -> np.ndarray:
    """The number of test samples of each class, by the method of largest remainders.

    Args:
      labels: integers [N].
      num_test: the number of all test samples.

    Returns:
      int64 [K], within one of the exact proportion; if remainders are equal, the lower class wins.
    """
    quotas = np.bincount(labels) * num_test / len(labels)
    counts = np.floor(quotas).astype(np.int64)
    by_remainder = np.argsort(counts - quotas, kind="stable")
    counts[by_remainder[: num_test - counts.sum()]] += 1
    return counts


def _is_test(labels: np.ndarray) -> np.ndarray:
    order = np.random.RandomState(_SEED).permutation(len(labels))
    is_test = np.zeros(len(labels), bool)
    for label, count in enumerate(stratified_counts(labels, _NUM_TEST)):
        is_test[order[labels[order] == label][:count]] = True
    return is_test


def _enlarge(images: np.ndarray) -> np.ndarray:
    from PIL import Image

    pixels = np.rint(images * (255 / _LARGEST_VALUE)).astype(np.uint8)
    enlarged = [
        np.asarray(Image.fromarray(image).resize((_SIZE, _SIZE), Image.Resampling.BICUBIC))
        for image in pixels
    ]
    return np.stack(enlarged)[..., np.newaxis]


register("digits", load_digits, num_classes=10, sample_shape=(_SIZE, _SIZE, 1))
