"""Convolutions with constant maps that are not made, against those that are."""

from amnat.layers import KernelOptions
from amnat.layers.conditioned_conv import ConditionedConv2D
from amnat.layers.padded_conv import PaddedConv2D

import numpy as np
import pytest
import tensorflow as tf

IMAGES, CONDITIONS = (
    tf.constant(np.random.default_rng(0).normal(size=shape)) for shape in ((3, 6, 8, 2), (3, 4))
)


def with_maps(layer, images, conditions):
    maps = tf.tile(conditions[:, None, None], [1, 6, 8, 1])
    return layer(tf.concat([images, maps], axis=-1))


@pytest.mark.parametrize("size, stride, padding", [(7, 1, 3), (4, 2, 1), (3, 1, 0)])
def test_values_and_gradients(size, stride, padding):
    arguments = {"options": KernelOptions("plain"), "dtype": "float64", "name": "conv", "seed": 1}
    layer = ConditionedConv2D(5, size, stride, padding, **arguments)
    plain = PaddedConv2D(5, size, stride, padding, **arguments)
    found = []
    for call in (
        lambda: layer((IMAGES, CONDITIONS)),
        lambda: with_maps(plain, IMAGES, CONDITIONS),
    ):
        with tf.GradientTape() as tape:
            tape.watch([IMAGES, CONDITIONS])
            outputs = call()
            total = tf.reduce_sum(tf.sin(outputs))
        kernel = layer.w if not found else plain.w
        found.append([outputs, *tape.gradient(total, [IMAGES, CONDITIONS, kernel])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)
    assert layer.w.shape == (size, size, 6, 5)
