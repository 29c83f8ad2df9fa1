"""Virtual batch normalisation (Salimans et al. 2016, section 3.5).

TF-GAN's `VBN` computes the same, but it is tied to one graph tensor: its reference batch is fixed
when the object is created, and its variables are TensorFlow 1 variables. This layer is called like
any other.
"""

import tensorflow as tf
import tf_keras as keras


class VirtualBatchNormalization(keras.layers.Layer):
    """Normalises each sample with the statistics of a reference batch and of itself.

    The first `reference_size` samples of the input are the reference batch at this layer, which is
    normalised with its own statistics. Any other sample is normalised, per channel, with the pooled
    mean and mean square of the reference batch and itself: the weight of its own is
    w = 1 / (reference_size + 1), that of the reference batch is 1 - w. The variance follows from
    these two. The output for a sample does not depend on the others of its batch. Gradients flow
    through the statistics of the reference batch, whose activations change with the weights.

    Variables: offset [C] = 0, scale [C] = 1. The statistics are computed in float32 or better.

    Args:
      reference_size: number of samples in the reference batch, at least 1.
      epsilon: added to the variance.
      data_format: the layout of inputs of rank 4.

    Call: float [reference_size + batch, C] or [..., height, width, C] (NCHW: [..., C, height,
    width]); the output has the same shape. The rows of a matrix are treated as one-pixel images.
    """

    def __init__(self, reference_size, epsilon=1e-5, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        if reference_size < 1:
            raise ValueError(f"reference_size must be at least 1, not {reference_size}")
        self.reference_size = reference_size
        self.epsilon = epsilon
        self.data_format = data_format

    def get_config(self):
        return super().get_config() | {
            "reference_size": self.reference_size,
            "epsilon": self.epsilon,
            "data_format": self.data_format,
        }

    def _channel_axis(self, rank):
        return 1 if rank == 4 and self.data_format == "NCHW" else rank - 1

    def build(self, input_shape):
        channels = input_shape[self._channel_axis(len(input_shape))]
        exact = {"shape": [channels], "experimental_autocast": False}
        self.offset = self.add_weight(name="offset", initializer="zeros", **exact)
        self.scale = self.add_weight(name="scale", initializer="ones", **exact)
        super().build(input_shape)

    def call(self, inputs):
        rank = inputs.shape.rank
        channel_axis = self._channel_axis(rank)
        pixels = [axis for axis in range(1, rank) if axis != channel_axis]
        exact = tf.cast(inputs, self.variable_dtype)
        # The moments of each sample: [samples, C], with the pixel axes kept as ones.
        means = tf.reduce_mean(exact, pixels, keepdims=True)
        squares = tf.reduce_mean(tf.square(exact), pixels, keepdims=True)
        mean, square = (self._pooled(moments) for moments in (means, squares))
        # Rounding can make the difference negative.
        variance = tf.maximum(square - tf.square(mean), 0.0)
        shape = [1] * rank
        shape[channel_axis] = -1
        scale, offset = (tf.reshape(vector, shape) for vector in (self.scale, self.offset))
        outputs = tf.nn.batch_normalization(exact, mean, variance, offset, scale, self.epsilon)
        return tf.cast(outputs, inputs.dtype)

    def _pooled(self, moments):
        """Turns each sample's own moments into those that normalise it, in the same shape."""
        own_weight = 1.0 / (self.reference_size + 1.0)
        reference = tf.reduce_mean(moments[: self.reference_size], axis=0, keepdims=True)
        mixed = own_weight * moments[self.reference_size :] + (1.0 - own_weight) * reference
        repeated = tf.repeat(reference, self.reference_size, axis=0)
        return tf.concat([repeated, mixed], axis=0)
