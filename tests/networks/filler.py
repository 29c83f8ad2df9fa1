"""The deterministic weights that originals' networks gave their golden outputs with."""

import numpy as np


def filler(shape, ordinal):
    """Numbers in [-1/2, 1/2) for the k-th entry of the array of a given ordinal."""
    k = np.arange(1, np.prod(shape) + 1)
    values = 43758.5453 * np.sin(12.9898 * k + 78.233 * ordinal)
    return (values - np.floor(values) - 0.5).reshape(shape)


def torch_value(kind, shape, ordinal):
    """What PyTorch's parameter of a given ordinal was set to, in our layout.

    Args:
      kind: 'w', 'b', 'scale' or 'offset'.
      shape: of our variable: [k, k, in, out], of a transposed convolution [k, k, out, in], or
        [in, out]; PyTorch has the last axes first.
    """
    if kind != "w":
        return 0.2 * filler(shape, ordinal) + (1.0 if kind == "scale" else 0.0)
    order = [*range(len(shape) - 1, -1, -1)] if len(shape) == 2 else [3, 2, 0, 1]
    torch_shape = [shape[axis] for axis in order]
    values = filler(torch_shape, ordinal) * 2 * np.sqrt(3 / np.prod(torch_shape[1:]))
    return values.transpose(np.argsort(order))


def fill(network, layers):
    """Sets all variables; `layers` are names in the order of PyTorch's parameters."""
    named, ordinal = network.named_variables(), 0
    for layer in layers:
        for kind in ("w", "b", "scale", "offset"):
            variable = named.pop(f"{layer}/{kind}", None)
            if variable is not None:
                ordinal += 1
                variable.assign(torch_value(kind, variable.shape.as_list(), ordinal))
    assert not named, named
    return network


def cifar_images():
    """Two images for pytorch-cifar's networks, float64 [2, 32, 32, 3] in [-1, 1)."""
    return 2 * filler((2, 32, 32, 3), 1000)


def cifar_value(network, kind, is_norm, shape, number):
    """What an array of a layer of one of pytorch-cifar's networks was set to, in PyTorch's layout.

    Args:
      network: amnat's name of it.
      kind: 'weight', 'bias', 'running_mean' or 'running_var'.
      is_norm: whether the layer is a batch normalisation.
      shape: [out, in, k, k], [out, in] or [n].
      number: of the layer, in the order of the first calls.
    """
    ordinal = 4 * number + ("weight", "bias", "running_mean", "running_var").index(kind)
    values = filler(shape, ordinal)
    if kind == "weight" and not is_norm:
        return values * 2 * np.sqrt(3 / np.prod(shape[1:]))
    if kind == "running_var":
        # Half of the variance is lost in a ReLU, and no shortcut makes up for it.
        has_no_shortcuts = network.startswith("vgg") or network in ("googlenet", "mobilenet")
        return (0.5 if has_no_shortcuts else 1.0) * (1 + 0.5 * values)
    return 1 + 0.5 * values if kind == "weight" else 0.1 * values
