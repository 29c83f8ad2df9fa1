"""Instance normalisation: values, independence, second derivatives, 16 bits."""

from amnat.layers.instance_norm import InstanceNormalization

import numpy as np
import tensorflow as tf

IMAGES = np.random.default_rng(0).normal(2.0, 3.0, size=(3, 4, 5, 2))


def test_values():
    layer = InstanceNormalization(dtype="float64")
    layer.build(IMAGES.shape)
    layer.scale.assign([2.0, -1.0])
    layer.offset.assign([0.5, 3.0])
    mean, variance = IMAGES.mean((1, 2), keepdims=True), IMAGES.var((1, 2), keepdims=True)
    expected = (IMAGES - mean) / np.sqrt(variance + 1e-5) * [2, -1] + [0.5, 3]
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-10)
    plain = InstanceNormalization(affine=False, dtype="float64")
    np.testing.assert_allclose(plain(IMAGES), (expected - [0.5, 3]) / [2, -1], rtol=1e-9)
    assert not plain.weights


def test_images_do_not_depend_on_their_batch():
    layer = InstanceNormalization()
    images = tf.constant(IMAGES, tf.float32)
    np.testing.assert_allclose(layer(images)[1:2], layer(images[1:2]), rtol=1e-6)


def test_gradients_of_gradients():
    """Against differences of the first gradient."""
    layer = InstanceNormalization(affine=False, dtype="float64")
    direction = np.random.default_rng(1).normal(size=IMAGES.shape)

    def slope_square(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(tf.sin(layer(images)) * direction)
        return tf.reduce_sum(tf.square(tape.gradient(total, images)))

    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = slope_square(images)
    found = tf.reduce_sum(tape.gradient(value, images) * direction)
    step = 1e-5 * direction
    expected = (slope_square(images + step) - slope_square(images - step)) / 2e-5
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_statistics_of_16_bits_are_exact():
    layer = InstanceNormalization(dtype="mixed_bfloat16")
    found = layer(tf.cast(IMAGES, tf.bfloat16))
    assert found.dtype == tf.bfloat16 and layer.scale.dtype == tf.float32
    expected = InstanceNormalization()(tf.cast(tf.cast(IMAGES, tf.bfloat16), tf.float32))
    np.testing.assert_allclose(tf.cast(found, tf.float32), expected, atol=0.01)
