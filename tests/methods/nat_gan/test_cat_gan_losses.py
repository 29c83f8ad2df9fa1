"""CatGAN's losses: definitions in NumPy float64, and what descent on each of them does."""

from amnat.losses import class_aware
from amnat.methods.nat_gan import cat_gan_losses as cat

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(1)
K = 4
REAL, FAKE = RNG.normal(size=(6, K)), 2 * RNG.normal(size=(9, K))
LABELS = RNG.integers(K, size=6)


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _entropy(probabilities):
    return -(probabilities * np.log(probabilities)).sum(axis=-1)


def _conditional(logits):
    return _entropy(_softmax(logits)).mean()


def _marginal(logits):
    return _entropy(_softmax(logits).mean(axis=0))


def _parts(parts):
    return [float(part) for part in parts]


def test_entropies():
    np.testing.assert_allclose(cat.conditional_entropy(tf.constant(FAKE)), _conditional(FAKE))
    np.testing.assert_allclose(cat.marginal_entropy(tf.constant(FAKE)), _marginal(FAKE))


def test_entropies_of_sure_samples_stay_finite():
    logits = tf.constant(1e4 * np.eye(K, dtype=np.float32))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cat.generator_loss(logits)
    # Sure of each and even over all: the optimum.
    np.testing.assert_allclose(loss, -np.log(K), rtol=1e-6)
    assert np.isfinite(tape.gradient(loss, logits)).all()


def test_unsupervised():
    parts = cat.discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    expected = [_conditional(REAL) - _marginal(REAL), -_conditional(FAKE)]
    np.testing.assert_allclose(_parts(parts), expected, rtol=1e-12)
    loss = cat.generator_loss(tf.constant(FAKE))
    np.testing.assert_allclose(loss, _conditional(FAKE) - _marginal(FAKE), rtol=1e-12)
    # The unlabelled branch of AM-GANs-for-reproduce, whose logarithms have a floor of 1e-8.
    floored = class_aware.unlabelled_class_loss(tf.constant(FAKE))
    np.testing.assert_allclose(loss, floored, atol=1e-6)


def test_supervised():
    probabilities = _softmax(REAL)[np.arange(6), LABELS]
    parts = cat.supervised_discriminator_loss(
        tf.constant(REAL), tf.constant(LABELS), tf.constant(FAKE)
    )
    largest = np.log(_softmax(FAKE).max(axis=1)).mean()
    expected = [-np.log(probabilities).mean() - _marginal(REAL), largest]
    np.testing.assert_allclose(_parts(parts), expected, rtol=1e-12)
    loss = cat.supervised_generator_loss(tf.constant(FAKE))
    np.testing.assert_allclose(loss, -largest - _marginal(FAKE), rtol=1e-12)


def _after_descent(function, logits, rate=0.05):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = function(logits)
    return (logits - rate * tape.gradient(loss, logits)).numpy()


LABELS_TF = tf.constant(LABELS)
UNSUPERVISED = (
    lambda real: tf.add_n(cat.discriminator_loss(real, tf.constant(FAKE))),
    lambda fake: tf.add_n(cat.discriminator_loss(tf.constant(REAL), fake)),
    cat.generator_loss,
)
SUPERVISED = (
    lambda real: tf.add_n(cat.supervised_discriminator_loss(real, LABELS_TF, tf.constant(FAKE))),
    lambda fake: tf.add_n(cat.supervised_discriminator_loss(tf.constant(REAL), LABELS_TF, fake)),
    cat.supervised_generator_loss,
)


@pytest.mark.parametrize("losses", [UNSUPERVISED, SUPERVISED], ids=["unsupervised", "supervised"])
def test_signs(losses):
    """What the paper says of the players: certain on real, uncertain on fake, even over classes."""
    of_real, of_fake, of_generator = losses
    assert _conditional(_after_descent(of_fake, FAKE)) > _conditional(FAKE)
    assert _conditional(_after_descent(of_generator, FAKE)) < _conditional(FAKE)
    # Samples that are all of one class: their mean becomes more even under either player.
    crowded = np.tile([3.0, 0.0, 0.0, 0.0], (6, 1)) + 0.1 * REAL
    for loss in (of_real, of_generator):
        assert _marginal(_after_descent(loss, crowded)) > _marginal(crowded)


def test_certainty_on_real():
    assert _conditional(_after_descent(UNSUPERVISED[0], REAL)) < _conditional(REAL)
    right = _softmax(_after_descent(SUPERVISED[0], REAL))[np.arange(6), LABELS]
    assert np.log(right).mean() > np.log(_softmax(REAL)[np.arange(6), LABELS]).mean()
