"""Average pooling that keeps the standard deviation, as in the AM-GAN authors' code."""

import tensorflow as tf
import tf_keras as keras


class ScaledAveragePooling2D(keras.layers.Layer):
    """Computes the mean over a window times the window's width, with VALID padding.

    Averaging k*k independent values divides their standard deviation by k; the factor restores
    it. `pool_size=None` pools the whole height and width, which must be equal. The strides default
    to the window.

    Call: float [batch, height, width, C] -> [batch, height', width', C], or NCHW.
    """

    def __init__(self, pool_size=None, strides=None, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size
        self.strides = strides
        self.data_format = data_format

    def get_config(self):
        return super().get_config() | {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "data_format": self.data_format,
        }

    def call(self, inputs):
        axes = [1, 2] if self.data_format == "NHWC" else [2, 3]
        if self.pool_size is None:
            # A reduction supports both layouts on every device; the pooling kernel does not.
            return tf.reduce_mean(inputs, axes, keepdims=True) * inputs.shape[axes[0]]
        pooled = tf.nn.avg_pool2d(
            inputs,
            self.pool_size,
            self.strides or self.pool_size,
            "VALID",
            data_format=self.data_format,
        )
        return pooled * self.pool_size
