"""Convolution, transposed convolution and dense layers."""

from amnat import layers

import golden_layers
import numpy as np
import pytest
import tensorflow as tf

KERNEL_CASES = golden_layers.names("conv", "deconv", "linear")


@pytest.mark.parametrize("name", KERNEL_CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_golden(name, dtype):
    golden_layers.check(name, golden_layers.make(name, dtype), dtype)


@pytest.mark.parametrize("name", golden_layers.names("conv", "deconv"))
def test_golden_channels_first(name):
    layer = golden_layers.make(name, "float32", "NCHW")
    golden_layers.check(name, layer, "float32", "NCHW")


@pytest.mark.parametrize(
    ("layer", "shape", "gain"),
    [
        (layers.Conv2D(4, strides=2), [2, 8, 8, 3], 1.0),
        (layers.Conv2DTranspose(4, strides=2), [2, 8, 8, 3], 2.0),
        (layers.Conv2DTranspose(4, strides=1), [2, 8, 8, 3], 1.0),
        (layers.Dense(4), [2, 5], 1.0),
    ],
)
def test_initial_values(layer, shape, gain):
    layer.build(tf.TensorShape(shape))
    np.testing.assert_array_equal(layer.g, np.full(4, gain))
    np.testing.assert_array_equal(layer.b, np.zeros(4))
    assert np.abs(layer.w).max() <= 0.01 * np.sqrt(3)
    norms = np.linalg.norm(
        np.moveaxis(layer.kernel().numpy(), layer._gain_shape.index(4), 0).reshape(4, -1), axis=1
    )
    np.testing.assert_allclose(norms, gain, rtol=1e-5)


def test_plain_kernels_start_where_scaled_ones_do():
    kernels = []
    for parameterization in ("plain", "scale_after_init"):
        layer = layers.Conv2DTranspose(
            4, strides=2, options=layers.KernelOptions(parameterization), seed=3, name="same"
        )
        layer.build(tf.TensorShape([None, 4, 4, 5]))
        kernels.append(layer.kernel().numpy())
    np.testing.assert_allclose(kernels[0], kernels[1], rtol=1e-5)
    np.testing.assert_allclose(kernels[0].std(), 2 / np.sqrt(9 * 5), rtol=0.1)


def test_unknown_parameterization():
    with pytest.raises(ValueError, match="weight_nrom"):
        layers.KernelOptions("weight_nrom")


def test_config_round_trip():
    layer = layers.Conv2D(4, strides=2, options=layers.KernelOptions("plain"), seed=5)
    copy = layers.Conv2D.from_config(layer.get_config())
    assert copy.options == layer.options
    for built in (layer, copy):
        built.build(tf.TensorShape([None, 4, 4, 3]))
    np.testing.assert_array_equal(layer.w, copy.w)
