"""Convolutions of few channels as matrix products, against TensorFlow's convolutions."""

from amnat.layers import Conv2D, Conv2DTranspose, KernelOptions
from amnat.layers.kernels import narrow_as_products

import numpy as np
import pytest
import tensorflow as tf


def _results(layer, inputs):
    """The layer's output, and the gradients of a loss with respect to inputs and variables."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        weights = tf.random.stateless_normal(tf.shape(outputs), [5, 6], dtype=outputs.dtype)
        loss = tf.reduce_sum(weights * tf.square(outputs))
    return [outputs, *tape.gradient(loss, [inputs, *layer.trainable_variables])]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kernel_size", [1, 3, 5])
@pytest.mark.parametrize("cls", [Conv2D, Conv2DTranspose])
def test_equal_to_the_convolution(cls, kernel_size, channels):
    inside, outside = (channels, 6) if cls is Conv2D else (6, channels)
    inputs = tf.random.stateless_normal([2, 7, 6, inside], [1, 2], dtype=tf.float64)
    layer = cls(outside, kernel_size=kernel_size, options=KernelOptions(), dtype="float64")
    plain = _results(layer, inputs)
    with narrow_as_products():
        called = tf.function(lambda x: layer(x), autograph=False)
        kinds = {op.type for op in called.get_concrete_function(inputs).graph.get_operations()}
        products = _results(layer, inputs)
    assert "MatMul" in kinds and not any(kind.startswith("Conv2D") for kind in kinds)
    for one, other in zip(products, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def _kinds(layer, shape):
    with narrow_as_products():
        spec = tf.TensorSpec(shape, tf.float32)
        traced = tf.function(lambda x: layer(x), autograph=False).get_concrete_function(spec)
    return {op.type for op in traced.graph.get_operations()}


def test_other_convolutions_stay():
    assert "Conv2D" in _kinds(Conv2D(6), [2, 8, 8, 5])
    assert "Conv2D" in _kinds(Conv2D(6, strides=2), [2, 8, 8, 3])
    assert "Conv2D" in _kinds(Conv2D(6, kernel_size=2), [2, 8, 8, 3])
    assert "Conv2DBackpropInput" in _kinds(Conv2DTranspose(3, strides=2), [2, 8, 8, 6])


def test_the_context_ends():
    layer = Conv2D(6)
    with narrow_as_products():
        pass
    spec = tf.TensorSpec([2, 8, 8, 3])
    traced = tf.function(lambda x: layer(x), autograph=False).get_concrete_function(spec)
    assert "Conv2D" in {op.type for op in traced.graph.get_operations()}
