"""Data-dependent initialisation of weight norm (Salimans and Kingma 2016)."""

from __future__ import annotations

from typing import Any

from amnat.networks.network import Network

import tensorflow as tf


def initialize_from_data(network: Network, inputs: tf.Tensor, **arguments: Any) -> Any:
    """Sets the gains and biases of a network's layers from one batch, layer after layer.

    Every convolution and dense layer then has outputs of mean 0 and variance 1 per unit on this
    batch: g = 1 / std and b = -mean / std of its output with a gain of one. The weights do not
    change. Noise and dropout act as in training and are drawn once; the AM-GAN authors' code draws
    them again for each variable.

    Call it eagerly and only on an untrained network. Under a strategy, call it in the strategy's
    scope and not inside `run`, so that all replicas get the values of this one batch.

    Args:
      network: `Network` with weight norm whose variables are built.
      inputs: float [batch, ...].
      **arguments: further arguments of the network's call.

    Returns: the network's output for `inputs`.
    Raises: ValueError if a layer has no weight norm or no bias.
    """
    layers = [layer for layer in network.layers if hasattr(layer, "initializing")]
    for layer in layers:
        layer.initializing = True
    try:
        return network(inputs, **arguments)
    finally:
        for layer in layers:
            layer.initializing = False
