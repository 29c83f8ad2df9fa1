"""What the classifiers made of TensorFlow 1 graphs share: sessions, nodes by name, messages.

These graphs run in sessions rather than as tf.functions: a function is checked against today's op
list, from which the batch normalisation of the 2015 Inception graph was removed, and it cannot
hold the reference variables of old checkpoints. A session keeps the version that a graph states.
"""

from amnat.errors import InputError

import tensorflow as tf


def new_session(graph):
    """A tf.compat.v1.Session on `graph` that takes only the GPU memory it needs."""
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    return tf.compat.v1.Session(graph=graph, config=config)


def check_nodes(graph_def, names, path):
    """Raises InputError, naming the first of `names` that is no node of the tf.GraphDef."""
    present = {node.name for node in graph_def.node}
    for name in names:
        if name not in present:
            raise InputError(
                f"{path}: no node {name!r} among the {len(present)} of this graph; expected the "
                f"nodes {', '.join(names)}"
            )


def reason(error):
    """Why an exception was raised, in one line of at most 200 characters."""
    # Sessions raise anew with a graph traceback in front; the first exception has the plain text.
    while isinstance(error.__context__, tf.errors.OpError):
        error = error.__context__
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
