"""Generators with virtual batch normalisation instead of batch normalisation.

The reference batch passes the network together with the actual batch, in front of it, so that every
layer has the reference activations for the current weights. This requires that all other layers
treat samples independently, as those of generators do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.layers.virtual_batch_norm import VirtualBatchNormalization
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.networks.network import Network

    from typing_extensions import Self

    # The class that the mixin is mixed into.
    _Network = Network
else:
    _Network = object


class _ReferenceBatch(_Network):
    """A mixin for a `Network` that adds the reference batch and the layers that use it.

    Args:
      reference_size: number of samples in the reference batch.
      **kwargs: arguments of the network, by name.

    Attributes:
      reference: variable [reference_size, dim], latents that are not trained and are saved with
        the weights. They are N(0, 1) until `set_reference` is called.
    """

    def __init__(self, *, reference_size: int, **kwargs: Any):
        # The network calls `batch_norm` in its constructor.
        self.reference_size = reference_size
        super().__init__(**kwargs)

    def batch_norm(self, name: str) -> keras.layers.Layer:
        return VirtualBatchNormalization(
            self.reference_size, data_format=self.data_format, name=name, dtype=self.dtype_policy
        )

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        key = tf.constant([self.seed, 0], tf.int64)
        draw = tf.random.stateless_normal([self.reference_size, *input_shape], key)
        self.reference = tf.Variable(
            tf.cast(draw, self.variable_dtype), trainable=False, name="reference"
        )
        return super().build_variables(input_shape)

    def set_reference(self, latents: tf.Tensor) -> None:
        """Sets float [reference_size, dim] latents as the reference batch, before training."""
        self.reference.assign(tf.cast(latents, self.variable_dtype))

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        reference = tf.cast(self.reference, inputs.dtype)
        outputs = super().call(tf.concat([reference, inputs], axis=0), rng)
        return outputs[self.reference_size :]


def virtual_batch_norm(network: type[Network]) -> type[Network]:
    """Makes the subclass of a generator with virtual batch norm, and sets it as `network.virtual`.

    Call it in the module of the class, and bind the result there as Virtual<name of the class>, the
    name under which a run records it. Its arguments are those of the generator, by name, and
    `reference_size`.

    Args:
      network: a subclass of `Network` whose `batch_norm` makes all its batch normalisations.

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
