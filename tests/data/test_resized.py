"""Data sets at other sizes."""

from amnat.data import Dataset
from amnat.data.resized import resized
from amnat.errors import InputError

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(0)


def dataset(name, images):
    labels = np.zeros(len(images), np.int32)
    return Dataset(name, "train", images, labels, 1, ("all",))


def bordered():
    inner = RNG.integers(0, 256, (3, 28, 28, 1)).astype(np.uint8)
    return inner, np.pad(inner, ((0, 0), (2, 2), (2, 2), (0, 0)))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "emnist_letters"])
def test_mnist_and_its_like_lose_their_border(name):
    inner, padded = bordered()
    np.testing.assert_array_equal(resized(dataset(name, padded), 28).samples, inner)
    smaller = resized(dataset(name, padded), 14).samples
    expected = Image.fromarray(inner[0, :, :, 0]).resize((14, 14), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(smaller[0, :, :, 0], np.asarray(expected))


def test_they_keep_it_where_they_grow():
    _, padded = bordered()
    assert resized(dataset("mnist", padded), 32).samples is padded
    assert resized(dataset("mnist", padded), 64).samples.shape == (3, 64, 64, 1)


def test_others_are_scaled_whole():
    images = RNG.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    found = resized(dataset("cifar10", images), 28).samples
    expected = Image.fromarray(images[1]).resize((28, 28), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(found[1], np.asarray(expected))


def test_points_are_refused():
    with pytest.raises(InputError, match="'toy': points, expected images"):
        resized(dataset("toy", np.zeros((3, 2), np.float32)), 28)
