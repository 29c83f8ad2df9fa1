"""Test accuracy in batches of one size."""

from amnat.data import Dataset
from amnat.methods.semi_supervised.accuracy_curve import AccuracyCurve, accuracy
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf


def dataset():
    """Seven images whose brightness is their class, the last one mislabelled."""
    labels = np.array([0, 1, 2, 0, 1, 2, 0], np.int32)
    samples = np.broadcast_to((labels * 100)[:, None, None, None], (7, 2, 2, 1)).astype(np.uint8)
    labels = np.append(labels[:6], np.int32(1)).astype(np.int32)
    return Dataset("some", "test", samples, labels, 3, tuple("abc"))


@pytest.mark.parametrize("batch_size", [1, 3, 4, 7, 50])
def test_every_sample_counts_once(batch_size):
    sizes = []

    def network(images):
        sizes.append(images.shape[0])
        level = tf.reduce_mean(images, axis=[1, 2, 3])
        # The largest logit is of the nearest brightness; a fourth one, of 'generated', leads.
        nearest = -tf.abs(level[:, None] - (tf.constant([0.0, 100, 200]) - 127.5) / 128)
        return tf.concat([nearest, tf.ones_like(level)[:, None]], axis=1)

    assert accuracy(network, dataset(), batch_size) == pytest.approx(6 / 7)
    assert set(sizes) == {min(batch_size, 7)}


def test_nothing_is_said_before_the_first_measurement(tmp_path):
    curve = AccuracyCurve(10, 0, RunDirectory(tmp_path), dataset(), 4)
    assert curve.summary() == ""
    curve.series.append(10, {"semi_supervised_accuracy": 0.75})
    assert curve.summary() == "test accuracy  semi-supervised 75.00%"
