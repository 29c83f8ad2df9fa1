"""Timing calls. Loads no TensorFlow."""

import time

import numpy as np

WARMUP_CALLS = 3
MIN_CALLS = 5


def time_calls(call, seconds):
    """Calls a function again and again, after a few calls that do not count.

    Args:
      call: without arguments; returns once its result is there.
      seconds: to go on for, and for at least MIN_CALLS calls.

    Returns: float64 array, seconds of each call.
    """
    for _ in range(WARMUP_CALLS):
        call()
    durations, end = [], time.perf_counter() + seconds
    while len(durations) < MIN_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return np.array(durations)
