"""Images that go through JPEG before they are scored."""

import io

from amnat.data import load
from amnat.data.dataset import scale, unscale
from amnat.evaluation.jpeg_source import JpegSource, through_jpeg
from amnat.evaluation.sources import ArraySource

import numpy as np
import pytest
from PIL import Image


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_pillows_jpeg(channels):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (3, 16, 12, channels)).astype(np.uint8)
    found = through_jpeg(images)
    file = io.BytesIO()
    Image.fromarray(images[1].squeeze()).save(file, "JPEG", quality=75)
    expected = np.asarray(Image.open(file)).reshape(images[1].shape)
    np.testing.assert_array_equal(found[1], expected)
    assert found.dtype == np.uint8 and not np.array_equal(found, images)
    # A better quality changes less.
    better = np.abs(through_jpeg(images, 95).astype(int) - images).mean()
    assert better < np.abs(found.astype(int) - images).mean()


def test_a_source():
    digits = load("digits").images[:7]
    plain = ArraySource(digits, "digits", shuffle=True)
    source = JpegSource(plain)
    found = np.concatenate(list(source.batches(5)))
    expected = np.concatenate(list(plain.batches(5)))
    np.testing.assert_array_equal(found, scale(through_jpeg(unscale(expected))))
    assert source.image_shape == plain.image_shape and source.available == 7
    assert source.settings["jpeg"]["quality"] == 75 and source.settings["shuffled"]
    assert "jpeg" not in plain.settings
    keys = {plain.content_key(), source.content_key(), JpegSource(plain, 90).content_key()}
    assert len(keys) == 3
