"""Latents of InfoGAN and of translators."""

from amnat.data import Dataset
from amnat.models import InfoLatent, TranslationLatent
from amnat.rng import RandomStream

import numpy as np
import tensorflow as tf


def test_info_latents_hold_noise_label_and_code():
    latent = InfoLatent(3, 4, 2)
    drawn = latent(RandomStream(0, 0), 2000)
    assert drawn.shape == (2000, latent.size) == (2000, 9)
    noise, labels, code = (part.numpy() for part in latent.parts(drawn))
    np.testing.assert_allclose([noise.mean(), noise.std()], [0, 1], atol=0.05)
    np.testing.assert_allclose(np.bincount(labels) / 2000, 0.25, atol=0.04)
    np.testing.assert_allclose([code.min(), code.max(), code.mean()], [-1, 1, 0], atol=0.05)
    again = latent.compose(tf.constant(noise), labels, tf.constant(code))
    np.testing.assert_array_equal(again, drawn)
    assert InfoLatent(**latent.get_config()).size == latent.size


def test_a_sheet_has_a_row_per_label():
    latent = InfoLatent(3, 4, 2)
    noise, labels, code = latent.parts(latent.class_sheet(RandomStream(0, 0), 5))
    np.testing.assert_array_equal(labels, np.repeat(np.arange(4), 5))
    np.testing.assert_array_equal(noise[:5], noise[5:10])
    assert not np.any(code)


def test_translations_go_elsewhere():
    """Images keep their pixels, and are never sent to their own domain."""
    samples = np.arange(30, dtype=np.uint8).repeat(4).reshape(30, 2, 2, 1)
    labels = (np.arange(30) % 3).astype(np.int32)
    data = Dataset("tiny", "train", samples, labels, 3, ("a", "b", "c"))
    latent = TranslationLatent((2, 2, 1), 3, 5).take_images(data)
    drawn = latent(RandomStream(0, 0), 600).numpy()
    assert drawn.shape == (600, latent.size) == (600, 12)
    rows = np.rint(drawn[:, 0] * 128 + 127.5).astype(int)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 3])
    targets = drawn[:, 9:].argmax(axis=1)
    moves = np.bincount((targets - labels[rows]) % 3, minlength=3)
    assert moves[0] == 0 and moves[1:].min() > 250
    assert set(rows) == set(range(30))
    assert TranslationLatent(**latent.get_config()).size == latent.size
