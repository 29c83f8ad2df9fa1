"""A task of tools/benchmark.py in its own process: python -m amnat.benchmark.task_worker REQUEST.

REQUEST is a JSON file {"task", "out", ...}; the result is JSON, too.

  time     {"workload", "settings", "calls"} -> {"times": [[seconds since the epoch, finished
           calls]], "peak_bytes", "gpu_peak_bytes": number or null}
  count    {"workload", "settings"} -> {"flops", "operations": [[kind, flops, numbers], ...]}
  kernels  {"workload", "settings", "seconds"} -> {"seconds": of the products and convolutions of a
           call, each timed by itself, "kernels": [[kind, shapes, executions, seconds of one]]}
  product  {"size", "dtype", "seconds"} -> {"flops_per_second"}
  profile  {"workload", "settings", "calls", "logdir"} -> {"operations": [[kind, seconds, count]],
           "seconds"}
"""

import json
import pathlib
import sys
import time

import amnat
from amnat import json_text
from amnat.compat.processes import peak_bytes


def _program(request):
    from amnat.benchmark import workloads

    return workloads.get(request["workload"]).program(request["settings"])


def time_calls(request):
    times = []
    _program(request).run(request["calls"], lambda done: times.append([time.time(), done]))
    return {"times": times, "peak_bytes": peak_bytes(), "gpu_peak_bytes": _gpu_peak_bytes()}


def _gpu_peak_bytes():
    """The most memory of the first GPU that TensorFlow has used; None without a GPU."""
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return None
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]


def count(request):
    from amnat.benchmark.operations import operations

    step = _program(request).step()
    found = operations(step) if step is not None else []
    return {
        "flops": sum(operation.flops for operation in found),
        "operations": [[x.kind, x.flops, x.numbers] for x in found],
    }


def kernels(request):
    from amnat.benchmark.kernels import timed_kernels

    step = _program(request).step()
    found = timed_kernels(step, request["seconds"]) if step is not None else []
    return {
        "seconds": sum(kernel.executions * kernel.seconds for kernel in found),
        "kernels": [[x.kind, x.shapes, x.executions, x.seconds] for x in found],
    }


def product(request):
    """The best rate of several large square matrix products."""
    from amnat.benchmark.timing import time_calls as timed

    import tensorflow as tf

    size, dtype = request["size"], request["dtype"]
    factor = tf.random.stateless_normal([size, size], [0, 1], dtype=tf.as_dtype(dtype))
    multiply = tf.function(lambda: tf.reduce_sum(tf.matmul(factor, factor)), autograph=False)
    durations = timed(lambda: multiply().numpy(), request["seconds"])
    return {"flops_per_second": 2.0 * size**3 / float(durations.min())}


def profile(request):
    from amnat.benchmark.trace import profiled

    return profiled(_program(request), request["calls"], request["logdir"])


TASKS = {
    "time": time_calls,
    "count": count,
    "kernels": kernels,
    "product": product,
    "profile": profile,
}


def _choose_libraries(request):
    """Switches oneDNN off for small workloads; call it before TensorFlow is loaded."""
    from amnat.benchmark import workloads

    if "workload" in request and workloads.get(request["workload"]).small_operations:
        amnat.leave_onednn_off()


def main(path):
    request = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    _choose_libraries(request)
    result = TASKS[request["task"]](request)
    pathlib.Path(request["out"]).write_text(json_text.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
