"""Negative-aware losses: definitions in NumPy float64, gradients in closed form, absent kinds."""

from amnat.losses import class_aware
from amnat.losses import negative_aware as nat

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(0)
K = 5
LOGITS = 3 * RNG.normal(size=(8, K))
LABELS = np.array([0, -1, 3, 4, -1, -1, 2, 3])
NEGATIVE = LABELS == -1


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _divergences(logits):
    return (np.log(1 / K) - np.log(_softmax(logits))).sum(axis=1) / K


def _cross_entropies(logits, labels):
    return -np.log(_softmax(logits)[np.arange(len(labels)), labels])


def _gradient(function, logits):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = function(logits)
    return loss.numpy(), tape.gradient(loss, logits).numpy()


def test_divergence_from_uniform():
    values = nat.uniform_divergence(tf.constant(LOGITS))
    np.testing.assert_allclose(values, _divergences(LOGITS), rtol=1e-12)
    # By hand: the probabilities 1/4 and 3/4 have a KL of log(1/2) - log(3/16) / 2.
    two = nat.uniform_divergence(tf.constant([[0.0, np.log(3.0)]], tf.float64))
    np.testing.assert_allclose(two, [0.14384103622589045], rtol=1e-12)


def test_divergence_is_smallest_where_all_classes_are_equal():
    value, gradient = _gradient(nat.mean_uniform_divergence, np.full((3, K), 7.0))
    np.testing.assert_allclose(value, 0.0, atol=1e-14)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-14)
    value, gradient = _gradient(nat.mean_uniform_divergence, LOGITS)
    np.testing.assert_allclose(value, _divergences(LOGITS).mean(), rtol=1e-12)
    np.testing.assert_allclose(gradient, (_softmax(LOGITS) - 1 / K) / 8, atol=1e-14)


def test_divergence_of_hopeless_logits_stays_finite():
    value, gradient = _gradient(nat.mean_uniform_divergence, np.float32([[1e4, 0, 0, 0, -1e4]]))
    np.testing.assert_allclose(value, 1e4, rtol=1e-3)
    np.testing.assert_allclose(gradient, [[0.8, -0.2, -0.2, -0.2, -0.2]], atol=1e-6)


def test_classification_loss_weighs_both_kinds_by_their_share():
    value, gradient = _gradient(
        lambda logits: nat.classification_loss(logits, tf.constant(LABELS)), LOGITS
    )
    positives = _cross_entropies(LOGITS[~NEGATIVE], LABELS[~NEGATIVE]).mean()
    negatives = _divergences(LOGITS[NEGATIVE]).mean()
    np.testing.assert_allclose(value, positives * 5 / 8 + negatives * 3 / 8, rtol=1e-12)
    targets = np.where(NEGATIVE[:, None], 1 / K, np.eye(K)[LABELS])
    np.testing.assert_allclose(gradient, (_softmax(LOGITS) - targets) / 8, atol=1e-14)


@pytest.mark.parametrize("absent", ["negatives", "positives"])
def test_classification_loss_of_one_kind(absent):
    kept = ~NEGATIVE if absent == "negatives" else NEGATIVE
    logits, labels = LOGITS[kept], LABELS[kept]
    value, gradient = _gradient(
        lambda logits: nat.classification_loss(logits, tf.constant(labels)), logits
    )
    expected = (
        _cross_entropies(logits, labels) if absent == "negatives" else _divergences(logits)
    ).mean()
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0.01


def test_discriminator():
    real, fake = LOGITS[~NEGATIVE], LOGITS[:3]
    real_part, fake_part = nat.discriminator_loss(
        tf.constant(real), tf.constant(LABELS[~NEGATIVE]), tf.constant(fake)
    )
    np.testing.assert_allclose(real_part, _cross_entropies(real, LABELS[~NEGATIVE]).mean())
    np.testing.assert_allclose(fake_part, _divergences(fake).mean())
    # The generated samples' part of AC-GAN*+ but for the constant log K.
    even = class_aware.class_cross_entropy(
        tf.constant(fake), class_aware.even_targets(tf.constant(fake))
    )
    np.testing.assert_allclose(fake_part, even - np.log(K), rtol=1e-12)


def test_no_negatives_cost_nothing():
    value, gradient = _gradient(nat.mean_uniform_divergence, np.zeros((0, K)))
    assert value == 0.0 and gradient.shape == (0, K)


def test_generator_aims_at_the_largest_class():
    value, gradient = _gradient(nat.generator_loss, LOGITS)
    probabilities = _softmax(LOGITS)
    np.testing.assert_allclose(value, -np.log(probabilities.max(axis=1)).mean(), rtol=1e-12)
    targets = np.eye(K)[LOGITS.argmax(axis=1)]
    np.testing.assert_allclose(gradient, (probabilities - targets) / 8, atol=1e-14)


def test_the_players_pull_generated_samples_in_opposite_directions():
    _, discriminator = _gradient(nat.mean_uniform_divergence, LOGITS)
    _, generator = _gradient(nat.generator_loss, LOGITS)
    rows, largest = np.arange(8), LOGITS.argmax(axis=1)
    # Descent lowers the largest logit for the discriminator and raises it for the generator.
    assert (discriminator[rows, largest] > 0).all() and (generator[rows, largest] < 0).all()


def _binary(logits, targets):
    """Binary cross-entropy of sigmoids, averaged over the classes."""
    p = 1 / (1 + np.exp(-logits))
    return -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean(axis=1)


def test_binary_cross_entropy():
    targets = np.where(NEGATIVE[:, None], 1 / K, np.eye(K)[LABELS])
    expected = _binary(LOGITS, targets)
    labels = tf.constant(LABELS)
    found = nat.sample_losses(tf.constant(LOGITS), labels, is_binary=True)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    value, gradient = _gradient(lambda x: nat.classification_loss(x, labels, True), LOGITS)
    np.testing.assert_allclose(value, expected.mean(), rtol=1e-12)
    sigmoids = 1 / (1 + np.exp(-LOGITS))
    np.testing.assert_allclose(gradient, (sigmoids - targets) / K / 8, atol=1e-14)
    # Its smallest value for a negative is where all sigmoids are 1 / K.
    logit = np.full((1, K), -np.log(K - 1))
    _, slope = _gradient(lambda x: nat.classification_loss(x, tf.constant([-1]), True), logit)
    np.testing.assert_allclose(slope, 0, atol=1e-15)


def test_exposure_loss():
    """The mean of the positives plus half of the negatives', as in the source but for log K."""
    labels = tf.constant(LABELS)

    def loss(logits):
        losses = nat.sample_losses(logits, labels)
        parts = tf.boolean_mask(losses, ~NEGATIVE), tf.boolean_mask(losses, NEGATIVE)
        return nat.exposure_loss(*parts, 0.5, 5, 3)

    value, gradient = _gradient(loss, LOGITS)
    positives, negatives = LOGITS[~NEGATIVE], LOGITS[NEGATIVE]
    # The source: -(mean of the logits - their log sum exp), averaged.
    source = (np.log(np.exp(negatives).sum(axis=1)) - negatives.mean(axis=1)).mean()
    expected = _cross_entropies(positives, LABELS[~NEGATIVE]).mean() + 0.5 * (source - np.log(K))
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(
        gradient[NEGATIVE], 0.5 * (_softmax(negatives) - 1 / K) / 3, atol=1e-14
    )


def test_exposure_without_negatives():
    losses = tf.constant([1.0, 3.0])
    assert nat.exposure_loss(losses, losses[:0], 0.5, 2, 0).numpy() == 2
    # A replica's share: half of the four samples of all.
    assert nat.exposure_loss(losses, losses[:1], 0.5, 4, 2).numpy() == 1.25
