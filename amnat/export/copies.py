"""Copies of a network, which exports change while the network itself goes on training."""

import tensorflow as tf


def copy_network(network, input_shape, data_format=None):
    """An equal network with variables of its own, computing in float32.

    Args:
      network: `amnat.networks.Network` with its variables.
      input_shape: of one sample, without the batch axis.
      data_format: layout to compute in; None for that of the network. Variables are the same in
        both.
    """
    config = network.get_config() | {"dtype": "float32"}
    if data_format is not None and data_format != network.data_format:
        config["data_format"] = data_format
    copy = type(network).from_config(config).build_variables(input_shape)
    copy.set_weights(network.get_weights())
    return copy


def serving_copy(network, input_shape):
    """A copy that does no more than a request needs: kernels are computed once, noise is left out.

    It computes in NHWC, which TensorFlow has on every device, with or without oneDNN.
    """
    copy = copy_network(network, input_shape, "NHWC")
    for layer in list(copy.submodules):
        if hasattr(layer, "frozen_kernel"):
            layer.frozen_kernel = tf.Variable(layer.kernel(), trainable=False)
    leave_noise_out(copy)
    return copy


def leave_noise_out(network):
    """Makes the layers that draw random numbers give their expectation."""
    for layer in network.submodules:
        if hasattr(layer, "expectation"):
            layer.expectation = True
