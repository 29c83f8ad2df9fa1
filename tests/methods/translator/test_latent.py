"""What translators take."""

from amnat.data import Dataset
from amnat.errors import InputError
from amnat.methods.translator.latent import TranslationLatent
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf


def test_translations_go_elsewhere():
    """Images keep their pixels, and are never sent to their own domain."""
    samples = np.arange(30, dtype=np.uint8).repeat(4).reshape(30, 2, 2, 1)
    labels = (np.arange(30) % 3).astype(np.int32)
    data = Dataset("tiny", "train", samples, labels, 3, ("a", "b", "c"))
    latent = TranslationLatent((2, 2, 1), 3, 5).take_images(data)
    drawn = latent(RNG(0, 0), 600).numpy()
    assert drawn.shape == (600, latent.size) == (600, 12)
    rows = np.rint(drawn[:, 0] * 128 + 127.5).astype(int)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 3])
    targets = drawn[:, 9:].argmax(axis=1)
    moves = np.bincount((targets - labels[rows]) % 3, minlength=3)
    assert moves[0] == 0 and moves[1:].min() > 250
    assert set(rows) == set(range(30))
    assert TranslationLatent(**latent.get_config()).size == latent.size


def test_parts_are_put_together():
    latent = TranslationLatent((1, 2, 1), 3, 2)
    joined = latent.join(tf.constant([[[[0.5], [1.0]]]]), tf.constant([[7.0, 8.0]]), [1])
    np.testing.assert_array_equal(joined, [[0.5, 1, 7, 8, 0, 1, 0]])
    assert latent.law.startswith("an image [1, 2, 1], row by row, then 2 entries")


def test_drawing_needs_images():
    with pytest.raises(InputError, match="translates images and draws none"):
        TranslationLatent((2, 2, 1), 2, 1)(RNG(0, 0), 4)
