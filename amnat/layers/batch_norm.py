"""Batch normalisation without moving averages, as in the AM-GAN authors' code."""

import tensorflow as tf
import tf_keras as keras

IMPLEMENTATIONS = ("fused", "moments")


class BatchStatisticsNormalization(keras.layers.Layer):
    """Normalises with the statistics of the current batch, in training and in sampling.

    There are **no moving averages**: an output depends on the whole batch, and a batch of one is
    degenerate. The statistics are those of one replica unless `synchronize_batch_norm` was called.

    Variables: offset [C] = 0, scale [C] = 1. The variance is biased and covers all axes except the
    channel axis. For 16-bit inputs the statistics are computed in float32.

    Args:
      implementation: 'fused' runs TensorFlow's fused kernel where it can; all its derivatives are
        correct. 'moments' calls tf.nn.moments, as the AM-GAN authors' code does. This function
        holds the mean constant inside the variance: values and gradients are the same, but the
        gradient of a gradient (a gradient penalty) misses a term. Use it to train with exactly
        the authors' penalty.

    Attributes:
      standing: (mean, variance), float [C] each, that replace the batch's own statistics in
        exports; None in training.
      observer: called with (layer, inputs) whenever the layer is called; None for no observer.
      synchronized: whether the statistics cover the batches of all replicas, which must have the
        same size. This costs two all-reduces of C numbers, and two more for the gradient.

    Call: float [batch, C] or [batch, height, width, C] (NCHW: [batch, C, height, width]); the
    output has the same shape.
    """

    standing = None
    observer = None
    synchronized = False

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
        # They are read as float32 under mixed precision, too.
        exact = {"shape": [channels], "experimental_autocast": False}
        self.offset = self.add_weight(name="offset", initializer="zeros", **exact)
        self.scale = self.add_weight(name="scale", initializer="ones", **exact)
        super().build(input_shape)

    def _channel_axis(self, rank):
        return 1 if rank == 4 and self.data_format == "NCHW" else rank - 1

    def call(self, inputs):
        if self.observer is not None:
            self.observer(self, inputs)
        if self.standing is not None:
            return self._normalize(inputs, *self.standing)
        # The fused kernel supports neither float64 nor matrices nor other replicas.
        can_fuse = inputs.shape.rank == 4 and inputs.dtype != tf.float64
        if self.implementation == "fused" and can_fuse and self._replicas() is None:
            return self._fused(inputs)
        return self._normalize(inputs, *self.moments(inputs))

    def _replicas(self):
        """The context of the replicas whose batches are combined; None to use this batch only."""
        context = tf.distribute.get_replica_context()
        # There is no context while variables are created.
        if not self.synchronized or context is None or context.num_replicas_in_sync == 1:
            return None
        return context

    def moments(self, inputs):
        """The batch's mean and biased variance, float [C] each; float32 for 16-bit inputs."""
        inputs = tf.cast(inputs, self.variable_dtype)
        channel_axis = self._channel_axis(inputs.shape.rank)
        axes = [axis for axis in range(inputs.shape.rank) if axis != channel_axis]
        replicas = self._replicas()
        if self.implementation == "moments" and replicas is None:
            return tf.nn.moments(inputs, axes)

        def mean_of(values):
            mean = tf.reduce_mean(values, axes, keepdims=True)
            # Its gradient is the mean of the replicas' gradients.
            return mean if replicas is None else replicas.all_reduce("MEAN", mean)

        mean = mean_of(inputs)
        center = tf.stop_gradient(mean) if self.implementation == "moments" else mean
        variance = mean_of(tf.math.squared_difference(inputs, center))
        return tf.squeeze(mean, axes), tf.squeeze(variance, axes)

    def _normalize(self, inputs, mean, variance):
        rank = inputs.shape.rank
        shape = [1] * rank
        shape[self._channel_axis(rank)] = -1
        mean, variance, offset, scale = (
            tf.reshape(vector, shape) for vector in (mean, variance, self.offset, self.scale)
        )
        exact = tf.cast(inputs, self.variable_dtype)
        outputs = tf.nn.batch_normalization(exact, mean, variance, offset, scale, self.epsilon)
        return tf.cast(outputs, inputs.dtype)

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


def synchronize_batch_norm(network):
    """Makes every `BatchStatisticsNormalization` of a network use the batches of all replicas.

    Call it before the network is traced for training.

    Returns: the number of these layers.
    """
    layers = [x for x in network.submodules if isinstance(x, BatchStatisticsNormalization)]
    for layer in layers:
        layer.synchronized = True
    return len(layers)
