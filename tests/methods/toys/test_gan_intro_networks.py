"""The networks of gan-intro against numbers of the original's graph on the same weights."""

from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator

import numpy as np
import pytest

# In tf.compat.v1, on the weights of `filled`.
GENERATED = [
    *(1.70875233, 1.32588844, 0.9487267, 0.58152723),
    *(0.22834661, -0.11032458, -0.4381258, -0.7596757),
]
DECISIONS = {
    False: [
        *(0.37759004, 0.43803959, 0.49351668, 0.49878693),
        *(0.48356709, 0.46825813, 0.4530087, 0.43784695),
    ],
    True: [
        *(0.89530409, 0.83215159, 0.84250169, 0.87088901),
        *(0.89922232, 0.92175868, 0.93706369, 0.94608453),
    ],
}
FEATURES_OF_FIRST = [6.37749299, 6.97229237, 6.52071045, 6.41395116, 6.09128933]


def filled(network):
    """Sets weights to 2u(t, k) (the projection: 0.2u) and biases to 0.2u(t, k), u in [-.5, .5)."""
    for ordinal, (name, variable) in enumerate(network.named_variables().items(), start=1):
        k = np.arange(1, variable.shape.num_elements() + 1)
        u = 43758.5453 * np.sin(12.9898 * k + 78.233 * ordinal)
        small = name.endswith("/b") or name.startswith("minibatch")
        values = (0.2 if small else 2.0) * (u - np.floor(u) - 0.5)
        variable.assign(values.reshape(variable.shape))
    return network


def test_generator():
    generator = filled(GANIntroGenerator(dtype="float64").build_variables((1,)))
    latents = np.linspace(-8, 8, 8)[:, None] + 0.005
    np.testing.assert_allclose(generator(latents)[:, 0], GENERATED, atol=2e-8)


@pytest.mark.parametrize("minibatch", [False, True])
def test_discriminator(minibatch):
    network = GANIntroDiscriminator(minibatch=minibatch, dtype="float64").build_variables((1,))
    with filled(network).recording() as steps:
        logits = network(np.linspace(-2, 6, 8)[:, None]).numpy()[:, 0]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), DECISIONS[minibatch], atol=2e-8)
    if minibatch:
        features = dict(steps)["discriminator/minibatch"]
        np.testing.assert_allclose(features[0], FEATURES_OF_FIRST, atol=2e-8)


def test_initial_weights_do_not_depend_on_the_width():
    network = GANIntroDiscriminator(hidden_size=100, minibatch=True).build_variables((1,))
    weights = network.named_variables()
    assert np.std(weights["d1/w"]) == pytest.approx(1.0, rel=0.02)
    assert np.std(weights["minibatch/w"]) == pytest.approx(0.02, rel=0.05)
    assert not np.any(weights["d1/b"])
    he = GANIntroDiscriminator(hidden_size=100, weight_stddev=None).build_variables((1,))
    assert np.std(he.named_variables()["d1/w"]) == pytest.approx(0.1, rel=0.02)


def test_sizes_and_configuration():
    generator = GANIntroGenerator(5, num_inputs=2, num_outputs=3, num_hidden=2, seed=4)
    generator.build_variables((2,))
    assert generator.count_params() == (2 * 5 + 5) + (5 * 5 + 5) + (5 * 3 + 3)
    again = GANIntroGenerator.from_config(generator.get_config()).build_variables((2,))
    for one, other in zip(generator.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
