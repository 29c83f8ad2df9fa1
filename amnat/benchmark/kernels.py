"""Times each product and convolution of a step by itself, at its own shapes.

The sum is what the step would take if everything else were free and these operations ran as they
do alone: a floor that large products cannot show, because small convolutions reach a lower rate.
"""

import collections
from typing import NamedTuple

from amnat.benchmark.operations import PRODUCTS, kept_operations
from amnat.benchmark.timing import time_calls

import tensorflow as tf

# Copies of an operation in one function, each with inputs of its own so that none is left out.
# They hide what it costs to start a function.
COPIES = 4


class Kernel(NamedTuple):
    """One kind of operation at one size.

    Attributes:
      kind: type in the graph, e.g. 'Conv2D'.
      shapes: the shapes of its inputs and its output, as text.
      executions: how many times a call of the step runs it.
      seconds: time of one execution, the smallest that was measured.
    """

    kind: str
    shapes: str
    executions: int
    seconds: float


def timed_kernels(function, seconds):
    """Times the products and convolutions of a traced function.

    Args:
      function: ConcreteFunction with known shapes.
      seconds: duration of the measurement of each kind and size.

    Returns: list of `Kernel`, those that take most of the time first.
    """
    groups = collections.defaultdict(list)
    for operation in kept_operations(function):
        if operation.type in PRODUCTS:
            groups[operation.type, _shapes(operation), _attributes(operation)].append(operation)
    found = [
        Kernel(kind, shapes, len(same), _seconds(same[0], seconds))
        for (kind, shapes, _), same in groups.items()
    ]
    return sorted(found, key=lambda kernel: -kernel.executions * kernel.seconds)


def _shapes(operation):
    tensors = (*operation.inputs, *operation.outputs)
    sizes = " ".join("x".join(map(str, tensor.shape)) for tensor in tensors)
    return f"{sizes} {operation.outputs[0].dtype.name}"


def _attributes(operation):
    node = operation.node_def.attr
    return tuple(sorted((name, str(node[name])) for name in node if not name.startswith("_")))


def _inputs(operation):
    """New inputs of an operation: random numbers, and the shape of a gradient."""
    for tensor in operation.inputs:
        if tensor.dtype == tf.int32:
            # The only integers are the shape that a gradient has.
            yield tf.constant(operation.outputs[0].shape.as_list())
        else:
            yield tf.cast(tf.random.normal(tensor.shape), tensor.dtype)


def _seconds(operation, seconds):
    sets = [list(_inputs(operation)) for _ in range(COPIES)]
    raw = getattr(tf.raw_ops, operation.type)
    names = [argument.name for argument in operation.op_def.input_arg]
    known = {attribute.name for attribute in operation.op_def.attr} - {"T"}
    settings = {name: operation.get_attr(name) for name in known}

    @tf.function(autograph=False)
    def run():
        return [raw(**dict(zip(names, inputs, strict=True)), **settings) for inputs in sets]

    def call():
        run()
        # On a GPU a function returns before its operations have run.
        tf.test.experimental.sync_devices()

    return float(time_calls(call, seconds).min()) / COPIES
