"""PyTorch-GAN's pair: sizes, start, golden outputs of the original layers."""

import functools

from amnat.methods.pytorch_gan.mlp_networks import MLPImageDiscriminator, MLPImageGenerator

import numpy as np
import tensorflow as tf
from filler import fill, filler

LAYERS = ("linear0", "linear1", "bn1", "linear2", "bn2", "linear3", "bn3", "linear")


@functools.cache
def make(**kwargs):
    generator = MLPImageGenerator((28, 28, 1), **kwargs).build_variables((100,))
    return generator, MLPImageDiscriminator(**kwargs).build_variables((28, 28, 1))


def test_parameter_counts_are_the_originals():
    generator, discriminator = make(seed=5)
    assert generator.count_params() == 1_510_032
    assert discriminator.count_params() == 533_505


def test_golden_outputs():
    generator, discriminator = (fill(network, LAYERS) for network in make(dtype="float64"))
    images = generator(tf.constant(2 * filler((4, 100), 102))).numpy()
    np.testing.assert_allclose([images.mean(), images.std()], [0.00020029, 0.12279066], atol=1e-8)
    first = [0.00210622, -0.01393868, 0.20188258, 0.0176821]
    np.testing.assert_allclose(images[0, 0, :4, 0], first, atol=1e-8)
    logits = [0.11187453, 0.10715894, 0.08181414, 0.06693407]
    np.testing.assert_allclose(discriminator(images)[:, 0], logits, atol=1e-8)


def test_weights_and_biases_start_as_pytorchs():
    layers = [layer for net in make(seed=5) for layer in [*net.hidden, net.linear]]
    for layer in layers:
        limit = 1 / np.sqrt(layer.w.shape[0])
        for variable in (layer.w.numpy(), layer.b.numpy()):
            assert np.abs(variable).max() <= limit
            if variable.size >= 100:
                assert np.abs(variable).max() > 0.95 * limit
                np.testing.assert_allclose(variable.std(), limit / np.sqrt(3), rtol=0.15)


def test_epsilon_makes_batch_norm_centre_only():
    """With 0.8, activations behind the three norms shrink; with the usual one they do not."""
    latents = tf.random.stateless_normal([64, 100], [1, 2])
    stds = {}
    for epsilon in (0.8, 1e-5):
        generator, _ = make(seed=5)
        # The layers ask for it at every call.
        for norm in generator.norms:
            norm.epsilon = epsilon
        with generator.recording() as steps:
            images = generator(latents)
        stds[epsilon] = [float(tf.math.reduce_std(h)) for n, h in steps if "/bn" in n]
        stds[epsilon].append(float(tf.math.reduce_std(images)))
    # As measured of the original's networks.
    np.testing.assert_allclose(stds[0.8], [0.24, 0.10, 0.04, 0.025], rtol=0.2)
    np.testing.assert_allclose(stds[1e-5][:3], 1.0, rtol=0.05)


def test_weight_norm_and_minibatch_discrimination():
    discriminator = MLPImageDiscriminator(
        1, (6,), minibatch_kernels=3, minibatch_dim=2, weight_norm=True
    ).build_variables((4, 4, 1))
    named = discriminator.named_variables()
    assert {"linear0/w", "linear0/g", "linear0/b"} <= set(named)
    assert discriminator.linear.w.shape == (9, 1)
    images = tf.random.stateless_normal([5, 4, 4, 1], [0, 0])
    with discriminator.recording() as steps:
        discriminator(images)
    steps = dict(steps)
    assert steps["discriminator/features"].shape == (5, 6)
    assert steps["discriminator/minibatch"].shape == (5, 9)
    same = MLPImageDiscriminator.from_config(discriminator.get_config())
    assert same.get_config() == discriminator.get_config()
