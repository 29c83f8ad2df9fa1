"""Spectral normalisation."""

from amnat import layers

import golden_layers
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("name", golden_layers.names("spectral_norm"))
def test_golden(name):
    config, golden = golden_layers.CASES[name], golden_layers.GOLDEN
    layer = layers.SpectralNormalization(
        config["iterations"], learned_scale=config["trained_factor"], dtype="float64"
    )
    kernel = tf.constant(golden[f"{name}/input"])
    layer.build_for(kernel)
    layer.u.assign(golden[f"{name}/u"])
    layer.v.assign(golden[f"{name}/v"])
    np.testing.assert_allclose(layer._sigma(layer._as_matrix(kernel)), golden[f"{name}/sigma"])
    golden_layers.check(name, layer)
    layer.update(kernel)
    np.testing.assert_allclose(layer.u, golden[f"{name}/u_after"], rtol=1e-9)
    np.testing.assert_allclose(layer.v, golden[f"{name}/v_after"], rtol=1e-9)


def test_learned_scale_starts_at_sigma():
    kernel = tf.constant(np.random.default_rng(0).normal(size=(5, 3)))
    layer = layers.SpectralNormalization(learned_scale=True, dtype="float64")
    layer.build_for(kernel)
    np.testing.assert_allclose(layer(kernel), kernel, rtol=1e-12)


def test_a_layers_kernel_reaches_norm_one():
    options = layers.KernelOptions("plain", weight_stddev=0.1, spectral_norm=True)
    layer = layers.Conv2D(4, options=options)
    layer.build(tf.TensorShape([None, 8, 8, 3]))
    for _ in range(20):
        layer.update_spectral_norm()
    matrix = layer.kernel().numpy().reshape(-1, 4)
    np.testing.assert_allclose(np.linalg.norm(matrix, 2), 1.0, rtol=1e-4)
    assert {v.name.split("/")[-1] for v in layer.trainable_variables} == {"w:0", "b:0"}
