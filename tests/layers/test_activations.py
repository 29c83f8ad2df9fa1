"""Activations by name."""

import functools

from amnat.layers import ACTIVATIONS, activate

import golden_layers
import pytest
import tensorflow as tf

CASES = [name for name in golden_layers.CASES if name.startswith("activation_")]


@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    golden_layers.check(
        name, functools.partial(activate, name=name.removeprefix("activation_")), "float64"
    )


def test_every_activation_has_a_golden_case():
    assert {name.removeprefix("activation_") for name in CASES} == set(ACTIVATIONS)


def test_crelu_doubles_the_channels():
    assert activate(tf.zeros([2, 3, 4, 5]), "crelu", channel_axis=1).shape == (2, 6, 4, 5)


def test_unknown_name():
    with pytest.raises(ValueError, match="lrelo"):
        activate(tf.zeros([1]), "lrelo")
