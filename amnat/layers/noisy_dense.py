"""A dense layer with noise on its weights (Fortunato et al. 2018)."""

import math

from amnat.rng import derive_seed

import tensorflow as tf
import tf_keras as keras

INITIAL_SIGMA = 0.017


class NoisyDense(keras.layers.Layer):
    """Computes x (W + sigma * noise), without a bias and with one noise for the whole batch.

    The noise is 0 at the start and only changes when `sample_noise` or `remove_noise` is called.

    Variables: w [in, units] ~ U(-1 / sqrt(in), 1 / sqrt(in)); sigma [in, units] = 0.017, which is
    trained as well; noise [in, units], which is not trained.

    Args:
      units: number of outputs.
      seed: Python int.
      shared: a built `NoisyDense` whose weights and noise this layer shares; only sigma is its
        own.

    Call: float [batch, in] -> [batch, units].
    """

    def __init__(self, units, seed=0, shared=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed
        # This bypasses Keras, which would count the other layer's sigma as a weight of this one.
        object.__setattr__(self, "_shared", shared)

    def get_config(self):
        return super().get_config() | {"units": self.units, "seed": self.seed}

    def build(self, input_shape):
        shape = [input_shape[-1], self.units]
        limit = 1.0 / math.sqrt(shape[0])
        key = tf.constant([derive_seed(self.seed, f"{self.name}/w"), 0], tf.int64)

        def initial_weight(shape, dtype=None, **_):
            return tf.cast(tf.random.stateless_uniform(shape, key, -limit, limit), dtype)

        if self._shared is None:
            self.w = self.add_weight(name="w", shape=shape, initializer=initial_weight)
            # Replicas draw different noise; that of the first one is everybody's.
            self.noise = self.add_weight(
                name="noise",
                shape=shape,
                initializer="zeros",
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
        else:
            self.w, self.noise = self._shared.w, self._shared.noise
        start = keras.initializers.Constant(INITIAL_SIGMA)
        self.sigma = self.add_weight(name="sigma", shape=shape, initializer=start)
        super().build(input_shape)

    def call(self, inputs):
        return tf.matmul(inputs, self.w + self.sigma * self.noise)

    def sample_noise(self, rng):
        """Draws new noise, N(0, 1), under the layer's name."""
        self.noise.assign(rng.normal(self.name, self.noise.shape, self.noise.dtype))

    def remove_noise(self):
        """Sets the noise to 0."""
        self.noise.assign(tf.zeros_like(self.noise))
