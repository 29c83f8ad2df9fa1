"""Latency and throughput of a SavedModel's serving_default."""

import time
from typing import NamedTuple

from amnat.benchmark.timing import time_calls
from amnat.errors import InputError

import numpy as np
import tensorflow as tf

SIGNATURE = "serving_default"
SEED = 0


class Latency(NamedTuple):
    """The latency of requests of one size.

    Attributes:
      batch_size: samples per request.
      calls: number of timed requests.
      median, percentile_95: milliseconds per request.
      throughput: samples per second, from the mean duration.
    """

    batch_size: int
    calls: int
    median: float
    percentile_95: float
    throughput: float


def measure_saved_model(path, batch_sizes, seconds):
    """Loads a SavedModel and times requests, one at a time, in this process.

    Args:
      path: path of the SavedModel. Its serving_default takes one float32 tensor whose first axis is
        free. The requests are standard normal numbers.
      batch_sizes: list of ints.
      seconds: duration of the measurement for each batch size.

    Returns: (seconds that loading took, list of Latency).
    Raises: InputError if it is not a SavedModel or has another kind of serving_default.
    """
    start = time.perf_counter()
    try:
        model = tf.saved_model.load(path)
    except Exception as error:  # Damaged files raise nearly anything.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be loaded as a SavedModel ({reason})") from error
    loading = time.perf_counter() - start
    name, spec = _input(model, path)
    rng = np.random.default_rng(SEED)
    found = []
    for batch_size in batch_sizes:
        values = rng.standard_normal((batch_size, *spec.shape[1:])).astype(np.float32)
        found.append(
            _time_requests(model.signatures[SIGNATURE], {name: tf.constant(values)}, seconds)
        )
    return loading, found


def _input(model, path):
    """(name, TensorSpec) of the input of serving_default."""
    if SIGNATURE not in model.signatures:
        names = ", ".join(model.signatures) or "none"
        raise InputError(f"{path}: signatures {names}, expected {SIGNATURE}")
    inputs = model.signatures[SIGNATURE].structured_input_signature[1]
    ((name, spec),) = list(inputs.items())[:1]
    fixed = spec.shape.rank and None not in spec.shape[1:] and spec.shape[0] is None
    if len(inputs) != 1 or spec.dtype != tf.float32 or not fixed:
        raise InputError(
            f"{path}: {SIGNATURE} takes {inputs}, expected one float32 tensor [N, ...]"
        )
    return name, spec


def _time_requests(function, inputs, seconds):
    def call():
        for output in function(**inputs).values():
            output.numpy()

    durations = time_calls(call, seconds)
    (values,) = inputs.values()
    return Latency(
        len(values),
        len(durations),
        1e3 * float(np.median(durations)),
        1e3 * float(np.percentile(durations, 95)),
        len(values) / float(durations.mean()),
    )
