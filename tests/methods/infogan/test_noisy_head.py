"""Stacks of noisy dense layers."""

from amnat.methods.infogan.noisy_head import NoisyHead
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

INPUTS = tf.constant(np.random.default_rng(0).normal(size=(4, 3)), tf.float32)


def head():
    return NoisyHead((5, 2), seed=1).build_variables((3,))


def test_without_noise_it_is_a_plain_stack():
    network = head()
    first, second = (layer.w.numpy() for layer in network.dense_layers)
    expected = np.maximum(INPUTS.numpy() @ first, 0) @ second
    np.testing.assert_allclose(network(INPUTS), expected, rtol=1e-5, atol=1e-6)


def test_noise_of_one_layer_of_all_and_of_none():
    network = head()
    plain = network(INPUTS).numpy()
    network.sample_noise(RNG(0, 0), 0)
    noises = [np.abs(layer.noise).max() for layer in network.dense_layers]
    assert noises[0] > 0 and noises[1] == 0
    assert np.abs(network(INPUTS) - plain).max() > 0
    network.sample_noise(RNG(0, 1))
    assert min(np.abs(layer.noise).max() for layer in network.dense_layers) > 0
    network.sample_noise(RNG(0, 2), 7)
    network.remove_noise()
    np.testing.assert_array_equal(network(INPUTS), plain)


def test_siblings_differ_in_the_scale_of_the_noise_alone():
    first = head()
    second = first.sibling("other").build_variables((3,))
    np.testing.assert_array_equal(first(INPUTS), second(INPUTS))
    for layer in second.dense_layers:
        layer.sigma.assign_add(tf.ones_like(layer.sigma))
    np.testing.assert_array_equal(first(INPUTS), second(INPUTS))
    first.sample_noise(RNG(0, 0))
    assert np.abs(first(INPUTS) - second(INPUTS)).max() > 0
    refs = [{v.ref() for v in network.trainable_variables} for network in (first, second)]
    assert [len(refs[0]), len(refs[1]), len(refs[0] | refs[1])] == [4, 4, 6]
