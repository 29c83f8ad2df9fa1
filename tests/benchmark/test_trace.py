"""Time by operation, of a trace that is made up and of a real one."""

from amnat.benchmark import trace
from amnat.benchmark.programs import LoopProgram
from amnat.errors import InputError

import pytest
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2


def test_by_operation():
    space = xplane_pb2.XSpace()
    plane = space.planes.add(name="/host:CPU")
    names = ["model/conv/Conv2D:Conv2D", "other/Conv2D:Conv2D", "x:_FusedConv2D", "A::Next", "step"]
    for number, name in enumerate(names):
        plane.event_metadata[number].name = name
        line = plane.lines.add()
        line.events.add(metadata_id=number, duration_ps=(number + 1) * 10**12)
    space.planes.add(name="/host:metadata")
    found = trace.by_operation(space.SerializeToString())
    assert found == [["Conv2D", 3.0, 2], ["_FusedConv2D", 3.0, 1]]


def test_a_real_profile(tmp_path):
    step = tf.function(lambda: tf.matmul(tf.ones([64, 64]) * tf.random.normal([]), tf.eye(64)))
    found = trace.profiled(LoopProgram(lambda number: step().numpy()), 4, tmp_path)
    assert found["calls"] == 3 and found["seconds"] > 0
    # With oneDNN it is called _MklMatMul.
    counts = {kind: count for kind, _, count in found["operations"] if "MatMul" in kind}
    assert sum(counts.values()) == 3, found
    with pytest.raises(InputError, match="expected more"):
        trace.profiled(LoopProgram(lambda number: None), 1, tmp_path)
