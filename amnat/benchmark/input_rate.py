"""Measures the speed of the input pipeline by itself."""

import time

from amnat.data.pipeline import training_batches


def samples_per_second(dataset, batch_size, d_steps=1, seconds=5.0):
    """Reads batches as training does, without training.

    Args:
      dataset: `amnat.data.Dataset`.
      batch_size, d_steps: the training batch size and the batches per iteration.
      seconds: how long to measure; the batches of the first ten iterations do not count.

    Returns: (samples per second, seconds per iteration).
    """
    batches = iter(training_batches(dataset, batch_size, d_steps))
    for _ in range(10):
        next(batches)
    iterations, since = 0, time.perf_counter()
    while time.perf_counter() - since < seconds:
        next(batches)
        iterations += 1
    elapsed = time.perf_counter() - since
    return iterations * batch_size * d_steps / elapsed, elapsed / iterations
