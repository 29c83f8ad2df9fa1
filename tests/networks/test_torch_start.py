"""Layers that pad and start as PyTorch's."""

from amnat.networks.torch_start import TorchNetwork

import numpy as np
import pytest


class Three(TorchNetwork):
    def __init__(self, **kwargs):
        super().__init__("relu", name="three", **kwargs)
        self.first = self.padded_conv(3, 40, 3, 2, 1, "first")
        self.second = self.doubling(40, 20, "second")
        self.third = self.dense(30, "third")

    def call(self, inputs, rng=None):
        return self.third(self.second(self.first(inputs)))


def built(**kwargs):
    return Three(**kwargs).build_variables((8, 8, 3)).named_variables()


def test_uniform_within_one_over_the_root_of_the_inputs():
    named = built(seed=2)
    assert "second/b" not in named
    # Of a transposed convolution PyTorch counts the outputs.
    for layer, inputs in (("first", 27), ("second", 16 * 20), ("third", 8 * 8 * 20)):
        for kind in ("w", "b"):
            if f"{layer}/{kind}" in named:
                values = named[f"{layer}/{kind}"].numpy()
                assert 0.8 / np.sqrt(inputs) < np.abs(values).max() <= 1 / np.sqrt(inputs)


def test_a_standard_deviation_of_ones_own_for_convolutions():
    named = built(seed=2, weight_stddev=0.02)
    np.testing.assert_allclose(named["first/w"].numpy().std(), 0.02, rtol=0.1)
    # Biases and dense layers start as before.
    assert 0.15 < np.abs(named["first/b"]).max() <= 1 / np.sqrt(27)
    assert np.abs(named["third/w"]).max() <= 1 / np.sqrt(1280)


def test_seeds():
    first, same, other = (built(seed=seed) for seed in (1, 1, 2))
    for name, variable in first.items():
        np.testing.assert_array_equal(variable, same[name])
        assert not np.array_equal(variable, other[name])


def test_channels_first_are_refused():
    with pytest.raises(ValueError, match="data_format must be NHWC"):
        Three(data_format="NCHW")
