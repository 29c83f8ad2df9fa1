"""The translator and the patch critic: sizes, start, outputs of the original's own classes."""

import functools

from amnat.losses.dragan import dragan_gradient_penalty
from amnat.methods.infogan.losses import absolute_space_loss, label_loss
from amnat.methods.infogan.patch_networks import PatchCritic, ResidualGenerator, patch_side

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
def golden_networks():
    generator = ResidualGenerator((16, 16, 3), 2, 2, BLOCKS, dtype="float64")
    generator.build_variables((16 * 16 * 3 + 4,))
    critic = PatchCritic((16, 16, 3), 2, 3, 2, dtype="float64").build_variables((16, 16, 3))
    return fill(generator, GENERATOR_LAYERS), fill(critic, CRITIC_LAYERS)


@functools.cache
def translated():
    generator, _ = golden_networks()
    return generator(joined(images(), SPACE, np.eye(2)[::-1])).numpy()


def test_translations_are_the_originals():
    found = translated()
    np.testing.assert_allclose([found.mean(), found.std()], [-0.03625481, 0.46577771], atol=1e-8)
    first = [-0.07335638, -0.12759477, 0.28814735, -0.10024683]
    np.testing.assert_allclose(found[0, 0, :4, 0], first, atol=1e-8)
    last = [0.70915582, 0.33534058, 0.349408, 0.18532583]
    np.testing.assert_allclose(found[1, 15, 12:, 2], last, atol=1e-8)


def probabilities(outputs):
    return tf.sigmoid(outputs.patches), outputs.space, tf.nn.softmax(outputs.labels)


def test_the_critics_heads_are_the_originals():
    _, critic = golden_networks()
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


def test_the_critic_of_translations():
    _, critic = golden_networks()
    outputs = critic(tf.constant(translated()))
    patches, _, labels = probabilities(outputs)
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


def test_the_penalty_through_the_critic():
    """Second derivatives through instance norm; alpha is the image's share."""
    _, critic = golden_networks()
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


@pytest.mark.parametrize("conditions, parameters", [((2, 4), 7_252_995), ((2, 8), 7_265_539)])
def test_the_generators_size(conditions, parameters):
    """Of the original's; the image's size plays no part."""
    num_labels, space_dim = conditions
    generator = ResidualGenerator((8, 8, 3), num_labels, space_dim)
    generator.build_variables((8 * 8 * 3 + sum(conditions),))
    assert generator.count_params() == parameters


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
    (lambda: ResidualGenerator((30, 30, 3)), "no multiples of 4"),
    (lambda: PatchCritic((16, 16, 3), downs=3), "3 halvings leave no 3x3 of 16"),
    (lambda: PatchCritic((16, 32, 3), downs=2), "2 halvings leave no 3x3 of 32"),
    (lambda: ResidualGenerator((8, 8, 1), data_format="NCHW"), "data_format must be NHWC"),
])  # fmt: skip
def test_sizes_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_weights_start_as_pytorchs():
    """Uniform within one over the root of the inputs; of transposed convolutions, of the outputs'
    side of the kernel."""
    generator = ResidualGenerator((8, 8, 1), 2, 2, 1, 8, seed=3).build_variables((8 * 8 + 4,))
    critic = PatchCritic((16, 16, 1), 2, 3, 2, 8, seed=3).build_variables((16, 16, 1))
    named = generator.named_variables() | critic.named_variables()
    checked = 0
    for name, variable in named.items():
        if name.endswith(("/w", "/b")):
            w = named[name[:-1] + "w"]
            limit = 1 / np.sqrt(np.prod(w.shape[:-1]))
            assert np.abs(variable).max() <= limit
            if variable.shape.num_elements() > 200:
                checked += 1
                np.testing.assert_allclose(np.std(variable), limit / np.sqrt(3), rtol=0.1)
    assert checked >= 8


def test_configurations_make_equal_networks():
    for network in (
        ResidualGenerator((8, 8, 1), 3, 2, 1, 2),
        PatchCritic((12, 12, 1), 3, 2, 2, 2),
    ):
        same = type(network).from_config(network.get_config())
        assert same.get_config() == network.get_config()
