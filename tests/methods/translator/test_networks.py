"""The translator's generator: sizes, start, outputs of the original's own class."""

import functools

from amnat.methods.infogan.losses import absolute_space_loss, label_loss
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.translator.networks import ResidualGenerator

import numpy as np
import pytest
import tensorflow as tf
from filler import fill, filler

BLOCKS = 2
SPACE = [[0.5, -0.25], [-0.75, 1.0]]
GENERATOR_LAYERS = [
    name
    for layer in (
        *("conv", "down1", "down2"),
        *(f"block{i}_conv{j}" for i in range(1, BLOCKS + 1) for j in (1, 2)),
        *("up1", "up2"),
    )
    for name in (layer, f"{layer}_norm")
] + ["last"]
CRITIC_LAYERS = ["conv1", "conv2", "patches", "space_conv", "space", "labels"]


def images():
    """float64 [2, 16, 16, 3] of the golden numbers."""
    return 2 * filler((2, 3, 16, 16), 100).transpose(0, 2, 3, 1)


def joined(pixels, space, labels):
    return tf.concat([tf.reshape(pixels, [len(pixels), -1]), space, labels], axis=1)


@functools.cache
def translated():
    generator = ResidualGenerator((16, 16, 3), 2, 2, BLOCKS, dtype="float64")
    generator.build_variables((16 * 16 * 3 + 4,))
    fill(generator, GENERATOR_LAYERS)
    return generator(joined(images(), SPACE, np.eye(2)[::-1])).numpy()


def test_translations_are_the_originals():
    found = translated()
    np.testing.assert_allclose([found.mean(), found.std()], [-0.03625481, 0.46577771], atol=1e-8)
    first = [-0.07335638, -0.12759477, 0.28814735, -0.10024683]
    np.testing.assert_allclose(found[0, 0, :4, 0], first, atol=1e-8)
    last = [0.70915582, 0.33534058, 0.349408, 0.18532583]
    np.testing.assert_allclose(found[1, 15, 12:, 2], last, atol=1e-8)


def test_the_critic_of_translations():
    critic = PatchCritic((16, 16, 3), 2, 3, 2, dtype="float64").build_variables((16, 16, 3))
    fill(critic, CRITIC_LAYERS)
    outputs = critic(tf.constant(translated()))
    patches, labels = tf.sigmoid(outputs.patches), tf.nn.softmax(outputs.labels)
    np.testing.assert_allclose(
        patches,
        [
            [0.55516722, 0.72262708, 0.60158405, 0.72837336],
            [0.75344151, 0.61805238, 0.43652303, 0.5510178],
        ],
        atol=1e-8,
    )
    expected = [[0.68082343, 0.31917657], [0.59363971, 0.40636029]]
    np.testing.assert_allclose(labels, expected, atol=1e-8)
    code = np.array([[0.5, -0.25, 0.1], [-0.75, 1, 0.2]])
    loss = 0.1 * absolute_space_loss(outputs.space, code)
    loss += 0.6 * label_loss(outputs.labels, [1, 0], double_softmax=True)
    np.testing.assert_allclose(loss, 0.4962194595, atol=1e-9)


@pytest.mark.parametrize("conditions, parameters", [((2, 4), 7_252_995), ((2, 8), 7_265_539)])
def test_the_generators_size(conditions, parameters):
    """Of the original's; the image's size plays no part."""
    num_labels, space_dim = conditions
    generator = ResidualGenerator((8, 8, 3), num_labels, space_dim)
    generator.build_variables((8 * 8 * 3 + sum(conditions),))
    assert generator.count_params() == parameters


@pytest.mark.parametrize("make, message", [
    (lambda: ResidualGenerator((30, 30, 3)), "no multiples of 4"),
    (lambda: ResidualGenerator((8, 8, 1), data_format="NCHW"), "data_format must be NHWC"),
])  # fmt: skip
def test_sizes_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_weights_start_as_pytorchs():
    """Uniform within one over the root of the inputs; of transposed convolutions, of the outputs'
    side of the kernel."""
    generator = ResidualGenerator((8, 8, 1), 2, 2, 1, 8, seed=3).build_variables((8 * 8 + 4,))
    named = generator.named_variables()
    checked = 0
    for name, variable in named.items():
        if name.endswith(("/w", "/b")):
            w = named[name[:-1] + "w"]
            limit = 1 / np.sqrt(np.prod(w.shape[:-1]))
            assert np.abs(variable).max() <= limit
            if variable.shape.num_elements() > 200:
                checked += 1
                np.testing.assert_allclose(np.std(variable), limit / np.sqrt(3), rtol=0.1)
    assert checked >= 6


def test_a_configuration_makes_an_equal_network():
    generator = ResidualGenerator((8, 8, 1), 3, 2, 1, 2)
    same = ResidualGenerator.from_config(generator.get_config())
    assert same.get_config() == generator.get_config()
