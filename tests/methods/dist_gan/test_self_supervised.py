"""Rotations and mixtures against NumPy."""

from amnat.methods.dist_gan import self_supervised
from amnat.rng import RNG, RecordedRNG

import numpy as np
import tensorflow as tf

NUMPY_RNG = np.random.default_rng(0)
REAL, FAKE = NUMPY_RNG.normal(size=(2, 3, 4, 4, 2))


def turned(image, turns):
    """Counter-clockwise, as numpy.rot90 does."""
    return np.rot90(image, turns)


def test_rotations_are_counter_clockwise_blocks():
    found = self_supervised.all_rotations(tf.constant(REAL)).numpy()
    for turns in range(4):
        for i in range(3):
            np.testing.assert_array_equal(found[3 * turns + i], turned(REAL[i], turns))


def test_candidates_are_the_ranks_of_a_draw():
    draw = np.array([0.5, 0.1, 0.9, 0.3, 0.2, 0.7, 0.8, 0.6, 0.4, 0.05, 0.95, 0.15], np.float32)
    found = self_supervised.random_candidates(RecordedRNG({"rows": draw}), "rows", 3, 4)
    np.testing.assert_array_equal(found, [9, 1, 11])
    many = self_supervised.random_candidates(RNG(0, 0), "rows", 50, 5).numpy()
    assert len(set(many)) == 50 and many.max() < 250


def test_rotation_batch():
    images, labels = self_supervised.rotation_batch(tf.constant(REAL), tf.constant([11, 0, 4]))
    np.testing.assert_array_equal(labels, [3, 0, 1])
    for found, (i, turns) in zip(images.numpy(), [(2, 3), (0, 0), (1, 1)], strict=True):
        np.testing.assert_array_equal(found, turned(REAL[i], turns))


def test_fakes_of_a_mixture_are_upright():
    rows = tf.constant([13, 8, 12])
    images, labels = self_supervised.mixture_batch(tf.constant(REAL), tf.constant(FAKE), rows)
    np.testing.assert_array_equal(labels, [4, 2, 4])
    expected = [FAKE[1], turned(REAL[2], 2), FAKE[0]]
    np.testing.assert_array_equal(images, expected)


def test_quarters():
    images = np.concatenate([REAL, FAKE, REAL[:2]])
    found, labels = self_supervised.quarter_turns(tf.constant(images))
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 2, 2, 3, 3])
    for i in range(8):
        np.testing.assert_array_equal(found[i], turned(images[i], i // 2))


def test_losses():
    logits, labels = NUMPY_RNG.normal(size=(3, 5)), np.array([4, 0, 2])
    shifted = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(3), labels]
    found = self_supervised.class_loss(tf.constant(logits), tf.constant(labels))
    np.testing.assert_allclose(found, shifted.mean())
    targets = np.eye(5)[labels]
    binary = np.log1p(np.exp(logits)) - targets * logits
    found = self_supervised.binary_class_loss(tf.constant(logits), tf.constant(labels))
    np.testing.assert_allclose(found, binary.mean())
    assert float(self_supervised.matching_loss(tf.constant(1.0), tf.constant(3.5))) == 2.5
