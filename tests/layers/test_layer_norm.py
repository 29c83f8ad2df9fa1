"""Layer norm over samples."""

from amnat.layers.layer_norm import SampleNormalization

import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 6, 3)])
def test_values_by_hand(shape):
    values = np.random.RandomState(1).standard_normal(shape) * 3.0 + 1.0
    layer = SampleNormalization(dtype="float64")
    layer.build(shape)
    assert layer.offset.shape == layer.scale.shape == shape[-1:]
    layer.offset.assign(np.linspace(-1.0, 1.0, shape[-1]))
    layer.scale.assign(np.linspace(0.5, 2.0, shape[-1]))
    axes = tuple(range(1, len(shape)))
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    expected = (values - mean) / np.sqrt(variance + 1e-12) * layer.scale.numpy()
    np.testing.assert_allclose(layer(values), expected + layer.offset.numpy(), rtol=1e-10)


def test_a_sample_does_not_depend_on_the_batch():
    values = np.random.RandomState(2).standard_normal((4, 3, 3, 2)).astype(np.float32)
    layer = SampleNormalization()
    np.testing.assert_allclose(layer(values)[1:2], layer(values[1:2]), atol=1e-6)


def test_channels_first_are_the_same():
    values = np.random.RandomState(3).standard_normal((2, 4, 5, 3)).astype(np.float32)
    last, first = SampleNormalization(), SampleNormalization(data_format="NCHW")
    expected = last(values)
    found = first(tf.transpose(values, [0, 3, 1, 2]))
    np.testing.assert_allclose(tf.transpose(found, [0, 2, 3, 1]), expected, atol=1e-5)
    assert SampleNormalization.from_config(first.get_config()).data_format == "NCHW"


def test_float16_is_normalised_in_float32():
    layer = SampleNormalization(dtype="mixed_bfloat16")
    found = layer(tf.ones((2, 300), tf.bfloat16) * 3.0)
    assert found.dtype == tf.bfloat16 and np.all(np.isfinite(tf.cast(found, tf.float32)))
