"""Minibatch discrimination (Salimans et al. 2016, section 3.2).

`layers/minibatch.py` has the AM-GAN authors' form of it, an average over pairs.
"""

import dataclasses
import math

from amnat.layers.kernels import Dense, KernelOptions

import tensorflow as tf
import tf_keras as keras


def minibatch_similarities(projected, include_self=True, block_size=0):
    """Computes how close each sample of a batch is to all samples of the batch, per kernel.

    o[i, b] = sum over j of exp(-sum over c of |M[i, b, c] - M[j, b, c]|).

    Args:
      projected: M, float [N, B, C]: B kernels of C dimensions.
      include_self: whether the sum includes j = i, which adds 1, as in the paper; its authors'
        code leaves it out.
      block_size: number of samples i that are compared with all others at a time; 0 compares all N
        at once. Values and gradients are the same. The forward and the backward pass need memory
        for block_size * N * B * C numbers instead of N * N * B * C.

    Returns: float [N, B], in [1, N] with `include_self`.
    """
    sums = _blockwise(projected, block_size) if block_size else _dense(projected)
    return sums if include_self else sums - 1.0


def _similarities(some, others):
    """exp(-L1 distance) between [n, B, C] and [N, B, C], float [n, N, B]."""
    return tf.exp(-tf.reduce_sum(tf.abs(some[:, None] - others[None]), axis=3))


def _dense(projected):
    return tf.reduce_sum(_similarities(projected, projected), axis=1)


def _over_blocks(function, block_size, row_shape, *arrays):
    """Applies a function to one block of rows after the other and concatenates the results.

    Args:
      function: takes a float [block_size, ...] for each array and returns
        [block_size, *row_shape].
      arrays: float [N, ...].

    Returns: float [N, *row_shape].
    """
    count = tf.shape(arrays[0])[0]
    blocks = -(-count // block_size)

    def in_blocks(array):
        pads = [[0, blocks * block_size - count]] + [[0, 0]] * (array.shape.rank - 1)
        return tf.reshape(tf.pad(array, pads), [blocks, block_size, *array.shape[1:]])

    results = tf.map_fn(
        lambda rows: function(*rows),
        tuple(in_blocks(array) for array in arrays),
        fn_output_signature=tf.TensorSpec([block_size, *row_shape], arrays[0].dtype),
        parallel_iterations=1,
    )
    return tf.reshape(results, [blocks * block_size, *row_shape])[:count]


def _blockwise(projected, block_size):
    kernels, dim = projected.shape[1:]

    # Backpropagation through the loop would keep the differences of all blocks in memory.
    @tf.custom_gradient
    def sums_of(projected):
        def gradient(slopes):
            def of_rows(rows, row_slopes):
                # A row counts both as sample i and as sample j: exp(-|difference|) is symmetric.
                weights = (row_slopes[:, None] + slopes[None]) * _similarities(rows, projected)
                return -tf.reduce_sum(
                    weights[..., None] * tf.sign(rows[:, None] - projected[None]), axis=1
                )

            return _over_blocks(of_rows, block_size, [kernels, dim], projected, slopes)

        def of_rows(rows):
            return tf.reduce_sum(_similarities(rows, projected), axis=1)

        return _over_blocks(of_rows, block_size, [kernels], projected), gradient

    return sums_of(projected)


class MinibatchDiscrimination(keras.layers.Layer):
    """Appends to each sample's features how close it is to the others of its batch.

    A dense layer maps the features to `num_kernels` vectors of length `kernel_dim`. It has no bias,
    which would cancel. Real and generated samples have to come in separate batches, and all batches
    should have the training batch size, because the sums grow with the batch.

    Args:
      num_kernels, kernel_dim: B and C of the paper, which uses 100 and 5.
      include_self, block_size: see `minibatch_similarities`.
      options: `KernelOptions` of the dense layer.
      seed: Python int that the weights of the dense layer are drawn from.

    Call: float [batch, ...] -> [batch, features + num_kernels].
    """

    def __init__(
        self,
        num_kernels=100,
        kernel_dim=5,
        include_self=True,
        block_size=0,
        options=None,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_kernels = num_kernels
        self.kernel_dim = kernel_dim
        self.include_self = include_self
        self.block_size = block_size
        self.linear = Dense(
            num_kernels * kernel_dim,
            options=options,
            use_bias=False,
            seed=seed,
            name="linear",
            dtype=self.dtype,
        )

    def get_config(self):
        return super().get_config() | {
            "num_kernels": self.num_kernels,
            "kernel_dim": self.kernel_dim,
            "include_self": self.include_self,
            "block_size": self.block_size,
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
        features = tf.reshape(inputs, [-1, math.prod(inputs.shape[1:])])
        projected = tf.reshape(self.linear(features), [-1, self.num_kernels, self.kernel_dim])
        # 16 bits are too few for sums over a batch.
        exact = tf.cast(projected, self.variable_dtype)
        sums = minibatch_similarities(exact, self.include_self, self.block_size)
        return tf.concat([features, tf.cast(sums, features.dtype)], axis=1)
