"""Dropout of whole channels."""

from amnat.layers.channel_dropout import ChannelDropout
from amnat.rng import RNG, RecordedRNG

import numpy as np
import tensorflow as tf


def test_maps_are_dropped_whole_and_the_others_rescaled():
    images = tf.random.stateless_uniform([2, 3, 3, 2], [0, 1], 1.0, 2.0)
    draws = {"drop": np.array([[0.1, 0.9], [0.3, 0.2]])}
    outputs = ChannelDropout(0.25, name="drop")(images, RecordedRNG(draws))
    # A map stays where 0.75 + U >= 1.
    kept = np.array([[0, 1], [1, 0]])[:, None, None] / 0.75
    np.testing.assert_allclose(outputs, images * kept, rtol=1e-6)


def test_the_mean_is_kept():
    layer = ChannelDropout(0.25)
    ones = tf.ones([100, 2, 2, 100])
    np.testing.assert_allclose(tf.reduce_mean(layer(ones, RNG(0, 0))), 1.0, atol=0.02)
    layer.expectation = True
    np.testing.assert_array_equal(layer(ones, None), ones)
