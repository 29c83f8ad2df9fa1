"""Counts the arithmetic operations of a traced function from the shapes in its graph."""

import math
from typing import NamedTuple


class Operation(NamedTuple):
    """One operation of a graph.

    Attributes:
      name, kind: name and type in the graph; a type is e.g. 'Conv2D'.
      flops: floating-point operations of a product or convolution, where a multiplication with its
        addition counts as two; 0 for other operations.
      numbers: number of entries that it reads and writes; each input and output counts once.
    """

    name: str
    kind: str
    flops: int
    numbers: int


def _size(tensor):
    """The number of entries of a tensor; raises ValueError if its shape is unknown."""
    if tensor.shape.num_elements() is None:
        raise ValueError(f"{tensor.name} has the shape {tensor.shape}, expected a known one")
    return tensor.shape.num_elements()


def _matmul(operation):
    shape = operation.inputs[0].shape
    transposed = operation.get_attr("transpose_a")
    return 2 * _size(operation.outputs[0]) * shape[0 if transposed else 1]


def _batch_matmul(operation):
    shape = operation.inputs[0].shape
    return 2 * _size(operation.outputs[0]) * shape[-2 if operation.get_attr("adj_x") else -1]


def _convolution(kernel, maps):
    """The flops for a kernel [k, k, in, out] and the maps [batch, H, W, out] at its outputs.

    Every output counts k * k * in products, including those with the padding.
    """
    return 2 * _size(maps) * math.prod(kernel.shape[:3])


# kind -> flops of an operation. The backward operations of a convolution have as many products as
# the forward operation, so they are counted by the maps at the outputs of the forward operation.
PRODUCTS = {
    "MatMul": _matmul,
    "BatchMatMulV2": _batch_matmul,
    "Conv2D": lambda x: _convolution(x.inputs[1], x.outputs[0]),
    "Conv2DBackpropInput": lambda x: _convolution(x.inputs[1], x.inputs[2]),
    "Conv2DBackpropFilter": lambda x: _convolution(x.outputs[0], x.inputs[2]),
}


def operations(function):
    """Lists the operations that a traced function has to compute.

    Only operations that its outputs and its variable updates depend on count. Unused gradients, for
    instance with respect to the images, do not. Calls of other functions are followed.

    Args:
      function: ConcreteFunction with known shapes.

    Returns: list of `Operation`.
    Raises: ValueError if a shape is unknown.
    """
    import tensorflow as tf

    return [_counted(operation, tf.resource) for operation in kept_operations(function)]


def kept_operations(function):
    """The operations of `operations` as tf.Operation."""
    return _of_graph(function.graph, function.graph.outputs)


def _of_graph(graph, outputs):
    kept, waiting = {}, [tensor.op for tensor in outputs] + list(graph.control_outputs)
    while waiting:
        operation = waiting.pop()
        if operation.name not in kept:
            kept[operation.name] = operation
            waiting += [tensor.op for tensor in operation.inputs] + operation.control_inputs
    found = []
    for operation in kept.values():
        if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):
            inner = graph._get_function(operation.get_attr("f").name).graph
            found += _of_graph(inner, inner.outputs)
        elif operation.type not in ("Const", "Placeholder", "NoOp", "Identity", "Reshape"):
            found.append(operation)
    return found


def _counted(operation, resource):
    count = PRODUCTS.get(operation.type)
    tensors = [x for x in (*operation.inputs, *operation.outputs) if x.dtype != resource]
    numbers = sum(x.shape.num_elements() or 0 for x in tensors)
    return Operation(operation.name, operation.type, count(operation) if count else 0, numbers)


def product_flops(function):
    """The floating-point operations of all products in a traced function."""
    return sum(operation.flops for operation in operations(function))
