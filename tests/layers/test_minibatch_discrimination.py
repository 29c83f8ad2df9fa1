"""Minibatch discrimination: golden numbers, blocks against the whole, memory."""

from amnat.layers.kernels import KernelOptions
from amnat.layers.minibatch_discrimination import MinibatchDiscrimination, minibatch_similarities

import numpy as np
import pytest
import tensorflow as tf

# float64 of the definition, from an independent program, the sample itself included.
GOLDEN = [
    [1.392143711, 1.1431175637],
    [1.8574768786, 1.2161978768],
    [1.7172427932, 1.4409016367],
    [1.6586809722, 1.3972163062],
]


def projected(dtype=tf.float64):
    n, b, c = np.ogrid[:4, :2, :3]
    return tf.constant(np.sin(n + 2 * b + 3 * c), dtype)


@pytest.mark.parametrize("block_size", [0, 1, 3, 4, 7])
def test_golden(block_size):
    sums = minibatch_similarities(projected(), block_size=block_size)
    np.testing.assert_allclose(sums, GOLDEN, atol=1e-9)
    without = minibatch_similarities(projected(), False, block_size)
    np.testing.assert_allclose(without, np.array(GOLDEN) - 1.0, atol=1e-9)


def gradients(values, block_size):
    """The first derivatives of a loss, and those of the first ones' squares (a penalty's)."""
    weights = tf.constant(np.arange(1.0, 9.0).reshape(4, 2))
    with tf.GradientTape() as outer:
        outer.watch(values)
        with tf.GradientTape() as inner:
            inner.watch(values)
            loss = tf.reduce_sum(weights * minibatch_similarities(values, True, block_size) ** 2)
        first = inner.gradient(loss, values)
        penalty = tf.reduce_sum(first**2)
    return first, outer.gradient(penalty, values)


@pytest.mark.parametrize("block_size", [1, 3, 4])
def test_gradients_of_blocks(block_size):
    blocks, whole = gradients(projected(), block_size), gradients(projected(), 0)
    for one, other in zip(blocks, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_gradient_against_differences():
    values = projected().numpy()
    first, _ = gradients(tf.constant(values), 3)
    weights, step = np.arange(1.0, 9.0).reshape(4, 2), 1e-6

    def loss(at):
        return np.sum(weights * minibatch_similarities(tf.constant(at)).numpy() ** 2)

    for place in ((0, 0, 0), (2, 1, 1), (3, 0, 2)):
        up, down = values.copy(), values.copy()
        up[place] += step
        down[place] -= step
        np.testing.assert_allclose(first[place], (loss(up) - loss(down)) / (2 * step), rtol=1e-6)


def test_layer_appends_features():
    layer = MinibatchDiscrimination(4, 3, options=KernelOptions("plain"), seed=1)
    inputs = tf.random.stateless_normal([6, 2, 5], [0, 0])
    outputs = layer(inputs)
    assert outputs.shape == (6, 14) and layer.count_params() == 10 * 12
    np.testing.assert_array_equal(outputs[:, :10], tf.reshape(inputs, [6, 10]))
    m = np.reshape(inputs, (6, 10)).astype(np.float64) @ layer.linear.kernel().numpy()
    m = m.reshape(6, 4, 3)
    expected = np.exp(-np.abs(m[:, None] - m[None]).sum(3)).sum(1)
    np.testing.assert_allclose(outputs[:, 10:], expected, rtol=1e-5)
    same = MinibatchDiscrimination.from_config(layer.get_config())
    assert same.get_config() == layer.get_config()


def functions_of(graph):
    """The graph and those of all functions that it calls, of loops' bodies and conditions."""
    yield graph
    for name in graph._functions:
        yield graph._get_function(name).graph


def training_step(block_size, batch=256):
    """(the number of entries of the largest tensor, all operations) of a training step."""
    values = tf.TensorSpec([batch, 100, 5])

    @tf.function(autograph=False)
    def step(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = tf.reduce_sum(minibatch_similarities(values, True, block_size))
        return tape.gradient(loss, values)

    graph = step.get_concrete_function(values).graph
    operations = [operation for each in functions_of(graph) for operation in each.get_operations()]
    shapes = [output.shape for operation in operations for output in operation.outputs]
    return max(shape.num_elements() or 0 for shape in shapes if shape.rank is not None), operations


def test_memory_at_batch_256():
    """A block of 16 makes nothing of more than a sixteenth of the [256, 256, 100, 5] tensor.

    The graph says so, whatever else the machine does. The loops, one forwards and one backwards,
    take one block at a time, and the first pushes nothing on a stack for the second.
    """
    whole, operations = training_step(0)
    assert whole == 256 * 256 * 100 * 5
    assert not any(operation.type.endswith("While") for operation in operations)
    block, operations = training_step(16)
    assert block == 16 * 256 * 100 * 5
    loops = [operation for operation in operations if operation.type.endswith("While")]
    assert [loop.get_attr("parallel_iterations") for loop in loops] == [1, 1]
    assert not any(operation.type == "TensorListPushBack" for operation in operations)
