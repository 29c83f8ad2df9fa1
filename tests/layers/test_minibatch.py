"""Minibatch features."""

import golden_layers
import pytest


@pytest.mark.parametrize("name", golden_layers.names("minibatch_feature"))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_golden(name, dtype):
    golden_layers.check(name, golden_layers.make(name, dtype), dtype)
