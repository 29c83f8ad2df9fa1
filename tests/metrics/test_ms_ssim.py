"""MS-SSIM against the original's numbers and an independent computation of other shapes."""

from amnat.errors import InputError
from amnat.metrics.ms_ssim import ms_ssim, ms_ssim_per_class

import numpy as np
import pytest
import scipy.signal
import score_inputs
import tensorflow as tf
from score_cases import GOLDEN

LABELS = np.repeat(np.arange(score_inputs.IMAGE_CLASSES), score_inputs.IMAGES_PER_CLASS)


def test_equals_the_original():
    images = score_inputs.images()
    # In another order between the classes, as samples come; within a class it stays.
    order = np.argsort(np.tile(np.arange(10), 3), kind="stable")
    similarity = ms_ssim_per_class(images[order], LABELS[order], score_inputs.IMAGE_CLASSES)
    means, deviations = GOLDEN["ms_ssim"]
    # The original computes in float32.
    np.testing.assert_allclose(similarity.mean, means, rtol=1e-5)
    np.testing.assert_allclose(similarity.stddev, deviations, rtol=1e-5)
    assert similarity.maximum == similarity.mean.max()
    np.testing.assert_array_equal(images, score_inputs.images())


def independently(first, second):
    """One pair [H, W], with scipy.signal's filters and TensorFlow's pooling."""
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    factors = []
    for _ in weights:
        size = min(11, *first.shape)
        window = scipy.signal.windows.gaussian(size, 1.5 * size / 11)
        window = np.outer(window, window) / np.outer(window, window).sum()

        def smooth(image, window=window):
            return scipy.signal.correlate2d(image, window, mode="valid")

        m1, m2 = smooth(first), smooth(second)
        v1, v2 = smooth(first * first) - m1**2, smooth(second * second) - m2**2
        v12 = np.abs(smooth(first * second) - m1 * m2)
        contrast = (2 * v12 + 0.06**2) / (v1 + v2 + 0.06**2)
        luminance = (2 * m1 * m2 + 0.02**2) / (m1**2 + m2**2 + 0.02**2)
        factors.append((contrast.mean(), (contrast * luminance).mean()))
        first, second = (
            tf.nn.avg_pool2d(image[None, :, :, None], 2, 2, "SAME")[0, :, :, 0].numpy()
            for image in (first, second)
        )
    value = factors[-1][1] ** weights[-1]
    return value * np.prod([f[0] ** w for f, w in zip(factors[:-1], weights[:-1], strict=True)])


@pytest.mark.parametrize("shape", [(28, 28), (32, 32), (37, 21), (64, 48), (3, 5)])
def test_other_shapes(shape):
    rng = np.random.RandomState(0)
    first = np.clip(0.5 * rng.standard_normal((3, *shape, 1)), -1, 1)
    second = np.clip(first + 0.3 * rng.standard_normal(first.shape), -1, 1)
    first, second = first.astype(np.float32), second.astype(np.float32)
    pairs = zip(first[..., 0] + 1.0, second[..., 0] + 1.0, strict=True)
    expected = [independently(a.astype(np.float64), b.astype(np.float64)) for a, b in pairs]
    np.testing.assert_allclose(ms_ssim(first, second), expected, rtol=1e-5)


def test_equal_images_score_one_and_order_does_not_matter():
    images = score_inputs.images()
    np.testing.assert_allclose(ms_ssim(images, images), 1, rtol=1e-12)
    np.testing.assert_allclose(
        ms_ssim(images, images[::-1]), ms_ssim(images[::-1], images), rtol=1e-12
    )


@pytest.mark.parametrize(
    "images, labels, message",
    [
        (255 * np.ones((30, 8, 8, 3)), LABELS, "expected \\[-1, 1\\]; divide"),
        (np.full((30, 8, 8, 3), np.nan), LABELS, "NaN"),
        ([np.zeros((8, 8, 3)), np.zeros((9, 8, 3))], LABELS[:2], "different sizes"),
        (np.zeros((30, 8, 8, 3)), LABELS[:29], "one integer for each of the 30"),
        (np.zeros((30, 8, 8, 3)), LABELS * 0.5, "float64"),
        (np.zeros((30, 8, 8, 3)), np.minimum(LABELS, 1), "0 images of class 2, expected 10"),
    ],
)
def test_bad_input(images, labels, message):
    with pytest.raises(InputError, match=message):
        ms_ssim_per_class(images, labels, 3)


def test_bad_pairs():
    with pytest.raises(InputError, match="equal shapes"):
        ms_ssim(np.zeros((2, 8, 8, 1)), np.zeros((3, 8, 8, 1)))
    with pytest.raises(InputError, match="images_per_class: 1"):
        ms_ssim_per_class(np.zeros((2, 8, 8, 1)), np.array([0, 1]), 2, 1)
