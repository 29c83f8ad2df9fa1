"""The losses of the AM-GAN paper's comparison: definitions in NumPy float64, the paper's lemma and
its closed-form gradients."""

from amnat.losses import class_aware, penalties
from amnat.losses import real_fake as adversarial
from amnat.methods.am_gan import losses as activation_maximization

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(0)
K = 5
LOGITS = 3 * RNG.normal(size=(8, K + 2))
CLASSES, REAL, FAKE = LOGITS[:, :K], LOGITS[:, K:-1], LOGITS[:, -1:]
LABELS = RNG.integers(K, size=8)


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _cross_entropy(logits, targets):
    return -(targets * np.log(_softmax(logits))).sum(axis=1).mean()


def _gradient(function, logits=CLASSES):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = function(logits)
    return loss.numpy(), tape.gradient(loss, logits).numpy()


@pytest.mark.parametrize("free_fake_logit", [False, True])
@pytest.mark.parametrize("from_classes", [False, True])
@pytest.mark.parametrize("confidence", [1.0, 0.9])
def test_two_class_losses_are_a_softmax_over_real_and_fake(
    from_classes, free_fake_logit, confidence
):
    real = np.log(np.exp(CLASSES).sum(axis=1, keepdims=True)) if from_classes else REAL
    two = np.concatenate([real, FAKE if free_fake_logit else 0 * FAKE], axis=1)
    odds = class_aware.real_log_odds(tf.constant(LOGITS), from_classes, free_fake_logit)
    real_part, fake_part = adversarial.discriminator_loss(odds, odds, confidence)
    generator = adversarial.non_saturating_generator_loss(odds, confidence)
    p = confidence
    np.testing.assert_allclose(real_part, _cross_entropy(two, np.array([[p, 1 - p]])))
    np.testing.assert_allclose(fake_part, _cross_entropy(two, np.array([[1 - p, p]])))
    np.testing.assert_allclose(generator, real_part)


def test_losses_with_a_target_of_its_own_for_each_sample():
    """By the original's formula: softmaxes over (real, fake) against targets (p, 1 - p)."""
    uniform = RNG.uniform(size=(2, 8))
    p, q = np.sqrt(uniform)[:, :, np.newaxis]
    drawn = [class_aware.drawn_confidence(tf.constant(each)) for each in uniform]
    np.testing.assert_allclose(drawn, [p, q])
    two = np.concatenate([REAL, 0 * FAKE], axis=1)
    real, fake = adversarial.discriminator_loss(tf.constant(REAL), tf.constant(REAL), *drawn)
    expected = _cross_entropy(two, np.concatenate([p, 1 - p], axis=1))
    np.testing.assert_allclose(real, expected)
    np.testing.assert_allclose(fake, _cross_entropy(two, np.concatenate([1 - q, q], axis=1)))
    generator = adversarial.non_saturating_generator_loss(tf.constant(REAL), drawn[0])
    np.testing.assert_allclose(generator, expected)


def test_the_logits_are_classes_then_real_then_fake():
    for found, expected in zip(
        class_aware.split_logits(tf.constant(LOGITS)), (CLASSES, REAL, FAKE), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_wasserstein():
    real, fake = adversarial.wasserstein_discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose([real, fake], [-REAL.mean(), FAKE.mean()])
    generator = adversarial.wasserstein_generator_loss(tf.constant(FAKE))
    np.testing.assert_allclose(generator, -FAKE.mean())


def test_smoothed_and_even_targets():
    targets = class_aware.smoothed_targets(tf.constant(LABELS), K, 0.9, tf.float64).numpy()
    np.testing.assert_allclose(targets, 0.9 * np.eye(K)[LABELS] + 0.1 / K)
    even = class_aware.even_targets(tf.constant(CLASSES)).numpy()
    np.testing.assert_array_equal(even, np.full((8, K), 1 / K))


def test_generator_targets():
    tied = CLASSES.copy()
    tied[0, [1, 3]] = 50.0
    labels = tied.argmax(axis=1)
    assert labels[0] == 1
    dynamic = class_aware.generator_targets(tf.constant(tied), 0.75)
    np.testing.assert_allclose(dynamic, 0.75 * np.eye(K)[labels] + 0.25 / K)
    predefined = class_aware.generator_targets(tf.constant(np.eye(K)[LABELS]))
    np.testing.assert_array_equal(predefined, np.eye(K)[LABELS])
    soft = class_aware.generator_targets(tf.constant(CLASSES), 0.75, sharpness=2.0)
    np.testing.assert_allclose(soft, _softmax(2 * CLASSES))


@pytest.mark.parametrize("sharpness", [0.0, 2.0])
def test_no_gradient_flows_through_the_target(sharpness):
    target = class_aware.generator_targets(tf.constant(CLASSES), 1.0, sharpness).numpy()

    def loss(logits):
        targets = class_aware.generator_targets(logits, 1.0, sharpness)
        return class_aware.class_cross_entropy(logits, targets)

    value, gradient = _gradient(loss)
    np.testing.assert_allclose(value, _cross_entropy(CLASSES, target))
    np.testing.assert_allclose(gradient, (_softmax(CLASSES) - target) / 8, atol=1e-12)


def test_lemma_am_gan_is_label_gan_plus_the_auxiliary_classifier():
    """Zhou et al. 2018, lemma 2: H(v, D) = H([1, 0], [D_r, D_f]) + H(R(v), R(D))."""
    classes = tf.constant(CLASSES)
    targets = class_aware.generator_targets(classes)
    label_gan = adversarial.non_saturating_generator_loss(
        class_aware.real_log_odds(tf.constant(LOGITS), from_classes=True)
    )
    auxiliary = class_aware.class_cross_entropy(classes, targets)
    # AM-GAN in its own form: one softmax over K + 1 classes, whose fake logit is 0.
    whole = tf.concat([classes, tf.zeros([8, 1], tf.float64)], axis=1)
    am_gan = activation_maximization.generator_loss(whole)
    np.testing.assert_allclose(am_gan, label_gan + auxiliary, rtol=1e-13)
    probabilities = _softmax(whole.numpy())
    chosen = probabilities[np.arange(8), CLASSES.argmax(axis=1)]
    np.testing.assert_allclose(am_gan, -np.log(chosen).mean())


def test_label_gans_class_aware_gradient():
    """Section 3 of the paper: -dL/dl_k = (1 - D_r) D_k / D_r for every real class k."""

    def loss(classes):
        padded = tf.concat([classes, tf.zeros([8, 2], tf.float64)], axis=1)
        return adversarial.non_saturating_generator_loss(
            class_aware.real_log_odds(padded, from_classes=True)
        )

    _, gradient = _gradient(loss)
    probabilities = _softmax(np.concatenate([CLASSES, np.zeros([8, 1])], axis=1))
    real = probabilities[:, :K].sum(axis=1, keepdims=True)
    expected = -(1 - real) * probabilities[:, :K] / real
    np.testing.assert_allclose(gradient, expected / 8, atol=1e-14)


def test_am_gans_gradient_points_at_one_class():
    """Section 4: -dL/dl_k = v_k - D_k, over the K + 1 classes."""

    def loss(classes):
        padded = tf.concat([classes, tf.zeros([8, 2], tf.float64)], axis=1)
        odds = class_aware.real_log_odds(padded, from_classes=True)
        targets = class_aware.generator_targets(classes)
        return adversarial.non_saturating_generator_loss(odds) + class_aware.class_cross_entropy(
            classes, targets
        )

    _, gradient = _gradient(loss)
    probabilities = _softmax(np.concatenate([CLASSES, np.zeros([8, 1])], axis=1))[:, :K]
    targets = np.eye(K)[CLASSES.argmax(axis=1)]
    np.testing.assert_allclose(gradient, (probabilities - targets) / 8, atol=1e-14)


def test_unlabelled_loss_is_conditional_minus_marginal_entropy():
    probabilities = _softmax(CLASSES)
    mean = probabilities.mean(axis=0)
    conditional = -(probabilities * np.log(probabilities)).sum(axis=1).mean()
    expected = conditional + (mean * np.log(mean)).sum()
    loss = class_aware.unlabelled_class_loss(tf.constant(CLASSES))
    np.testing.assert_allclose(loss, expected, atol=1e-6)  # the guard of the logarithms
    sure = 1000.0 * np.eye(K)
    np.testing.assert_allclose(
        class_aware.unlabelled_class_loss(tf.constant(sure)), -np.log(K), atol=1e-6
    )


def test_mode_cross_entropy_counts_the_batchs_classes():
    logits = np.eye(K)[[0, 0, 1, 2, 3, 4, 4, 4]]
    shares = np.array([2, 1, 1, 1, 3]) / 8
    loss = class_aware.mode_cross_entropy(tf.constant(logits))
    np.testing.assert_allclose(loss, -np.log(shares).mean(), atol=1e-6)


def test_target_similarity():
    targets = np.eye(K)[LABELS]
    probabilities = _softmax(CLASSES)
    expected = probabilities[np.arange(8), LABELS] / np.linalg.norm(probabilities, axis=1)
    found = class_aware.target_similarity(tf.constant(CLASSES), tf.constant(targets))
    np.testing.assert_allclose(found, expected.mean())


def test_one_centered_penalty():
    weights = RNG.normal(size=(3, 1))
    real, fake = RNG.normal(size=(2, 8, 3))
    alpha = RNG.uniform(size=8)
    penalty, slopes = penalties.one_centered_gradient_penalty(
        lambda x: (x**2) @ tf.constant(weights), *map(tf.constant, (real, fake, alpha))
    )
    points = real + alpha[:, None] * (fake - real)
    expected = np.linalg.norm(2 * points * weights[:, 0], axis=1)
    np.testing.assert_allclose(slopes, expected)
    np.testing.assert_allclose(penalty, ((expected - 1) ** 2).mean())


def test_weight_excess():
    variables = [tf.Variable([0.5, -1.0, 3.0]), tf.Variable([[-1.5], [1.0]])]
    np.testing.assert_allclose(penalties.weight_excess_penalty(variables), (2**2 + 0.5**2) / 2)
