"""Helpers for classifiers from TensorFlow 1 graphs: sessions, checks of nodes, messages.

These graphs run in sessions and not as tf.functions. A function is checked against the current list
of operations, from which the batch normalisation of the 2015 Inception graph was removed, and it
cannot hold the reference variables of old checkpoints. A session respects the version in the graph.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from amnat.errors import InputError

import tensorflow as tf


def new_session(graph: tf.Graph) -> tf.compat.v1.Session:
    """A tf.compat.v1.Session on `graph` that only allocates the GPU memory that it needs."""
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    return tf.compat.v1.Session(graph=graph, config=config)


def check_nodes(
    graph_def: tf.compat.v1.GraphDef, names: Sequence[str], path: str | os.PathLike[str]
) -> None:
    """Raises InputError about the first of `names` that is not a node of the tf.GraphDef."""
    present = {node.name for node in graph_def.node}
    for name in names:
        if name not in present:
            raise InputError(
                f"{path}: no node {name!r} among the {len(present)} of this graph; expected the "
                f"nodes {', '.join(names)}"
            )


def reason(error: BaseException) -> str:
    """The reason of an exception, in one line of at most 200 characters."""
    # Sessions raise errors again with a graph traceback in front; the first one has plain text.
    while isinstance(error.__context__, tf.errors.OpError):
        error = error.__context__
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
