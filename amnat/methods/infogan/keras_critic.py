"""Plain Keras models as critics."""

from __future__ import annotations

from typing import Any

from amnat.errors import InputError
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.networks.keras_network import KerasNetwork

import tensorflow as tf


class KerasCritic(KerasNetwork):
    """A Keras model with three outputs, as a critic that returns `CriticOutputs`.

    The outputs are in its order, patches (or one score), code, label logits, or a dict with its
    names.
    """

    def call(self, inputs: tf.Tensor, *args: Any, **kwargs: Any) -> CriticOutputs:
        outputs = super().call(inputs, *args, **kwargs)
        names = CriticOutputs._fields
        if isinstance(outputs, dict) and set(outputs) == set(names):
            return CriticOutputs(**outputs)
        if isinstance(outputs, (list, tuple)) and len(outputs) == len(names):
            return CriticOutputs(*outputs)
        raise InputError(
            f"the critic returns {len(tf.nest.flatten(outputs))} outputs, expected "
            f"{len(names)}: {', '.join(names)}"
        )


def check_critic(outputs: Any, num_labels: int, space_dim: int) -> None:
    """Raises InputError unless a critic's outputs fit the latent.

    Args:
      outputs: the critic's outputs, see `Network.form`.
      num_labels: K, labels of the latent.
      space_dim: entries of its code.
    """
    if not isinstance(outputs, CriticOutputs):
        raise InputError(f"the critic returns {type(outputs).__name__}, expected CriticOutputs")
    found = outputs.labels.shape[-1], outputs.space.shape[-1]
    if found != (num_labels, space_dim):
        raise InputError(
            f"the critic has {found[0]} label logits and {found[1]} entries of a code, expected "
            f"{num_labels} and {space_dim}, as the latent has"
        )
