"""Layer normalisation over whole samples, as tf.contrib.layers.layer_norm has it."""

import tensorflow as tf
import tf_keras as keras


class SampleNormalization(keras.layers.Layer):
    """Normalises each sample with the mean and variance of all its entries (Ba et al. 2016).

    Variables: offset [C] = 0, scale [C] = 1, one per channel. The variance is biased. For 16-bit
    inputs the statistics are computed in float32.

    Args:
      epsilon: added to the variance; 1e-12 in TensorFlow 1's tf.contrib.
      data_format: 'NHWC' or 'NCHW'.

    Call: float [batch, C] or [batch, height, width, C] (NCHW: [batch, C, height, width]); the
    output has the same shape.
    """

    def __init__(self, epsilon=1e-12, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.data_format = data_format

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon, "data_format": self.data_format}

    def _channel_axis(self, rank):
        return 1 if rank == 4 and self.data_format == "NCHW" else rank - 1

    def build(self, input_shape):
        exact = {
            "shape": [input_shape[self._channel_axis(len(input_shape))]],
            "experimental_autocast": False,
        }
        self.offset = self.add_weight(name="offset", initializer="zeros", **exact)
        self.scale = self.add_weight(name="scale", initializer="ones", **exact)
        super().build(input_shape)

    def call(self, inputs):
        rank = inputs.shape.rank
        exact = tf.cast(inputs, self.variable_dtype)
        mean, variance = tf.nn.moments(exact, list(range(1, rank)), keepdims=True)
        shape = [1] * rank
        shape[self._channel_axis(rank)] = -1
        offset, scale = (tf.reshape(vector, shape) for vector in (self.offset, self.scale))
        outputs = tf.nn.batch_normalization(exact, mean, variance, offset, scale, self.epsilon)
        return tf.cast(outputs, inputs.dtype)
