"""Profiles a few calls with TensorFlow: a trace for TensorBoard, and the time by operation."""

import collections
import pathlib
import re

from amnat.errors import InputError

import tensorflow as tf

# Names of kernels from templates are longer than a line.
_NAME_LENGTH = 60


def profiled(program, calls, logdir):
    """Profiles the last calls of a program; the first one, which traces the step, is left out.

    Args:
      program: `programs.Program`.
      calls: number of calls of the program, at least 2.
      logdir: folder for TensorBoard (`tensorboard --logdir`, with the plugin
        tensorboard-plugin-profile).

    Returns: {"operations": [[kind, seconds, number of executions], ...] over all threads, most
      expensive first; "seconds": time of the profiled calls; "calls": their number}.
    """
    times = []

    def tick(done):
        times.append((tf.timestamp().numpy(), done))
        if len(times) == 2:
            tf.profiler.experimental.start(str(logdir))

    program.run(calls, tick)
    if len(times) < 3:
        raise InputError(f"a profile of {calls} calls: expected more, the first are left out")
    tf.profiler.experimental.stop()
    traces = sorted(
        pathlib.Path(logdir).rglob("*.xplane.pb"), key=lambda path: path.stat().st_mtime
    )
    found = by_operation(traces[-1].read_bytes())
    return {
        "operations": found,
        "seconds": float(times[-1][0] - times[1][0]),
        "calls": times[-1][1] - times[1][1],
    }


def by_operation(content):
    """Reads [[kind, seconds, executions], ...] from a serialized XSpace, most expensive first.

    On a GPU these are its kernels, without the numbers at the ends of their names; XLA names a
    kernel by the operations that it fuses. Without a GPU they are TensorFlow's operations.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace.FromString(content)
    seconds, executions = collections.Counter(), collections.Counter()
    found = _kernels(space) or _operations(space)
    for kind, duration in found:
        seconds[kind] += duration
        executions[kind] += 1
    return [[kind, value, executions[kind]] for kind, value in seconds.most_common()]


def _kernels(space):
    """[(kind, seconds)] of all kernels of GPUs."""
    found = []
    for plane in space.planes:
        if plane.name.startswith("/device:GPU"):
            for line in plane.lines:
                # Other lines show the same time again, by module and by operation.
                if line.name.startswith("Stream"):
                    for event in line.events:
                        name = plane.event_metadata[event.metadata_id].name
                        kind = re.sub(r"_?\d+$", "", name)
                        found.append((kind[:_NAME_LENGTH], event.duration_ps * 1e-12))
    return found


def _operations(space):
    """[(kind, seconds)] of all operations of TensorFlow's runtime on CPUs."""
    found = []
    for plane in space.planes:
        if plane.name.startswith("/host:CPU"):
            for line in plane.lines:
                for event in line.events:
                    # Operations are recorded as NAME:KIND, functions of the runtime as CLASS::NAME.
                    name, _, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                    if name and not name.endswith(":") and kind.isidentifier():
                        found.append((kind, event.duration_ps * 1e-12))
    return found
