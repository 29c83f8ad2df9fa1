"""Semi-supervised losses: golden numbers, K against K + 1, and the article's failing case."""

from amnat.losses.feature_matching import feature_matching_loss
from amnat.methods.semi_supervised import losses as semi_supervised

import numpy as np
import pytest
import tensorflow as tf

# A float64 program of the published formulas, written independently, gave the numbers below.
LABELLED, LABELS = [[1.0, 2, 3], [0, 1, -1]], [2, 0]
UNLABELLED, FAKE = [[0.5, -1, 2], [0, 0, 0]], [[-1.0, -2, -3], [1, 0, 0]]


def float64(values):
    return tf.constant(values, tf.float64)


def shifted(logits, by):
    """K + 1 logits that say the same: all shifted, 'generated' included."""
    logits = np.asarray(logits)
    return float64(np.concatenate([logits + by, np.full((len(logits), 1), by)], axis=1))


def losses(convert, real_target=1.0):
    supervised = semi_supervised.classification_loss(convert(LABELLED), tf.constant(LABELS), 3)
    parts = semi_supervised.real_fake_loss(convert(UNLABELLED), convert(FAKE), 3, real_target)
    return supervised.numpy(), tf.add_n(parts).numpy()


@pytest.mark.parametrize("target, expected", [
    (1.0, 1.2862892187), (0.95, 1.3697873083), (0.9, 1.4532853980),
])  # fmt: skip
def test_golden_losses(target, expected):
    supervised, unsupervised = losses(float64, target)
    np.testing.assert_allclose(supervised, 0.9076059644, rtol=1e-9)
    np.testing.assert_allclose(unsupervised, expected, rtol=1e-9)


@pytest.mark.parametrize("by", [0.0, 1.7, -40.0])
def test_k_and_k_plus_1_logits_are_equal(by):
    np.testing.assert_allclose(losses(lambda x: shifted(x, by)), losses(float64), rtol=1e-12)
    both = float64(UNLABELLED), shifted(UNLABELLED, by)
    one, other = (semi_supervised.binary_logits(logits, 3) for logits in both)
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_binary_logit_is_one_minus_the_probability_of_generated():
    logits = float64([[1.0, 2.0, 3.0, 0.5]])
    binary = semi_supervised.binary_logits(logits, 3)
    np.testing.assert_allclose(binary, 2.907606, atol=1e-6)
    np.testing.assert_allclose(tf.sigmoid(binary), 1 - tf.nn.softmax(logits)[:, 3], rtol=1e-12)


def with_the_maximum_of_all(logits):
    """The published snippet's sum: relative to the largest logit, 'generated' included."""
    largest = tf.reduce_max(logits, axis=1)
    sums = tf.reduce_sum(tf.exp(logits[:, :-1] - largest[:, None]), axis=1)
    return tf.math.log(sums) + largest - logits[:, -1]


def test_where_the_maximum_over_all_logits_goes_wrong():
    usual, sure = [1.0, 2.0, 3.0, 0.5], [0.0, 1.0, -1.0, 120.0]
    logits = tf.constant([usual, sure])
    snippet = with_the_maximum_of_all(logits).numpy()
    np.testing.assert_allclose(snippet[0], 2.907606, rtol=1e-6)
    assert snippet[1] == -np.inf
    expected = np.log(np.sum(np.exp(sure[:3]))) - 120.0
    binary = semi_supervised.binary_logits(logits, 3)
    np.testing.assert_allclose(binary[1], expected, rtol=1e-6)
    # A generated image taken for real by its label: a loss of 118.6, whose slope still counts.
    with tf.GradientTape() as tape:
        tape.watch(logits)
        real, _ = semi_supervised.real_fake_loss(logits, logits, 3)
    slope = tape.gradient(real, logits)
    np.testing.assert_allclose(slope[1, 3], 0.5, rtol=1e-6)
    assert np.isfinite(slope).all()


def test_other_widths_are_refused():
    with pytest.raises(ValueError, match="5 logits, expected 3 or 4"):
        semi_supervised.binary_logits(tf.zeros([2, 5]), 3)


@pytest.mark.parametrize("variant, expected", [
    ("sum_squares", 0.0123345371), ("mean_squares", 0.0024669074), ("mean_absolute", 0.0415245300),
])  # fmt: skip
def test_golden_feature_matching(variant, expected):
    i, j = np.arange(6)[:, None], np.arange(5)[None]
    real, fake = np.broadcast_to(np.sin(i), (6, 5)), np.cos(i + j)
    loss = feature_matching_loss(float64(real), float64(fake), variant)
    np.testing.assert_allclose(loss, expected, atol=1e-9)


def test_feature_maps_keep_their_positions():
    """Two batches with the same features at other places do not match."""
    maps = tf.one_hot([0, 0], 4)[..., None]
    moved = tf.one_hot([1, 1], 4)[..., None]
    assert feature_matching_loss(maps, moved).numpy() == pytest.approx(2.0)
