"""How maps are doubled and halved, against TensorFlow 1's operations and index by index."""

from amnat.layers import KernelOptions
from amnat.methods.am_gan_paper import flags, resampling
from amnat.methods.am_gan_paper.networks import (
    AMGANDiscriminator,
    AMGANGenerator,
    WidthError,
)

import numpy as np
import pytest
import tensorflow as tf

SHAPE = (2, 4, 6, 8)
tf1 = tf.compat.v1


def maps():
    return np.random.RandomState(3).standard_normal(SHAPE).astype(np.float32)


def phase_shift(x):
    """Pixel (2a + i, 2b + j) of map c is pixel (a, b) of map 4c + 2j + i."""
    n, height, width, channels = x.shape
    out = np.zeros((n, 2 * height, 2 * width, channels // 4), x.dtype)
    for i in (0, 1):
        for j in (0, 1):
            out[:, i::2, j::2] = x[..., 2 * j + i :: 4]
    return out


UP = {
    "resizen": lambda x: tf1.image.resize_nearest_neighbor(x, (2 * SHAPE[1], 2 * SHAPE[2])),
    "resizel": lambda x: tf1.image.resize_bilinear(x, (2 * SHAPE[1], 2 * SHAPE[2])),
    "depth_space": lambda x: tf1.depth_to_space(x, 2),
    "phaseshift": phase_shift,
}
POOL = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
DOWN = {
    "resizen": lambda x: tf1.image.resize_nearest_neighbor(x, (SHAPE[1] // 2, SHAPE[2] // 2)),
    "avgpool": lambda x: tf1.nn.avg_pool(x, **POOL),
    "maxpool": lambda x: tf1.nn.max_pool(x, **POOL),
    "space_depth": lambda x: tf1.space_to_depth(x, 2),
}


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize(
    ("function", "kind", "theirs"),
    [(resampling.upsample, *item) for item in UP.items()]
    + [(resampling.downsample, *item) for item in DOWN.items()],
)
def test_values(function, kind, theirs, data_format):
    given = maps()
    expected = np.asarray(theirs(given))
    if data_format == "NCHW":
        found = function(tf.constant(given.transpose(0, 3, 1, 2)), kind, "NCHW")
        found = np.transpose(found, (0, 2, 3, 1))
    else:
        found = function(tf.constant(given), kind, "NHWC")
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_flags_offer_all_of_them():
    assert flags.UPSAMPLINGS == resampling.UPSAMPLINGS
    assert flags.DOWNSAMPLINGS == resampling.DOWNSAMPLINGS
    assert set(resampling.UPSAMPLINGS) == {"deconv", "deconvpool", *UP}
    assert set(resampling.DOWNSAMPLINGS) == {"conv", *DOWN}


@pytest.mark.parametrize("upsampling", resampling.UPSAMPLINGS)
def test_generators(upsampling):
    made = AMGANGenerator(
        8, 3, upsampling=upsampling, use_layer_norm=True, kernel=KernelOptions("weight_norm")
    ).build_variables((5,))
    assert made(tf.zeros((2, 5))).shape == (2, 32, 32, 3)
    names = made.named_variables()
    kernels = [tuple(names[f"deconv{i}/w"].shape) for i in range(len(made.deconvs))]
    into = 4 if upsampling in resampling.FROM_CHANNELS else 1
    expected = [(3, 3, 16, 32 // into), (3, 3, 8, 16 // into), (3, 3, 4, 8 // into), (3, 3, 3, 4)]
    if upsampling == "deconvpool":
        pools = [(2, 2, 32, 32), (2, 2, 16, 16), (2, 2, 8, 8)]
        expected = [kernel for pair in zip(pools, expected, strict=False) for kernel in pair]
        expected.append((3, 3, 3, 4))
    assert kernels == expected
    assert {"ln0/scale", "ln3/offset"} <= set(names) and "bn0/scale" not in names


@pytest.mark.parametrize("downsampling", resampling.DOWNSAMPLINGS)
def test_discriminators(downsampling):
    made = AMGANDiscriminator(
        12, 4, downsampling=downsampling, input_noise=0.0, dropout_rate=0.0
    ).build_variables((32, 32, 3))
    assert made(tf.zeros((2, 32, 32, 3))).shape == (2, 12)
    widths = [2, 4, 8, 16]
    into = 4 if downsampling == "space_depth" else 1
    before = [3, *(into * width for width in widths[:-1])]
    found = [tuple(made.named_variables()[f"conv{i}/w"].shape) for i in range(4)]
    assert found == [(3, 3, a, b) for a, b in zip(before, widths, strict=True)]


def test_widths_that_cannot_be_divided():
    with pytest.raises(WidthError, match="phaseshift makes one map of four, and 10 are no"):
        AMGANGenerator(5, 3, upsampling="phaseshift")
    with pytest.raises(ValueError, match="upsampling must be in"):
        AMGANGenerator(8, 3, upsampling="linear")
    with pytest.raises(ValueError, match="downsampling must be in"):
        AMGANDiscriminator(12, 4, downsampling="resizel")


def test_the_configuration_makes_the_same_network_again():
    made = AMGANGenerator(8, 3, upsampling="resizel", use_layer_norm=True)
    again = AMGANGenerator.from_config(made.get_config())
    assert again.upsampling == "resizel" and again.norms[0].name == "ln0"
