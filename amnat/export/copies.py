"""Copies of a network, which exports can change while the network itself is trained further."""

from __future__ import annotations

from collections.abc import Sequence

from amnat.networks.network import Network

import tensorflow as tf


def copy_network(
    network: Network, input_shape: Sequence[int], data_format: str | None = None
) -> Network:
    """Makes an equal network with its own variables, which computes in float32.

    Args:
      network: `amnat.networks.Network` whose variables are built.
      input_shape: the shape of one sample, without the batch axis.
      data_format: layout to compute in; None for that of the network. The variables do not depend
        on it.
    """
    config = network.get_config() | {"dtype": "float32"}
    if data_format is not None and data_format != network.data_format:
        config["data_format"] = data_format
    copy = type(network).from_config(config).build_variables(input_shape)
    copy.set_weights(network.get_weights())
    return copy


def serving_copy(network: Network, input_shape: Sequence[int]) -> Network:
    """A copy that only does what a request needs, with precomputed kernels and without noise.

    It computes in NHWC, which TensorFlow supports on every device, with or without oneDNN.
    """
    copy = copy_network(network, input_shape, "NHWC")
    for layer in list(copy.submodules):
        if hasattr(layer, "frozen_kernel"):
            layer.frozen_kernel = tf.Variable(layer.kernel(), trainable=False)
    leave_noise_out(copy)
    return copy


def leave_noise_out(network: Network) -> None:
    """Makes the layers that draw random numbers return their expectation."""
    for layer in network.submodules:
        if hasattr(layer, "expectation"):
            layer.expectation = True
