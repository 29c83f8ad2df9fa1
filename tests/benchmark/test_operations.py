"""Counted arithmetic, against counts from the layers' shapes."""

from amnat.benchmark import workloads
from amnat.benchmark.operations import operations, product_flops

import pytest
import tensorflow as tf


def traced(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function, autograph=False).get_concrete_function(*specs)


def test_products():
    def transposed(x, w):
        return tf.nn.conv2d_transpose(x, w, [2, 8, 8, 5], 2, "SAME")

    def convolved(x, w):
        return tf.nn.conv2d(x, w, 2, "SAME")

    assert product_flops(traced(tf.matmul, [2, 3], [3, 5])) == 2 * 2 * 3 * 5
    assert product_flops(traced(tf.matmul, [7, 2, 3], [7, 3, 5])) == 7 * 2 * 2 * 3 * 5
    by_row = traced(lambda a, b: tf.matmul(a, b, transpose_a=True), [3, 2], [3, 5])
    assert product_flops(by_row) == 2 * 2 * 3 * 5
    # Four outputs of 9 x 3 products each for every one of 2 x 16 pixels and 5 channels.
    assert product_flops(traced(convolved, [2, 8, 8, 3], [3, 3, 3, 5])) == 2 * 2 * 16 * 5 * 27
    assert product_flops(traced(transposed, [2, 4, 4, 3], [3, 3, 5, 3])) == 2 * 2 * 16 * 3 * 45


def test_only_what_is_needed_counts():
    def loss_gradient(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            loss = tf.reduce_sum(tf.nn.conv2d(x, w, 1, "SAME"))
        return tape.gradient(loss, w)

    function = traced(loss_gradient, [2, 4, 4, 3], [3, 3, 3, 5])
    # The gradient by the kernel alone: of a sum it needs neither the images' nor the outputs.
    assert [x.kind for x in operations(function) if x.flops] == ["Conv2DBackpropFilter"]


def test_numbers_read_and_written():
    (add,) = operations(traced(tf.add, [2, 3], [3]))
    assert (add.kind, add.flops, add.numbers) == ("AddV2", 0, 6 + 3 + 6)


def test_unknown_shapes_are_refused():
    with pytest.raises(ValueError, match="expected a known one"):
        product_flops(traced(tf.matmul, [None, 3], [3, 5]))


def test_calls_are_followed():
    inner = tf.function(tf.matmul, autograph=False)
    assert product_flops(traced(lambda a, b: inner(a, b), [2, 3], [3, 5])) == 60


def test_an_iteration_of_am_gan():
    """By the shapes of AM-GAN2's layers; every forward product has one backward product for the
    weights and one for the inputs, where either is needed."""
    workload = workloads.get("am_gan_cifar10")
    settings, _ = workload.sized(small=True)
    batch, latent = settings["batch_size"], settings["latent_size"]
    f, g = settings["discriminator_width"], settings["generator_width"]
    critic = [32 * 32 * 27 * f, 16 * 16 * 18 * f * f, 8 * 8 * 72 * f * f, 4 * 4 * 288 * f * f]
    critic += [8 * f * 11]
    # Of transposed convolutions the inputs' positions count.
    maker = [latent * 128 * g, 16 * 9 * 32 * g * g, 64 * 9 * 8 * g * g, 256 * 9 * 2 * g * g]
    maker += [1024 * 27 * g]
    d_step = sum(maker) + 2 * (3 * sum(critic) - critic[0])
    g_step = 3 * sum(maker) - maker[0] + 2 * sum(critic)
    found = product_flops(workload.program(settings).step())
    assert found == 2 * batch * (d_step + g_step)
