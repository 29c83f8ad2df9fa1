"""AM-GAN losses against their definition in NumPy float64 and the paper's closed-form gradients."""

from amnat.methods.am_gan import losses as am

import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(0)
REAL, FAKE = 3 * RNG.normal(size=(2, 8, 6))  # five real classes and the fake one
LABELS = RNG.integers(5, size=8)
FAKE[0, 5] = 20.0  # the fake class wins
FAKE[1, [1, 3]] = 15.0  # a tie


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_dynamic_labels_ignore_the_fake_class_and_take_the_first_of_a_tie():
    labels = am.dynamic_labels(tf.constant(FAKE)).numpy()
    assert labels[0] == FAKE[0, :5].argmax()
    assert labels[1] == 1
    np.testing.assert_array_equal(labels, FAKE[:, :5].argmax(axis=1))


def test_discriminator():
    real, fake = am.discriminator_loss(tf.constant(REAL), tf.constant(LABELS), tf.constant(FAKE))
    np.testing.assert_allclose(real, -np.log(_softmax(REAL)[np.arange(8), LABELS]).mean())
    np.testing.assert_allclose(fake, -np.log(_softmax(FAKE)[:, 5]).mean())


def test_discriminator_with_batches_of_different_sizes():
    _, fake = am.discriminator_loss(tf.constant(REAL), tf.constant(LABELS), tf.constant(FAKE[:3]))
    np.testing.assert_allclose(fake, -np.log(_softmax(FAKE[:3])[:, 5]).mean())


def test_generator_and_its_gradient():
    logits = tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = am.generator_loss(logits)
    targets = np.eye(6)[FAKE[:, :5].argmax(axis=1)]
    np.testing.assert_allclose(loss, -np.log((_softmax(FAKE) * targets).sum(axis=1)).mean())
    # dL/dl = D - v(y): no gradient comes through the choice of y.
    gradient = (_softmax(FAKE) - targets) / 8
    np.testing.assert_allclose(tape.gradient(loss, logits), gradient, atol=1e-12)


def test_generator_with_given_labels():
    loss = am.generator_loss(tf.constant(FAKE), tf.constant(LABELS))
    np.testing.assert_allclose(loss, -np.log(_softmax(FAKE)[np.arange(8), LABELS]).mean())


def test_confidence():
    total, largest = am.real_class_confidence(tf.constant(FAKE))
    np.testing.assert_allclose(total, _softmax(FAKE)[:, :5].sum(axis=1).mean())
    np.testing.assert_allclose(largest, _softmax(FAKE)[:, :5].max(axis=1).mean())
