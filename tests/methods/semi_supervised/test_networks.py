"""improved-gan's MNIST pair."""

from amnat.methods.semi_supervised.networks import (
    SemiSupervisedDiscriminator,
    SemiSupervisedGenerator,
)
from amnat.networks.data_dependent_init import initialize_from_data
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

IMAGES = tf.random.stateless_uniform([40, 4, 4, 1], [0, 0], -1.0, 1.0)


def small(**kwargs):
    network = SemiSupervisedDiscriminator(3, (8, 7, 6), **kwargs)
    return network.build_variables((4, 4, 1))


def test_original_sizes():
    network = SemiSupervisedDiscriminator(10).build_variables((28, 28, 1))
    sizes = [784, 1000, 500, 250, 250, 250, 10]
    # Weights, a length and a bias per unit.
    assert network.count_params() == sum(
        (inputs + 2) * units for inputs, units in zip(sizes, sizes[1:], strict=False)
    )


def test_generator_by_hand():
    generator = SemiSupervisedGenerator((4, 4, 1), (5,), dtype="float64").build_variables((3,))
    latents = np.random.default_rng(0).normal(size=(6, 3))
    h = latents @ generator.hidden[0].w.numpy()
    h = np.log1p(np.exp((h - h.mean(0)) / np.sqrt(h.var(0) + 1e-6)))
    w = generator.linear.w.numpy()
    h = h @ (w / np.linalg.norm(w, axis=0))
    expected = 2 / (1 + np.exp(-h)) - 1
    images = generator(tf.constant(latents)).numpy()
    np.testing.assert_allclose(images.reshape(6, 16), expected, rtol=1e-8)


def test_noise_with_an_rng_alone():
    network = small()
    clean = network(IMAGES)
    np.testing.assert_array_equal(network(IMAGES), clean)
    noisy = network(IMAGES, rng=RNG(0, 1))
    np.testing.assert_array_equal(network(IMAGES, rng=RNG(0, 1)), noisy)
    assert np.abs(noisy - clean).max() > 0.1


def test_features_are_the_last_hidden_layer():
    network = small()
    with network.recording() as steps:
        logits = network(IMAGES)
    features = dict(steps)["discriminator/features"]
    assert features.shape == (40, 6) and np.min(features) >= 0
    expected = network.linear(features)
    np.testing.assert_allclose(logits, expected, rtol=1e-6)


def test_start_from_data():
    network = small(dtype="float64")
    images = tf.cast(IMAGES, tf.float64)
    initialize_from_data(network, images, rng=RNG(0, 2))
    with network.recording() as steps:
        logits = network(images, rng=RNG(0, 2))
    for tensor in (dict(steps)["discriminator/linear0"], logits):
        np.testing.assert_allclose(np.mean(tensor, axis=0), 0.0, atol=1e-9)
        np.testing.assert_allclose(np.std(tensor, axis=0), 1.0, rtol=1e-6)


def test_lengths_of_hidden_weights_are_not_trained():
    network = small()
    trained = {id(variable) for variable in network.trainable_variables}
    names = {name for name, v in network.named_variables().items() if id(v) in trained}
    hidden = {f"linear{i}/{suffix}" for i in range(3) for suffix in "wb"}
    assert names == hidden | {"linear/w", "linear/g", "linear/b"}
    assert len(network.weights) == len(network.named_variables())


def test_minibatch_discrimination():
    network = small(minibatch_kernels=2, minibatch_dim=3)
    with network.recording() as steps:
        network(IMAGES)
    assert dict(steps)["discriminator/minibatch"].shape == (40, 8)
    same = SemiSupervisedDiscriminator.from_config(network.get_config())
    assert same.get_config() == network.get_config()
