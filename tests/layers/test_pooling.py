"""Scaled average pooling."""

from amnat import layers

import golden_layers
import pytest


@pytest.mark.parametrize("name", golden_layers.names("avgpool"))
def test_golden(name):
    golden_layers.check(name, golden_layers.make(name))


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_global_pooling_is_the_full_window(data_format):
    layer = layers.ScaledAveragePooling2D(dtype="float64", data_format=data_format)
    golden_layers.check("avgpool_4", layer, "float64", data_format)
