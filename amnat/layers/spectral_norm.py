"""Spectral normalisation (Miyato et al. 2018), as the AM-GAN authors' code computes it."""

from amnat.rng import derive_seed

import tensorflow as tf
import tf_keras as keras


def _l2_normalize(vector):
    # Unlike in tf.nn.l2_normalize, the epsilon is added to the norm itself.
    return vector / (tf.sqrt(tf.reduce_sum(tf.square(vector))) + 1e-12)


class SpectralNormalization(keras.layers.Layer):
    """Divides a kernel by an estimate of its largest singular value.

    The kernel is treated as a matrix [product of the leading axes, last axis]. The estimate
    sigma = v W u^T uses the stored vectors u [1, last] and v [1, rest] from **before** this step's
    power iterations. `update` runs the iterations and stores the result; every training step has to
    call it. No gradient flows through u and v, but it does flow through sigma.

    Args:
      num_iterations: power iterations per update.
      learned_scale: whether to multiply by a trained scalar k that starts at sigma.
      seed: seed of the initial vectors, which are truncated normal.
    """

    def __init__(self, num_iterations=10, learned_scale=False, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.num_iterations = num_iterations
        self.learned_scale = learned_scale
        self.seed = seed

    def get_config(self):
        return super().get_config() | {
            "num_iterations": self.num_iterations,
            "learned_scale": self.learned_scale,
            "seed": self.seed,
        }

    def build_for(self, kernel):
        """Creates u, v (and k) for a kernel; k needs the kernel's value, not only its shape."""
        matrix = self._as_matrix(kernel)
        self.u = self._add_vector("u", matrix.shape[1])
        self.v = self._add_vector("v", matrix.shape[0])
        self.k = None
        if self.learned_scale:
            sigma = self._sigma(matrix)
            self.k = self.add_weight(
                name="k", shape=[], initializer=lambda shape, dtype=None, **_: sigma
            )
        self.built = True

    def _add_vector(self, name, size):
        key = tf.constant([derive_seed(self.seed, name), 0], tf.int64)

        def initial_vector(shape, dtype=None, **_):
            return tf.cast(tf.random.stateless_truncated_normal(shape, key), dtype)

        return self.add_weight(
            name=name, shape=[1, size], initializer=initial_vector, trainable=False
        )

    def _as_matrix(self, kernel):
        return tf.reshape(kernel, [-1, kernel.shape[-1]])

    def _sigma(self, matrix):
        return tf.matmul(tf.matmul(self.v, matrix), self.u, transpose_b=True)[0, 0]

    def call(self, kernel):
        matrix = self._as_matrix(kernel)
        normalized = matrix / self._sigma(matrix)
        if self.k is not None:
            normalized *= self.k
        return tf.reshape(normalized, kernel.shape)

    def update(self, kernel):
        """Runs `num_iterations` power iterations from the stored u, and stores u and v."""
        matrix = self._as_matrix(kernel)
        u, v = tf.convert_to_tensor(self.u), tf.convert_to_tensor(self.v)
        for _ in range(self.num_iterations):
            v = _l2_normalize(tf.matmul(u, matrix, transpose_b=True))
            u = _l2_normalize(tf.matmul(v, matrix))
        self.u.assign(u)
        self.v.assign(v)
