"""The inputs that both sides of a comparison are given: variables, real batches, draws.

Pure functions of a name and a shape, on NumPy's frozen RandomState: two processes, and a test in
years to come, make the same arrays without exchanging them. All values are multiples of powers of
two that float32 holds exactly, so float32 and float64 programs start alike.
"""

import zlib

import numpy as np


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def _rounded(values, step):
    return np.round(np.asarray(values, np.float64) / step) * step


def normal(name, shape):
    """float64, N(0, 1) in steps of 1/256."""
    return _rounded(_state(name).standard_normal(shape), 1 / 256)


def uniform(name, shape):
    """float64 in [0, 1), in steps of 1/256."""
    return _state(name).randint(0, 256, shape) / 256


def truncated_normal(name, shape, mean, stddev):
    """float64, about N(mean, stddev) cut at two standard deviations."""
    draws = np.clip(_state(name).standard_normal(shape), -2.0, 2.0)
    return mean + _rounded(stddev * draws, 1 / 1024)


def images(name, shape):
    """float64 [N, H, W, C], bytes scaled to (x - 127.5) / 128."""
    return (_state(name).randint(0, 256, shape) - 127.5) / 128.0


def labels(name, count, num_classes):
    """int32 [count]."""
    return _state(name).randint(0, num_classes, count).astype(np.int32)


def permutation(name, count):
    """int64 [count]."""
    return _state(name).permutation(count)


def circle_points(name, count, num_centres=10, stddev=0.1):
    """float64 [count, 2] around centres on the unit circle."""
    state = _state(name)
    angle = 2 * np.pi * state.randint(0, num_centres, count) / num_centres
    centre = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _rounded(centre + stddev * state.standard_normal((count, 2)), 1 / 4096)


def away_from_initial(name, shape, weight_stddev=1.0, gain=1.0):
    """A variable moved off its initial value, where wrong formulas can hide.

    Biases and offsets of 0, gains and scales of 1 leave out terms of the gradients.

    Args:
      name: of the variable; its last part tells weights (w), gains (g, scale) and biases.
      weight_stddev: of a weight's initial values.
      gain: initial value of a gain.

    Returns: float64.
    """
    kind = name.rpartition("/")[2]
    spread = 2.0 * uniform(name, shape) - 1.0
    if kind == "w":
        return np.asarray(_rounded(weight_stddev * np.sqrt(3.0) * spread, 1 / 65536))
    if kind in ("g", "scale"):
        return np.asarray(gain * (1.0 + 0.25 * spread))
    return np.asarray(0.25 * spread)
