"""Two-class losses against their definition in NumPy float64."""

from amnat.losses import real_fake as adversarial

import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(0)
REAL, FAKE = 3 * RNG.normal(size=(2, 7, 1))


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_discriminator():
    real, fake = adversarial.discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(real, -np.log(_sigmoid(REAL)).mean())
    np.testing.assert_allclose(fake, -np.log(1 - _sigmoid(FAKE)).mean())


def test_generator():
    loss = adversarial.non_saturating_generator_loss(tf.constant(FAKE))
    np.testing.assert_allclose(loss, -np.log(_sigmoid(FAKE)).mean())


def test_large_logits_stay_finite():
    real, fake = adversarial.discriminator_loss(tf.constant([[-1e4]]), tf.constant([[1e4]]))
    np.testing.assert_allclose([real, fake], 1e4)


def test_critics():
    real, fake = adversarial.wasserstein_discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose([real, fake], [-REAL.mean(), FAKE.mean()])
    generator = adversarial.wasserstein_generator_loss(tf.constant(FAKE))
    np.testing.assert_allclose(generator, -FAKE.mean())


def test_hinges():
    real, fake = adversarial.hinge_discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(real, np.maximum(0, 1 - REAL).mean())
    np.testing.assert_allclose(fake, np.maximum(0, 1 + FAKE).mean())
    assert (REAL > 1).any() and (FAKE < -1).any()
