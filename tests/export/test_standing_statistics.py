"""Standing statistics against NumPy."""

from amnat.export.copies import copy_network
from amnat.export.standing_statistics import copy_statistics, measure_statistics
from amnat.methods.am_gan.image_networks import DCGANGenerator
from amnat.methods.am_gan.point_networks import MLPGenerator
from amnat.methods.am_gan_paper.networks import AMGANGenerator

import numpy as np
import pytest
import tensorflow as tf
from export_cases import randomised

EPSILON = 0.001
BATCHES = 4


def draw(number, size=6):
    return tf.random.stateless_normal([size, 3], [number, 7])


@pytest.fixture
def network():
    return randomised(MLPGenerator(5, activation="relu").build_variables((3,)))


def by_hand(network, layer_by_layer, total_variance):
    """[(mean, variance)] of the MLP's norms, in float64."""
    variables = {
        name: v.numpy().astype(np.float64) for name, v in network.named_variables().items()
    }
    batches = [draw(number).numpy().astype(np.float64) for number in range(BATCHES)]
    found = []
    for i in range(5):
        w, g, b = (variables[f"linear{i}/{name}"] for name in "wgb")
        kernel = g * w / np.sqrt((w**2).sum(axis=0))
        batches = [h @ kernel + b for h in batches]
        means = np.stack([h.mean(axis=0) for h in batches])
        variances = np.stack([h.var(axis=0) for h in batches])
        mean, variance = means.mean(axis=0), variances.mean(axis=0)
        if total_variance:
            variance = np.concatenate(batches).var(axis=0)
        found.append((mean, variance))
        scale, offset = variables[f"bn{i}/scale"], variables[f"bn{i}/offset"]
        for number in range(BATCHES):
            m, v = found[-1] if layer_by_layer else (means[number], variances[number])
            h = (batches[number] - m) / np.sqrt(v + EPSILON) * scale + offset
            batches[number] = np.maximum(h, 0.0)
    return found


@pytest.mark.parametrize("layer_by_layer", [False, True])
@pytest.mark.parametrize("total_variance", [False, True])
def test_averages(network, layer_by_layer, total_variance):
    layers = measure_statistics(network, draw, BATCHES, layer_by_layer, total_variance)
    assert [layer.name for layer in layers] == [f"bn{i}" for i in range(5)]
    expected = by_hand(network, layer_by_layer, total_variance)
    for layer, (mean, variance) in zip(layers, expected, strict=True):
        np.testing.assert_allclose(layer.standing[0], mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(layer.standing[1], variance, rtol=1e-4, atol=1e-5)


def test_a_sample_no_longer_depends_on_its_batch(network):
    batch = draw(9)
    before = network(batch).numpy()
    assert np.abs(network(batch[:2]).numpy() - before[:2]).max() > 0.01
    measure_statistics(network, draw, BATCHES)
    after = network(batch).numpy()
    np.testing.assert_allclose(network(batch[:1]).numpy(), after[:1], rtol=1e-5, atol=1e-6)
    assert all(layer.observer is None for layer in network.norms)


def test_statistics_of_one_batch_are_that_batchs_own(network):
    expected = network(draw(0)).numpy()
    measure_statistics(network, draw, 1)
    np.testing.assert_allclose(network(draw(0)).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_network_without_batch_norm():
    network = AMGANGenerator(4, 1, 8, use_batch_norm=False).build_variables((3,))
    assert measure_statistics(network, draw, 2) == []


def test_statistics_go_over_to_the_other_layout():
    first = randomised(DCGANGenerator(1, 1, data_format="NCHW").build_variables((3,)))
    second = copy_network(first, (3,), "NHWC")
    measure_statistics(first, draw, 2)
    copy_statistics(first, second)
    assert second.data_format == "NHWC"
    np.testing.assert_allclose(second(draw(5)), first(draw(5)), atol=1e-5)
