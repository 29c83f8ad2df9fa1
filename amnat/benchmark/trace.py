"""Profiles a few calls with TensorFlow: a trace for TensorBoard, and the time by operation."""

import collections
import pathlib

from amnat.errors import InputError

import tensorflow as tf


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
    """Reads [[kind, seconds, executions], ...] from a serialized XSpace, most expensive first."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace.FromString(content)
    seconds, executions = collections.Counter(), collections.Counter()
    for plane in space.planes:
        if not plane.name.startswith(("/host:CPU", "/device:GPU")):
            continue
        for line in plane.lines:
            for event in line.events:
                # Operations are recorded as NAME:KIND, functions of the runtime as CLASS::NAME.
                name, _, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                if name and not name.endswith(":") and kind.isidentifier():
                    seconds[kind] += event.duration_ps * 1e-12
                    executions[kind] += 1
    return [[kind, value, executions[kind]] for kind, value in seconds.most_common()]
