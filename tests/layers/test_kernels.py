"""Convolution, transposed convolution and dense layers."""

import contextlib

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


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_strided_pointwise_convolution(data_format):
    """Every other pixel times the kernel, and the gradients of that, by NumPy."""
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 3)).astype(np.float32)
    weight = np.random.default_rng(1).normal(size=(2, 3, 3, 4)).astype(np.float32)
    options = layers.KernelOptions("glorot")
    layer = layers.Conv2D(4, 1, 2, options=options, data_format=data_format, use_bias=False)
    is_first = data_format == "NCHW"
    inputs = tf.constant(np.moveaxis(x, 3, 1) if is_first else x)
    layer.build(inputs.shape)
    if is_first and not tf.config.list_physical_devices("GPU"):
        # TensorFlow's convolutions on the CPU, but for oneDNN's inside functions, are NHWC's.
        call = tf.function(layer, autograph=False)
    else:
        call = layer
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        found = call(inputs)
        found = tf.transpose(found, [0, 2, 3, 1]) if is_first else found
        loss = tf.reduce_sum(found * weight)
    by_inputs, by_kernel = tape.gradient(loss, (inputs, layer.w))
    kernel, picked = layer.w.numpy()[0, 0], x[:, ::2, ::2]
    np.testing.assert_allclose(found, picked @ kernel, rtol=1e-5, atol=1e-6)
    expected = np.einsum("nhwi,nhwo->io", picked, weight)
    np.testing.assert_allclose(by_kernel[0, 0], expected, rtol=1e-4, atol=1e-5)
    expected = np.zeros_like(x)
    expected[:, ::2, ::2] = weight @ kernel.T
    by_inputs = np.moveaxis(by_inputs.numpy(), 1, 3) if is_first else by_inputs
    np.testing.assert_allclose(by_inputs, expected, rtol=1e-4, atol=1e-5)


def two_calls(layer, x, shares):
    """(kernels of two calls, gradients of the sum of both calls' squares)."""
    kernels = []
    sharing = layers.shared_kernels() if shares else contextlib.nullcontext()
    with tf.GradientTape() as tape, sharing:
        loss = tf.reduce_sum(layer(x) ** 2)
        kernels.append(layer.kernel())
        loss += tf.reduce_sum(layer(x + 1.0) ** 2)
        kernels.append(layer.kernel())
    return kernels, tape.gradient(loss, layer.trainable_variables)


def test_calls_share_a_kernel_and_its_gradient():
    layer = layers.Dense(4, seed=3, dtype="float64")
    x = tf.constant(np.random.default_rng(0).normal(size=(5, 3)))
    layer.build(x.shape)
    (first, second), gradients = two_calls(layer, x, shares=True)
    assert first is second
    (first, second), expected = two_calls(layer, x, shares=False)
    assert first is not second
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_branch_does_not_share_with_what_is_around_it():
    layer = layers.Dense(4, seed=3)
    layer.build(tf.TensorShape([None, 3]))

    @tf.function(autograph=False)
    def both(x):
        with layers.shared_kernels():
            inside = tf.cond(tf.shape(x)[0] > 1, lambda: layer(x), lambda: x[:, :1] * layer.w[0])
            return inside, layer(x)

    inside, outside = both(tf.ones([2, 3]))
    np.testing.assert_allclose(inside, outside, rtol=1e-6)


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
