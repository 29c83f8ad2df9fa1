"""Latents of InfoGAN."""

from amnat.methods.infogan.latent import InfoLatent
from amnat.rng import RNG

import numpy as np
import tensorflow as tf


def test_info_latents_hold_noise_label_and_code():
    latent = InfoLatent(3, 4, 2)
    drawn = latent(RNG(0, 0), 2000)
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
    noise, labels, code = latent.parts(latent.class_sheet(RNG(0, 0), 5))
    np.testing.assert_array_equal(labels, np.repeat(np.arange(4), 5))
    np.testing.assert_array_equal(noise[:5], noise[5:10])
    assert not np.any(code)
