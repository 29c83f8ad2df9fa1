"""Times calls. Does not load TensorFlow."""

import time

import numpy as np

WARMUP_CALLS = 3
MIN_CALLS = 5


def time_calls(call, seconds):
    """Calls a function repeatedly, after a few warm-up calls that do not count.

    Args:
      call: callable without arguments that returns when its result is computed.
      seconds: duration of the measurement, which has at least MIN_CALLS calls.

    Returns: float64 array with the seconds of each call.
    """
    for _ in range(WARMUP_CALLS):
        call()
    durations, end = [], time.perf_counter() + seconds
    while len(durations) < MIN_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return np.array(durations)
