"""Stand-ins of tf.contrib against NumPy; names and order of variables as slim has them."""

import functools
import math

from amnat.compat import tf1_contrib as contrib

import numpy as np
import pytest
import tensorflow as tf

tf1 = tf.compat.v1
RANDOM = np.random.RandomState(3)
IMAGES = RANDOM.normal(size=(2, 4, 4, 3))
UNITS = RANDOM.normal(size=(5, 3))


def run(build, inputs, dtype):
    """(outputs, {variable: value before}, {variable: value after}) of a graph."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        placeholder = tf1.placeholder(dtype, inputs.shape)
        outputs = build(placeholder)
        tf1.set_random_seed(1)
        session.run(tf1.global_variables_initializer())
        variables = {v.op.name: v for v in tf1.global_variables()}
        before = session.run(variables)
        return session.run(outputs, {placeholder: inputs}), before, session.run(variables)


def convolved(images, kernel, stride):
    """SAME, by the definition."""
    size, count = kernel.shape[0], images.shape[1]
    out = -(-count // stride)
    total = max((out - 1) * stride + size - count, 0)
    low = total // 2
    padded = np.pad(images, ((0, 0), (low, total - low), (low, total - low), (0, 0)))
    result = np.zeros((len(images), out, out, kernel.shape[3]))
    for i in range(out):
        for j in range(out):
            window = padded[:, i * stride : i * stride + size, j * stride : j * stride + size]
            result[:, i, j] = np.einsum("nhwc,hwco->no", window, kernel)
    return result


def normalized(x, epsilon):
    axes = tuple(range(x.ndim - 1))
    return (x - x.mean(axes)) / np.sqrt(x.var(axes) + epsilon)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
def test_convolution_with_bias_and_activation(dtype, tolerance):
    build = functools.partial(contrib.conv2d, num_outputs=2, kernel_size=5, stride=2)
    outputs, variables, _ = run(build, IMAGES, dtype)
    assert list(variables) == ["Conv/weights", "Conv/biases"]
    assert outputs.dtype == dtype and (variables["Conv/biases"] == 0).all()
    expected = np.maximum(convolved(IMAGES, variables["Conv/weights"], 2), 0.0)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=tolerance)
    limit = math.sqrt(6 / (25 * (3 + 2)))
    assert 0.8 * limit < np.abs(variables["Conv/weights"]).max() <= limit


def test_transposed_convolution_is_the_gradient_of_a_convolution():
    build = functools.partial(
        contrib.conv2d_transpose, num_outputs=2, kernel_size=4, stride=2, activation_fn=None
    )
    outputs, variables, _ = run(build, IMAGES, "float64")
    assert list(variables) == ["Conv2d_transpose/weights", "Conv2d_transpose/biases"]
    kernel = variables["Conv2d_transpose/weights"]
    assert kernel.shape == (4, 4, 2, 3) and outputs.shape == (2, 8, 8, 2)
    other = RANDOM.normal(size=(2, 8, 8, 2))
    # <transposed(x), y> = <x, convolved(y)>.
    np.testing.assert_allclose(
        np.sum(outputs * other), np.sum(IMAGES * convolved(other, kernel, 2))
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
def test_a_normalizer_takes_the_place_of_the_bias(dtype, tolerance):
    normalizer = functools.partial(
        contrib.batch_norm, decay=0.9, scale=True, epsilon=1e-5, updates_collections=None
    )
    build = functools.partial(
        contrib.fully_connected, num_outputs=4, activation_fn=None, normalizer_fn=normalizer
    )
    outputs, before, after = run(build, UNITS, dtype)
    scope = "fully_connected/BatchNorm"
    names = ["beta", "gamma", "moving_mean", "moving_variance"]
    assert list(before) == ["fully_connected/weights", *(f"{scope}/{name}" for name in names)]
    h = UNITS @ before["fully_connected/weights"]
    np.testing.assert_allclose(outputs, normalized(h, 1.001e-5), rtol=0, atol=10 * tolerance)
    # Run along with the outputs, as without a collection to wait in.
    np.testing.assert_allclose(after[f"{scope}/moving_mean"], 0.1 * h.mean(0), rtol=1e-4)


def test_updates_wait_in_their_collection():
    build = functools.partial(contrib.batch_norm, scope="bn")
    outputs, before, after = run(build, IMAGES, "float32")
    assert list(before) == ["bn/beta", "bn/moving_mean", "bn/moving_variance"]
    np.testing.assert_allclose(outputs, normalized(IMAGES, 1e-3), rtol=0, atol=1e-5)
    assert (after["bn/moving_mean"] == 0).all()


def test_layers_are_numbered_and_reused_by_scope():
    def build(inputs):
        for reuse in (False, True):
            with tf1.variable_scope("net", reuse=reuse):
                h = contrib.conv2d(contrib.conv2d(inputs, 2, 3), 2, 3)
        return contrib.flatten(h)

    outputs, variables, _ = run(build, IMAGES, "float32")
    assert outputs.shape == (2, 32)
    names = ("Conv/weights", "Conv/biases", "Conv_1/weights", "Conv_1/biases")
    assert list(variables) == [f"net/{name}" for name in names]


def test_quarter_turns():
    degree = math.pi / 180
    turned, _, _ = run(lambda x: contrib.rotate(x, 90 * degree), IMAGES, "float32")
    np.testing.assert_array_equal(turned, np.rot90(np.float32(IMAGES), axes=(1, 2)))
    with pytest.raises(ValueError, match="quarter turns"):
        run(lambda x: contrib.rotate(x, 45 * degree), IMAGES, "float32")


def test_what_is_not_supplied_raises():
    with pytest.raises(ValueError, match="the batch's own statistics"):
        run(lambda x: contrib.batch_norm(x, is_training=False), IMAGES, "float32")
    with pytest.raises(TypeError):
        run(lambda x: contrib.conv2d(x, 2, 3, rate=2), IMAGES, "float32")
    with pytest.raises(TypeError, match="regularizers"):
        run(lambda x: contrib.fully_connected(x, 2, trainable=False), UNITS, "float32")


def test_a_gradient_of_a_gradient_is_whole_in_both_types():
    def build(inputs):
        def norm(x):
            return tf1.reduce_sum(contrib.batch_norm(x, scope="bn", scale=True) ** 3)

        with tf1.variable_scope("net", reuse=tf1.AUTO_REUSE):
            (slope,) = tf1.gradients(norm(inputs), [inputs])
            return tf1.gradients(tf1.reduce_sum(slope**2), [inputs])[0]

    single, _, _ = run(build, UNITS, "float32")
    double, _, _ = run(build, UNITS, "float64")
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-4 * np.abs(double).max())


def test_layer_norm():
    outputs, before, _ = run(lambda x: contrib.layer_norm(x, scope="ln_0"), IMAGES, tf.float64)
    assert {name: v.shape for name, v in before.items()} == {"ln_0/beta": (3,), "ln_0/gamma": (3,)}
    mean = IMAGES.mean((1, 2, 3), keepdims=True)
    expected = (IMAGES - mean) / IMAGES.std((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(outputs, expected, atol=1e-10)


def test_modules_that_names_are_imported_from():
    modules = contrib.deep_modules()
    assert modules["tensorflow.contrib.layers.python.layers.layers"].layer_norm
    assert {"tensorflow.contrib.layers", "tensorflow.contrib.opt.python.training"} <= set(modules)
