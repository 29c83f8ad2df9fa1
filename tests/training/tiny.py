"""A GAN on points that trains in milliseconds."""

from unittest import mock

from amnat.data import Dataset, GaussianMixture
from amnat.methods.am_gan import point_networks as mlp
from amnat.methods.am_gan.model import AMGAN
from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.methods.am_gan.schedules import learning_rate
from amnat.models import NormalLatent
from amnat.training.optimizers import make_optimizer

import numpy as np
import tensorflow as tf

MIXTURE = GaussianMixture(np.array([[0.0, 1.0], [0.0, -1.0]]), np.full(2, 0.1), np.full(2, 0.5))


def dataset(num_samples=50):
    rng = np.random.default_rng(0)
    labels = (np.arange(num_samples) % 2).astype(np.int32)
    noise = 0.1 * rng.normal(size=(num_samples, 2))
    samples = (MIXTURE.means[labels] + noise).astype(np.float32)
    return Dataset("tiny", "train", samples, labels, 2, ("up", "down"), MIXTURE)


def generator(hidden_layers=2):
    """Of three latent entries. Two layers are traced in less than half the time of the five that
    a network of this kind has; only what is rebuilt from its configuration needs those."""
    with mock.patch.object(mlp, "NUM_HIDDEN", hidden_layers):
        return MLPGenerator(8).build_variables((3,))


def discriminator(num_logits=3, hidden_layers=2):
    with mock.patch.object(mlp, "NUM_HIDDEN", hidden_layers):
        return MLPDiscriminator(num_logits, 8).build_variables((2,))


def model(total=100, steps_per_execution=1, initial_rate=0.001, hidden_layers=2, **kwargs):
    players = generator(hidden_layers), discriminator(hidden_layers=hidden_layers)
    gan = AMGAN(*players, NormalLatent(3), seed=1, **kwargs)

    def rate():
        return learning_rate("linear", initial_rate, total, gan.generator_updates)

    gan.compile(
        make_optimizer("adam", rate),
        make_optimizer("adam", rate),
        steps_per_execution=steps_per_execution,
    )
    return gan


def state(gan):
    """All variables of training."""
    optimizers = [v for o in (gan.d_optimizer, gan.g_optimizer) for v in o.variables()]
    return [*gan.variables, *optimizers]


def rewound(gan, start):
    """The model with the values of `state` that were taken at its start; it stays traced."""
    for variable, value in zip(state(gan), start, strict=True):
        variable.assign(value)
    return gan


def scrambled(gan):
    """The model with other values in all of `state`."""
    for variable in state(gan):
        variable.assign(variable + tf.ones_like(variable))
    return gan


def weights(gan):
    return [variable.numpy() for variable in gan.variables]


def assert_equal_weights(first, second):
    for one, other in zip(weights(first), weights(second), strict=True):
        np.testing.assert_array_equal(one, other)


NONE = tf.distribute.get_strategy()
