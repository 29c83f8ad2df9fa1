"""Products and convolutions of a step, each timed by itself."""

from amnat.benchmark import kernels

import pytest
import tensorflow as tf


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_every_product_is_timed(dtype):
    def step(*inputs):
        images, kernel, weights = [tf.cast(x, dtype) for x in inputs]
        with tf.GradientTape() as tape:
            tape.watch([images, kernel, weights])
            maps = tf.nn.conv2d(images, kernel, 2, "SAME")
            for _ in range(2):
                maps = tf.nn.conv2d(maps, tf.ones([1, 1, 5, 5], maps.dtype), 1, "SAME")
            loss = tf.reduce_sum(tf.reshape(maps, [2, -1]) @ weights)
        return tape.gradient(loss, [images, kernel, weights])

    shapes = [2, 8, 8, 3], [3, 3, 3, 5], [80, 4]
    specs = [tf.TensorSpec(shape) for shape in shapes]
    function = tf.function(step, autograph=False).get_concrete_function(*specs)
    found = kernels.timed_kernels(function, 0.001)
    assert all(kernel.seconds > 0 for kernel in found)
    counts = {}
    for kernel in found:
        counts[kernel.kind] = counts.get(kernel.kind, 0) + kernel.executions
        assert kernel.shapes.endswith(f" {dtype}")
    # Both gradients of the product; nothing that is returned depends on the product itself.
    assert counts == {
        "Conv2D": 3,
        "Conv2DBackpropInput": 3,
        "Conv2DBackpropFilter": 1,
        "MatMul": 2,
    }
    pair = next(kernel for kernel in found if "2x4x4x5 1x1x5x5" in kernel.shapes)
    assert pair.kind == "Conv2D" and pair.executions == 2
