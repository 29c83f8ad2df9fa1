"""Minibatch features (Salimans et al. 2016, section 3.2), as in the AM-GAN authors' code."""

import dataclasses

from amnat.layers.kernels import Dense, KernelOptions

import tensorflow as tf
import tf_keras as keras


class MinibatchFeatures(keras.layers.Layer):
    """Measures how close each sample is to the others of its batch (Salimans et al. 2016).

    A dense layer maps the input to `num_kernels` vectors of length `kernel_dim`. A feature is the
    sum of exp(-L1 distance) over the other samples, times 1 / (n (n - 1)) for a batch of n. (The
    authors' code divides by the sum of its mask, which counts all ordered pairs of different
    samples.)

    Call: float [batch, ...] -> [batch, num_kernels].
    """

    def __init__(self, num_kernels=100, kernel_dim=5, options=None, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.num_kernels = num_kernels
        self.kernel_dim = kernel_dim
        self.linear = Dense(
            num_kernels * kernel_dim, options=options, seed=seed, name="linear", dtype=self.dtype
        )

    def get_config(self):
        return super().get_config() | {
            "num_kernels": self.num_kernels,
            "kernel_dim": self.kernel_dim,
            "options": dataclasses.asdict(self.linear.options),
            "seed": self.linear.seed,
        }

    @classmethod
    def from_config(cls, config):
        # Layers of earlier versions recorded no options.
        if config.get("options") is not None:
            config = config | {"options": KernelOptions(**config["options"])}
        return cls(**config)

    def call(self, inputs):
        projected = tf.reshape(self.linear(inputs), [-1, self.num_kernels, self.kernel_dim])
        distances = tf.reduce_sum(
            tf.abs(projected[:, :, :, None] - tf.transpose(projected, [1, 2, 0])[None]), axis=2
        )
        batch = tf.shape(projected)[0]
        others = 1.0 - tf.eye(batch, dtype=projected.dtype)
        similarities = tf.exp(-distances) * others[:, None, :]
        pairs = tf.cast(batch * (batch - 1), projected.dtype)
        return tf.reduce_sum(similarities, axis=2) / pairs
