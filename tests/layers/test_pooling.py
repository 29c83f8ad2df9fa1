"""Scaled average pooling."""

from amnat import layers

import golden_layers
import pytest
import tensorflow as tf


@pytest.mark.parametrize("name", golden_layers.names("avgpool"))
def test_golden(name):
    golden_layers.check(name, golden_layers.make(name))


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_global_pooling_is_the_full_window(data_format):
    layer = layers.ScaledAveragePooling2D(dtype="float64", data_format=data_format)
    golden_layers.check("avgpool_4", layer, "float64", data_format)


def test_channels_come_last_unless_asked_for():
    layer = layers.ScaledAveragePooling2D()
    assert layer(tf.ones([2, 4, 4, 3])).shape == (2, 1, 1, 3)
    assert layers.ScaledAveragePooling2D(2)(tf.ones([2, 4, 4, 3])).shape == (2, 2, 2, 3)
