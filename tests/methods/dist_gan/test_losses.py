"""Dist-GAN's losses against NumPy."""

from amnat.methods.dist_gan import losses

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(0)
REAL, RECON, FAKE = RNG.normal(size=(3, 6, 1))


def softplus(x):
    return np.log1p(np.exp(x)).mean()


@pytest.mark.parametrize(
    ("progress", "expected"),
    [(0.0, (0.95, 0.05)), (0.5, (0.95, 0.05)), (0.6, (0.97, 0.03)), (0.75, (1, 0)), (1.0, (1, 0))],
)
def test_reconstructions_lose_their_weight(progress, expected):
    found = losses.real_weights(tf.constant(progress, tf.float64))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_log_loss():
    found = losses.log_loss(*map(tf.constant, (REAL, RECON, FAKE)), (0.9, 0.1))
    expected = 0.9 * softplus(-REAL) + 0.1 * softplus(-RECON) + softplus(FAKE)
    np.testing.assert_allclose(found, expected)


def test_hinge_loss():
    found = losses.hinge_loss(*map(tf.constant, (REAL, RECON, FAKE)), (0.9, 0.1))
    expected = 0.9 * np.maximum(0, 1 - REAL).mean() + 0.1 * np.maximum(0, 1 - RECON).mean()
    np.testing.assert_allclose(found, expected + np.maximum(0, 1 + FAKE).mean())
    probabilities = [1 / (1 + np.exp(-x)) for x in (REAL, RECON, FAKE)]
    linear = 0.9 * (1 - probabilities[0]).mean() + 0.1 * (1 - probabilities[1]).mean()
    found = losses.hinge_loss(*map(tf.constant, probabilities), (0.9, 0.1))
    np.testing.assert_allclose(found, linear + 1 + probabilities[2].mean())


def test_the_generator_matches_mean_scores():
    found = losses.score_matching_loss(tf.constant(REAL), tf.constant(FAKE))
    means = [(1 / (1 + np.exp(-x))).mean() for x in (REAL, FAKE)]
    np.testing.assert_allclose(found, abs(means[0] - means[1]))


def test_the_distance_compares_means():
    difference, latents, encoded = RNG.normal(size=(3, 4, 5))
    found = losses.latent_data_distance(
        tf.constant(difference), tf.constant(latents), tf.constant(encoded), 0.3
    )
    expected = (difference.mean() - 0.3 * (encoded - latents).mean()) ** 2
    np.testing.assert_allclose(found, expected)


def test_reconstruction_loss():
    one, other = RNG.normal(size=(2, 4, 7))
    found = losses.reconstruction_loss(tf.constant(one), tf.constant(other))
    np.testing.assert_allclose(found, ((one - other) ** 2).mean())
