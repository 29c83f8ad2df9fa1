"""The inputs of both sides of a comparison: variables, real batches, draws.

They are pure functions of a name and a shape, on NumPy's frozen RandomState, so two processes, or a
test years later, make the same arrays without exchanging them. All values are multiples of powers
of two that float32 represents exactly, so float32 and float64 programs start from the same values.
"""

import zlib

import numpy as np


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def _rounded(values, step):
    return np.round(np.asarray(values, np.float64) / step) * step


def normal(name, shape):
    """Normal numbers, float64: N(0, 1) in steps of 1/256."""
    return _rounded(_state(name).standard_normal(shape), 1 / 256)


def uniform(name, shape):
    """Uniform numbers, float64: [0, 1) in steps of 1/256."""
    return _state(name).randint(0, 256, shape) / 256


def truncated_normal(name, shape, mean, stddev):
    """Numbers, float64, from about N(mean, stddev) cut at two standard deviations."""
    draws = np.clip(_state(name).standard_normal(shape), -2.0, 2.0)
    return mean + _rounded(stddev * draws, 1 / 1024)


def images(name, shape):
    """Images, float64 [N, H, W, C]: bytes x scaled to (x - 127.5) / 128."""
    return (_state(name).randint(0, 256, shape) - 127.5) / 128.0


def labels(name, count, num_classes):
    """Labels in [0, num_classes), int32 [count]."""
    return _state(name).randint(0, num_classes, count).astype(np.int32)


def permutation(name, count):
    """A permutation, int64 [count]."""
    return _state(name).permutation(count)


def circle_points(name, count, num_centres=10, stddev=0.1):
    """Points around centres on the unit circle, float64 [count, 2]."""
    state = _state(name)
    angle = 2 * np.pi * state.randint(0, num_centres, count) / num_centres
    centre = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _rounded(centre + stddev * state.standard_normal((count, 2)), 1 / 4096)


def away_from_initial(name, shape, weight_stddev=1.0, gain=1.0):
    """A variable away from its initial value, at which errors could go unnoticed.

    With biases and offsets of 0, or gains and scales of 1, some terms of the gradients vanish.

    Args:
      name: the variable's name, whose last part distinguishes weights (w), gains (g, scale) and
        biases.
      weight_stddev: standard deviation of a weight's initial values.
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
