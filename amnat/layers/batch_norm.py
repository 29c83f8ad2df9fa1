"""Batch normalisation that knows the current batch only (AM-GAN2, common/ops.py, `batch_norm`)."""

import tensorflow as tf
import tf_keras as keras

IMPLEMENTATIONS = ("fused", "moments")


class BatchStatisticsNormalization(keras.layers.Layer):
    """Normalises with the statistics of the batch at hand, in training and in sampling.

    There are **no moving averages**, as in the original: an output depends on the whole batch,
    and a batch of one is degenerate. Statistics are those of one replica.

    Variables: offset [C] = 0, scale [C] = 1. Biased variance, over all axes but the channels'.

    Args:
      implementation: 'fused' runs TensorFlow's fused kernel where it can, and is right in every
        derivative. 'moments' is what the original calls, tf.nn.moments, which holds the mean
        constant inside the variance: values and gradients are the same, but the gradient of a
        gradient (a gradient penalty) misses a term. Take it to train with the original's
        penalty, exactly.

    Call: float [batch, C] or [batch, height, width, C] (NCHW: [batch, C, height, width]), same
    shape out.
    """

    def __init__(self, epsilon=0.001, data_format="NHWC", implementation="fused", **kwargs):
        super().__init__(**kwargs)
        if implementation not in IMPLEMENTATIONS:
            raise ValueError(f"implementation must be in {IMPLEMENTATIONS}, not {implementation!r}")
        self.epsilon = epsilon
        self.data_format = data_format
        self.implementation = implementation

    def get_config(self):
        return super().get_config() | {
            "epsilon": self.epsilon,
            "data_format": self.data_format,
            "implementation": self.implementation,
        }

    def build(self, input_shape):
        channels = input_shape[self._channel_axis(len(input_shape))]
        self.offset = self.add_weight(name="offset", shape=[channels], initializer="zeros")
        self.scale = self.add_weight(name="scale", shape=[channels], initializer="ones")
        super().build(input_shape)

    def _channel_axis(self, rank):
        return 1 if rank == 4 and self.data_format == "NCHW" else rank - 1

    def call(self, inputs):
        rank = inputs.shape.rank
        # The fused kernel knows neither float64 nor matrices.
        if self.implementation == "fused" and rank == 4 and inputs.dtype != tf.float64:
            return self._fused(inputs)
        channel_axis = self._channel_axis(rank)
        axes = [axis for axis in range(rank) if axis != channel_axis]
        shape = [-1 if axis == channel_axis else 1 for axis in range(rank)]
        if self.implementation == "moments":
            mean, variance = tf.nn.moments(inputs, axes, keepdims=True)
        else:
            mean = tf.reduce_mean(inputs, axes, keepdims=True)
            variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes, keepdims=True)
        return tf.nn.batch_normalization(
            inputs,
            mean,
            variance,
            tf.reshape(self.offset, shape),
            tf.reshape(self.scale, shape),
            self.epsilon,
        )

    def _fused(self, inputs):
        return tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(self.scale, tf.float32),
            offset=tf.cast(self.offset, tf.float32),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            data_format=self.data_format,
            is_training=True,
        ).y
