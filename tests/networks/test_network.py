"""What all networks share."""

from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator

import numpy as np
import pytest
import tensorflow as tf


def test_weights_depend_on_seed_and_name_alone():
    first, again, other = (
        MLPGenerator(4, seed=seed).build_variables((3,)).get_weights() for seed in (1, 1, 2)
    )
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.allclose(first[0], other[0])
    # Layers of one shape differ from one another, and so do the two players'.
    names = MLPGenerator(4, seed=1).build_variables((4,)).named_variables()
    player = MLPDiscriminator(3, 4, seed=1).build_variables((4,)).named_variables()
    assert not np.allclose(names["linear1/w"], names["linear2/w"])
    assert not np.allclose(names["linear1/w"], player["linear1/w"])


def test_recording_shows_every_step_and_ends():
    network = MLPGenerator(4).build_variables((3,))
    with network.recording() as steps:
        output = network(tf.ones([2, 3]))
    network(tf.ones([2, 3]))
    assert [name for name, _ in steps][:3] == [
        "generator/linear0",
        "generator/bn0",
        "generator/activation0",
    ]
    assert len(steps) == 16
    np.testing.assert_array_equal(steps[-1][1], output)


def test_unknown_data_format():
    with pytest.raises(ValueError, match="NWHC"):
        MLPGenerator(4, data_format="NWHC")
