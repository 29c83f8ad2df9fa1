"""Virtual batch normalisation: golden numbers, TF-GAN, pooled statistics, gradients."""

from amnat.layers.virtual_batch_norm import VirtualBatchNormalization

import numpy as np
import pytest
import tensorflow as tf

REFERENCE = 2 * np.sin(np.arange(12.0)).reshape(3, 2, 2, 1) + 0.5
LIVE = np.cos(np.arange(8.0)).reshape(2, 2, 2, 1)
# float64, from an independent program: epsilon 1e-5.
GOLDEN = [
    *(0.43311193, 0.08085564, -0.65205043, -1.09177581),
    *(-0.91922106, -0.17905362, 0.35516827, 0.19228345),
]
GOLDEN_REFERENCE = [-0.04851133, 1.14276474, 1.23878709]


def layer(size=3, **kwargs):
    return VirtualBatchNormalization(size, dtype="float64", **kwargs)


def test_golden():
    outputs = layer()(tf.constant(np.concatenate([REFERENCE, LIVE]))).numpy().ravel()
    np.testing.assert_allclose(outputs[12:], GOLDEN, atol=1e-8)
    np.testing.assert_allclose(outputs[:3], GOLDEN_REFERENCE, atol=1e-8)


@pytest.mark.parametrize("shape", [(5, 4, 3, 2), (5, 6)])
def test_statistics_of_reference_and_one_sample_together(shape):
    """Written out: the moments of the reference batch joined with the sample."""
    values = np.random.default_rng(0).normal(1.0, 2.0, size=shape)
    outputs = layer(3)(tf.constant(values)).numpy()
    axes = tuple(range(len(shape) - 1))
    for row in range(5):
        pool = values[:3] if row < 3 else np.concatenate([values[:3], values[row : row + 1]])
        expected = (values[row] - pool.mean(axes)) / np.sqrt(pool.var(axes) + 1e-5)
        np.testing.assert_allclose(outputs[row], expected, rtol=1e-10, atol=1e-12)


def test_samples_do_not_depend_on_one_another():
    values = np.concatenate([REFERENCE, LIVE])
    norm = layer()
    alone = norm(tf.constant(values[:4]))
    np.testing.assert_array_equal(norm(tf.constant(values))[3], alone[3])


def test_channels_first_is_the_same():
    values = np.random.default_rng(1).normal(size=(5, 4, 3, 2))
    outputs = layer(2)(tf.constant(values))
    first = layer(2, data_format="NCHW")(tf.constant(values.transpose(0, 3, 1, 2)))
    np.testing.assert_allclose(first.numpy().transpose(0, 2, 3, 1), outputs, rtol=1e-12)


@pytest.mark.slow
def test_tf_gans():
    from amnat.compat import tfgan

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        norm = tfgan.features.VBN(tf.constant(REFERENCE, tf.float32), epsilon=1e-5)
        outputs = norm.reference_batch_normalization(), norm(tf.constant(LIVE, tf.float32))
        session.run(tf.compat.v1.global_variables_initializer())
        theirs = np.concatenate(session.run(outputs))
    ours = VirtualBatchNormalization(3)(tf.constant(np.concatenate([REFERENCE, LIVE]), tf.float32))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_gradient_flows_through_the_reference():
    values = tf.constant(np.concatenate([REFERENCE, LIVE]))
    norm = layer()
    with tf.GradientTape() as tape:
        tape.watch(values)
        loss = tf.reduce_sum(norm(values)[3:] ** 2)
    gradient = tape.gradient(loss, values).numpy()
    step, moved = 1e-6, values.numpy()
    moved[0, 0, 0, 0] += step
    up = np.sum(norm(tf.constant(moved)).numpy()[3:] ** 2)
    moved[0, 0, 0, 0] -= 2 * step
    down = np.sum(norm(tf.constant(moved)).numpy()[3:] ** 2)
    np.testing.assert_allclose(gradient[0, 0, 0, 0], (up - down) / (2 * step), rtol=1e-5)
    assert abs(gradient[0, 0, 0, 0]) > 1e-3


def test_constant_inputs_are_finite():
    values = tf.fill([4, 2, 2, 3], 1000.1)
    assert np.isfinite(VirtualBatchNormalization(2)(values)).all()


def test_no_reference_is_refused():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        VirtualBatchNormalization(0)
