"""Generators with virtual batch norm: any of them, as its own kind rebuilt, sample by sample."""

import functools

from amnat.methods.am_gan import image_networks as dcgan
from amnat.methods.am_gan import point_networks as mlp
from amnat.methods.am_gan.image_networks import DCGANGenerator
from amnat.methods.pytorch_gan import dcgan_networks as dcgan_guidelines
from amnat.methods.pytorch_gan import mlp_networks as mlp_gan
from amnat.methods.pytorch_gan.mlp_networks import MLPImageGenerator, VirtualMLPImageGenerator

import numpy as np
import pytest
import tensorflow as tf

MODULES = (dcgan, dcgan_guidelines, mlp, mlp_gan)
ARGUMENTS = {
    "VirtualMLPImageGenerator": {"image_shape": (4, 4, 1), "widths": (5, 6)},
    "VirtualGuidelineGenerator": {"latent_dim": 3, "image_size": 28, "channels": 1, "width": 2},
    "VirtualDCGANGenerator": {"width": 1, "channels": 1},
    "VirtualMLPGenerator": {"width": 4},
}


@functools.cache
def make(name):
    (module,) = (found for found in MODULES if hasattr(found, name))
    cls = getattr(module, name)
    return cls(reference_size=5, **ARGUMENTS[name], seed=3).build_variables((3,))


def test_every_virtual_generator_is_listed():
    found = {name for module in MODULES for name in vars(module) if name.startswith("Virtual")}
    assert found == set(ARGUMENTS)
    assert DCGANGenerator.virtual is dcgan.VirtualDCGANGenerator


@pytest.mark.parametrize("name", ARGUMENTS)
def test_samples_do_not_depend_on_their_batch(name):
    generator = make(name)
    latents = tf.random.stateless_normal([4, 3], [1, 1])
    samples = generator(latents)
    np.testing.assert_allclose(generator(latents[2:3])[0], samples[2], atol=1e-5)
    assert np.abs(samples[0] - samples[1]).max() > 1e-3


@pytest.mark.parametrize("name", ARGUMENTS)
def test_rebuilt_from_its_record(name):
    generator = make(name)
    generator.set_reference(np.full((5, 3), 0.5) + np.arange(5)[:, None])
    same = type(generator).from_config(generator.get_config()).build_variables((3,))
    same.set_weights(generator.get_weights())
    np.testing.assert_array_equal(same.reference, generator.reference)
    latents = tf.random.stateless_normal([2, 3], [1, 1])
    np.testing.assert_array_equal(same(latents), generator(latents))


def test_the_reference_is_saved_and_not_trained():
    generator = make("VirtualMLPImageGenerator")
    plain = MLPImageGenerator(**ARGUMENTS["VirtualMLPImageGenerator"]).build_variables((3,))
    trained = {variable.name for variable in generator.trainable_variables}
    assert len(trained) == len(plain.trainable_variables)
    assert any(variable is generator.reference for variable in generator.weights)


def test_outputs_by_hand():
    """One norm: the reference batch in front, pooled with each sample."""
    cls = VirtualMLPImageGenerator
    generator = cls(reference_size=4, image_shape=(2, 2, 1), widths=(3, 5), dtype="float64")
    generator.build_variables((3,))
    reference = generator.reference.numpy()
    latents = np.random.default_rng(1).normal(size=(2, 3))

    def dense(x, layer):
        return x @ layer.w.numpy() + layer.b.numpy()

    def leaky(x):
        return np.where(x > 0, x, np.float32(0.2) * x)

    def first(x):
        return dense(leaky(dense(x, generator.hidden[0])), generator.hidden[1])

    for latent, image in zip(latents, generator(tf.constant(latents)), strict=True):
        pool = first(np.concatenate([reference, latent[None]]))
        h = (pool[-1] - pool.mean(0)) / np.sqrt(pool.var(0) + 1e-5)
        expected = np.tanh(dense(leaky(h), generator.linear))
        np.testing.assert_allclose(np.ravel(image), expected, rtol=1e-9)
