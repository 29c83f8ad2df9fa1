"""Convolutions with equal padding against sums in NumPy."""

from amnat.layers import KernelOptions
from amnat.layers.padded_conv import PaddedConv2D

import numpy as np
import pytest
import tensorflow as tf

IMAGES = np.random.default_rng(0).normal(size=(2, 8, 7, 3))


def convolved(images, kernel, stride, padding):
    size = kernel.shape[0]
    sides = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    padded = np.pad(images, sides)
    rows, columns = ((side - size) // stride + 1 for side in padded.shape[1:3])
    found = np.empty((len(images), rows, columns, kernel.shape[3]))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, i * stride : i * stride + size, j * stride : j * stride + size]
            found[:, i, j] = np.tensordot(window, kernel, 3)
    return found


@pytest.mark.parametrize("size, stride, padding", [
    (3, 2, 1), (4, 2, 1), (3, 1, 0), (7, 1, 3), (3, 2, 0),
])  # fmt: skip
def test_values_and_gradients(size, stride, padding):
    layer = PaddedConv2D(4, size, stride, padding, options=KernelOptions("plain"), dtype="float64")
    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = layer(images)
        total = tf.reduce_sum(tf.square(outputs))
    expected = convolved(IMAGES, layer.w.numpy(), stride, padding)
    np.testing.assert_allclose(outputs, expected, rtol=1e-9, atol=1e-12)
    change = np.random.default_rng(1).normal(size=IMAGES.shape)
    moved = convolved(change, layer.w.numpy(), stride, padding)
    found = np.sum(tape.gradient(total, images) * change)
    np.testing.assert_allclose(found, 2 * np.sum(expected * moved), rtol=1e-9)


def test_configuration():
    layer = PaddedConv2D(4, 3, 2, 1, name="conv")
    assert PaddedConv2D.from_config(layer.get_config()).padding == 1
    with pytest.raises(ValueError, match="must be NHWC"):
        PaddedConv2D(4, 3, data_format="NCHW")
