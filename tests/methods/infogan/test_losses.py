"""InfoGAN's losses against PyTorch's."""

from amnat.methods.infogan import losses

import numpy as np
import pytest
import sim_gan_cases as cases
import tensorflow as tf

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/sim_gan.npz")


def value_and_gradient(loss, inputs):
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(inputs)
    return value, tape.gradient(value, inputs)


@pytest.mark.parametrize("name", ["single", "double"])
def test_labels(name):
    logits, labels = cases.label_inputs()
    value, gradient = value_and_gradient(
        lambda x: losses.label_loss(x, labels, name == "double"), logits
    )
    np.testing.assert_allclose(value, GOLDEN[f"label/{name}"], rtol=1e-13)
    np.testing.assert_allclose(gradient, GOLDEN[f"label/{name}/logits"], atol=1e-15)


@pytest.mark.parametrize("name", ["absolute", "squared"])
def test_codes(name):
    estimate, code = cases.codes()
    loss = getattr(losses, f"{name}_space_loss")
    value, gradient = value_and_gradient(lambda x: loss(x, code), estimate)
    np.testing.assert_allclose(value, GOLDEN[f"space/{name}"], rtol=1e-13)
    np.testing.assert_allclose(gradient, GOLDEN[f"space/{name}/estimate"], atol=1e-15)


def test_what_the_second_softmax_does():
    """The repository's numbers: it bounds the loss, from below as well."""
    logits = np.array([[1.0, 2, 3], [0, 0, 4]])
    np.testing.assert_allclose(losses.label_loss(logits, [2, 0], True), 1.1592208799, rtol=1e-9)
    np.testing.assert_allclose(losses.label_loss(logits, [2, 0]), 2.2217911321, rtol=1e-9)
    for count, floor in ((2, 0.3133), (10, 1.4612), (13, 1.6891)):
        sure = 100 * np.eye(count)[:1]
        np.testing.assert_allclose(losses.label_loss(sure, [0], True), floor, atol=5e-5)
        np.testing.assert_allclose(losses.label_loss(sure, [1], True), floor + 1, atol=5e-5)
