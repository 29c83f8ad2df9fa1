"""Data-dependent initialisation of weight norm (Salimans and Kingma 2016).

Source: AM-GANs-for-reproduce, code/ops_wn.py and code/model.py, `initilization_model`.
"""


def initialize_from_data(network, inputs, **arguments):
    """Sets the gains and biases of a network's layers, layer after layer, from one batch.

    Every convolution and dense layer then puts out mean 0 and variance 1 per unit on this batch:
    g = 1 / std and b = -mean / std of its output under a gain of one. The weights stay. Noise and
    dropout act as in training and are drawn once; the original draws them afresh for each
    variable.

    Call it eagerly (under a strategy's scope, not inside `run`: all replicas then get the values
    of this one batch), and only on a network that is not trained yet.

    Args:
      network: `Network` with weight norm and its variables built.
      inputs: float [batch, ...].
      **arguments: further ones of the network's call.

    Returns: the network's output for `inputs`.
    Raises: ValueError for a layer without weight norm or bias.
    """
    layers = [layer for layer in network.layers if hasattr(layer, "initializing")]
    for layer in layers:
        layer.initializing = True
    try:
        return network(inputs, **arguments)
    finally:
        for layer in layers:
            layer.initializing = False
