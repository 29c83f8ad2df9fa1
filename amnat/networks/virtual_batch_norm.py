"""Generators with virtual batch normalisation instead of batch normalisation.

The reference batch passes the network together with the live one, in front of it, so that every
layer has its activations under the current weights. That takes a network all of whose other layers
treat samples one by one, as those of generators do.
"""

from amnat.layers.virtual_batch_norm import VirtualBatchNormalization

import tensorflow as tf


class _ReferenceBatch:
    """Mixin of a `Network`: the reference batch and the layers that know of it.

    Args:
      reference_size: samples of the reference batch.
      **kwargs: of the network, by name.

    Attributes:
      reference: variable [reference_size, dim], latents that are not trained and are saved with
        the weights. N(0, 1) until `set_reference`.
    """

    def __init__(self, *, reference_size, **kwargs):
        # `batch_norm` is called while the layers are made.
        self.reference_size = reference_size
        super().__init__(**kwargs)

    def batch_norm(self, name):
        return VirtualBatchNormalization(
            self.reference_size, data_format=self.data_format, name=name, dtype=self.dtype_policy
        )

    def build_variables(self, input_shape):
        key = tf.constant([self.seed, 0], tf.int64)
        draw = tf.random.stateless_normal([self.reference_size, *input_shape], key)
        self.reference = tf.Variable(
            tf.cast(draw, self.variable_dtype), trainable=False, name="reference"
        )
        return super().build_variables(input_shape)

    def set_reference(self, latents):
        """Takes float [reference_size, dim] latents as the reference batch, before training."""
        self.reference.assign(tf.cast(latents, self.variable_dtype))

    def call(self, inputs, rng=None):
        reference = tf.cast(self.reference, inputs.dtype)
        outputs = super().call(tf.concat([reference, inputs], axis=0), rng)
        return outputs[self.reference_size :]


def virtual_batch_norm(network):
    """The subclass of a generator with virtual batch norm, which becomes its attribute `virtual`.

    It is called beside the class and bound there as Virtual<name of the class>, the name under
    which a run records it. Its arguments are the generator's, by name, and `reference_size`.

    Args:
      network: a class of `Network` whose `batch_norm` makes all its batch normalisations.

    Returns: the subclass.
    """
    virtual = type(
        f"Virtual{network.__name__}",
        (_ReferenceBatch, network),
        {
            "__doc__": f"`{network.__name__}` with virtual batch norm (its epsilon is 1e-5).",
            "__module__": network.__module__,
        },
    )
    network.virtual = virtual
    return virtual
