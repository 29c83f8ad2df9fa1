"""The fully connected pair (its arithmetic is in tests/methods/am_gan/test_golden.py)."""

from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator

import tensorflow as tf


def test_shapes_and_names():
    generator = MLPGenerator(6, 2).build_variables((4,))
    discriminator = MLPDiscriminator(11, 5).build_variables((2,))
    points = generator(tf.random.stateless_normal([7, 4], [0, 0]))
    assert points.shape == (7, 2)
    assert discriminator(points).shape == (7, 11)
    names = set(discriminator.named_variables())
    assert "bn0/scale" not in names and {"bn1/scale", "bn4/offset", "linear4/g"} <= names
    # Dense w, g, b and batch norm offset, scale, layer by layer.
    hidden = 5 * (5 + 2)
    assert discriminator.count_params() == (10 + 10) + 4 * hidden + 4 * 10 + (55 + 22)
