"""The patch critic: sizes, start, outputs of the original's own class."""

import functools

from amnat.losses.dragan import dragan_gradient_penalty
from amnat.methods.infogan.patch_networks import PatchCritic, patch_side

import numpy as np
import pytest
import tensorflow as tf
from filler import fill, filler

CRITIC_LAYERS = ["conv1", "conv2", "patches", "space_conv", "space", "labels"]


def images():
    """float64 [2, 16, 16, 3] of the golden numbers."""
    return 2 * filler((2, 3, 16, 16), 100).transpose(0, 2, 3, 1)


@functools.cache
def golden_critic():
    critic = PatchCritic((16, 16, 3), 2, 3, 2, dtype="float64").build_variables((16, 16, 3))
    return fill(critic, CRITIC_LAYERS)


def probabilities(outputs):
    return tf.sigmoid(outputs.patches), outputs.space, tf.nn.softmax(outputs.labels)


def test_the_critics_heads_are_the_originals():
    critic = golden_critic()
    patches, space, labels = probabilities(critic(tf.constant(images())))
    np.testing.assert_allclose(
        patches,
        [
            [0.63409374, 0.62521326, 0.43266577, 0.79199064],
            [0.75720611, 0.81751397, 0.4610086, 0.76103272],
        ],
        atol=1e-8,
    )
    expected = [[0.09436172, -0.05932787, -0.0535072], [0.08164749, -0.046161, -0.05215583]]
    np.testing.assert_allclose(space, expected, atol=1e-8)
    expected = [[0.77166501, 0.22833499], [0.65090274, 0.34909726]]
    np.testing.assert_allclose(labels, expected, atol=1e-8)


def test_the_penalty_through_the_critic():
    """Second derivatives through instance norm; alpha is the image's share."""
    critic = golden_critic()
    pixels = images()
    np.testing.assert_allclose(pixels.std(ddof=1), 0.5845746291, atol=1e-9)
    uniform = (filler((2, 3, 16, 16), 101) + 0.5).transpose(0, 2, 3, 1)
    penalty, slopes = dragan_gradient_penalty(
        lambda x: tf.sigmoid(critic(x).patches),
        tf.constant(pixels),
        uniform,
        tf.constant([0.75, 0.25], tf.float64),
    )
    np.testing.assert_allclose(slopes, [0.63523162, 0.55365519], atol=1e-8)
    np.testing.assert_allclose(penalty, 0.16613983, atol=1e-8)


@pytest.mark.parametrize("side, channels, downs, space_dim, patches, parameters", [
    (28, 1, 2, 4, 25, 147_176),
    (28, 1, 3, 4, 1, 666_056),
    (32, 1, 2, 4, 36, 151_016),
    (64, 3, 3, 4, 36, 696_296),
    (128, 3, 3, 8, 196, 794_960),
    (256, 3, 3, 4, 900, 1_188_680),
])  # fmt: skip
def test_the_critics_size(side, channels, downs, space_dim, patches, parameters):
    """Of the original's parameters that anything depends on."""
    shape = (side, side, channels)
    critic = PatchCritic(shape, 2, space_dim, downs).build_variables(shape)
    assert critic.count_params() == parameters
    assert patch_side(side, downs) ** 2 == patches


def test_outputs_are_whole_batches_of_flat_vectors():
    critic = PatchCritic((12, 12, 1), 5, 3, 2, width=2).build_variables((12, 12, 1))
    outputs = critic(tf.zeros([7, 12, 12, 1]))
    assert [x.shape.as_list() for x in outputs] == [[7, 1], [7, 3], [7, 5]]


@pytest.mark.parametrize("make, message", [
    (lambda: PatchCritic((16, 16, 3), downs=3), "3 halvings leave no 3x3 of 16"),
    (lambda: PatchCritic((16, 32, 3), downs=2), "2 halvings leave no 3x3 of 32"),
])  # fmt: skip
def test_sizes_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_weights_start_as_pytorchs():
    """Uniform within one over the root of the inputs."""
    critic = PatchCritic((16, 16, 1), 2, 3, 2, 8, seed=3).build_variables((16, 16, 1))
    named = critic.named_variables()
    checked = 0
    for name, variable in named.items():
        w = named[name[:-1] + "w"]
        limit = 1 / np.sqrt(np.prod(w.shape[:-1]))
        assert np.abs(variable).max() <= limit
        if variable.shape.num_elements() > 200:
            checked += 1
            np.testing.assert_allclose(np.std(variable), limit / np.sqrt(3), rtol=0.1)
    assert checked >= 2


def test_configurations_make_equal_networks():
    critic = PatchCritic((12, 12, 1), 3, 2, 2, 2)
    same = PatchCritic.from_config(critic.get_config())
    assert same.get_config() == critic.get_config()
