"""Instance normalisation (Ulyanov et al. 2016), as PyTorch's InstanceNorm2d computes it."""

import tensorflow as tf
import tf_keras as keras


class InstanceNormalization(keras.layers.Layer):
    """Normalises every channel of every image with its own mean and variance.

    An output depends only on its own image, in training and in sampling; there are no moving
    averages. The variance is biased. All derivatives are correct, as gradient penalties require.
    For 16-bit inputs the statistics are computed in float32.

    Variables with `affine`: offset [C] = 0, scale [C] = 1.

    Args:
      affine: whether the layer has an offset and a scale.
      epsilon: added to the variance.

    Call: float [batch, height, width, C]; the output has the same shape.
    """

    def __init__(self, affine=True, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.affine = affine
        self.epsilon = epsilon

    def get_config(self):
        return super().get_config() | {"affine": self.affine, "epsilon": self.epsilon}

    def build(self, input_shape):
        self.offset = self.scale = None
        if self.affine:
            exact = {"shape": [input_shape[-1]], "experimental_autocast": False}
            self.scale = self.add_weight(name="scale", initializer="ones", **exact)
            self.offset = self.add_weight(name="offset", initializer="zeros", **exact)
        super().build(input_shape)

    def call(self, inputs):
        exact = tf.cast(inputs, self.variable_dtype)
        # tf.nn.moments would hold the mean constant inside the variance, which makes the gradient
        # of a gradient wrong.
        mean = tf.reduce_mean(exact, [1, 2], keepdims=True)
        centred = exact - mean
        variance = tf.reduce_mean(tf.square(centred), [1, 2], keepdims=True)
        outputs = centred * tf.math.rsqrt(variance + self.epsilon)
        if self.affine:
            outputs = outputs * self.scale + self.offset
        return tf.cast(outputs, inputs.dtype)
