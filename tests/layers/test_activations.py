"""Activations by name."""

import functools
import os
import subprocess
import sys

from amnat.layers import ACTIVATIONS, activate, gradients_from_outputs

import golden_layers
import numpy as np
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


def leaky_relu_derivatives(x):
    """Value, first and second derivative of a function of lrelu, as in a gradient penalty."""
    with tf.GradientTape() as second:
        second.watch(x)
        with tf.GradientTape() as first:
            first.watch(x)
            value = activate(x, "lrelu") ** 3
        slope = first.gradient(value, x)
    return [each.numpy() for each in (value, slope, second.gradient(slope, x))]


@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
def test_gradients_from_outputs_are_the_same_bits(dtype):
    edges = [0.0, -0.0, 6e-8, -6e-8, 1e-300, -1e-300, np.inf, -np.inf, np.nan]
    x = np.concatenate([edges, np.random.default_rng(0).normal(size=100)])
    x = tf.constant(x, dtype)
    expected = leaky_relu_derivatives(x)
    with gradients_from_outputs():
        found = leaky_relu_derivatives(x)
    assert [each.tobytes() for each in found] == [each.tobytes() for each in expected]


STEP = """
import contextlib, sys
from amnat.layers import activate, gradients_from_outputs
import tensorflow as tf

kernel, bias = tf.Variable(tf.ones([3, 3, 1, 8])), tf.Variable(tf.zeros(8))

@tf.function
def step(x):
    with tf.GradientTape() as tape, gradients_from_outputs():
        h = activate(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias), "lrelu")
        loss = tf.reduce_mean(h**2)
    return tape.gradient(loss, [kernel, bias])

step(tf.ones([4, 16, 16, 1]))
"""


@pytest.mark.slow
def test_the_graph_optimizer_does_not_fail():
    """With tf.nn.leaky_relu's own gradient and oneDNN: 'remapper failed: ... LeakyReluGrad'."""
    done = subprocess.run(
        [sys.executable, "-c", STEP],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "failed:" not in done.stderr.replace("failed call to cuInit:", ""), done.stderr
