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


def test_kernels_of_a_gpu():
    space = xplane_pb2.XSpace()
    host = space.planes.add(name="/host:CPU")
    host.event_metadata[0].name = "step/Conv2D:Conv2D"
    host.lines.add().events.add(metadata_id=0, duration_ps=10**12)
    plane = space.planes.add(name="/device:GPU:0")
    for number, name in enumerate(["loop_fusion_1", "loop_fusion_12", "gemm", "step"]):
        plane.event_metadata[number].name = name
        line = "Steps" if name == "step" else "Stream #13(Compute)"
        event = {"metadata_id": number, "duration_ps": (number + 1) * 10**12}
        plane.lines.add(name=line).events.add(**event)
    found = trace.by_operation(space.SerializeToString())
    assert found == [["loop_fusion", 3.0, 2], ["gemm", 3.0, 1]]


def test_a_real_profile(tmp_path):
    step = tf.function(lambda: tf.matmul(tf.ones([64, 64]) * tf.random.normal([]), tf.eye(64)))
    found = trace.profiled(LoopProgram(lambda number: step().numpy()), 4, tmp_path)
    assert found["calls"] == 3 and found["seconds"] > 0
    # With oneDNN it is called _MklMatMul.
    counts = {kind: count for kind, _, count in found["operations"] if "MatMul" in kind}
    assert sum(counts.values()) == 3, found
    with pytest.raises(InputError, match="expected more"):
        trace.profiled(LoopProgram(lambda number: None), 1, tmp_path)
