"""What exports change in a network's copy, and nothing else."""

from amnat.export.copies import copy_network, serving_copy
from amnat.layers import Dropout, RescaledDropout, TruncatedNoise
from amnat.methods.am_gan.image_networks import DCGANDiscriminator
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf
from export_cases import randomised


@pytest.mark.parametrize(
    "layer", [Dropout(0.4), RescaledDropout(0.4), TruncatedNoise(0.5)], ids=lambda x: x.name
)
def test_the_expectation_is_the_mean_of_many_draws(layer):
    inputs = tf.fill([40000, 2], 3.0)
    drawn = layer(inputs, RNG(0, 1)).numpy()
    layer.expectation = True
    expected = layer(inputs[:1], RNG(0, 1)).numpy()
    assert drawn.std() > 0.5
    np.testing.assert_allclose(drawn.mean(axis=0), expected[0], atol=5 * drawn.std() / 200)


def test_a_serving_copy_computes_the_same_without_noise():
    network = randomised(DCGANDiscriminator(4, 2, data_format="NCHW").build_variables((32, 32, 3)))
    images = tf.random.stateless_uniform([3, 32, 32, 3], [1, 2], -1, 1)
    copy = serving_copy(network, (32, 32, 3))
    assert copy.data_format == "NHWC" and copy.linear.frozen_kernel is not None
    first = copy(images, rng=RNG(0, 1)).numpy()
    np.testing.assert_array_equal(copy(images, rng=RNG(0, 2)), first)
    # The original draws, as ever; its plain copy draws the same.
    drawn = network(images, rng=RNG(0, 1)).numpy()
    assert np.abs(drawn - first).max() > 1e-3
    plain = copy_network(network, (32, 32, 3))
    np.testing.assert_allclose(plain(images, rng=RNG(0, 1)), drawn, atol=1e-6)
    for layer in plain.submodules:
        if hasattr(layer, "expectation"):
            layer.expectation = True
    np.testing.assert_allclose(plain(images, rng=RNG(0, 1)), first, atol=1e-4)
