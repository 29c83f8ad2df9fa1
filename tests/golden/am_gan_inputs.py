"""Deterministic inputs of the AM-GAN golden numbers: variables, real batches and random draws.

Every value is rounded to a multiple of a power of two, so that float32 holds it exactly and float32
and float64 programs start alike. The bulky arrays (noise, uniform draws, images) repeat a short
block whose prime length shares no factor with any dimension: they compress well, and still no two
rows are equal.
"""

import zlib

import numpy as np

BLOCK = 509


def random_state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def rounded(values, step):
    return np.asarray(np.round(np.asarray(values) / step) * step)


def uniform(name, shape, low, high, step):
    return rounded(random_state(name).uniform(low, high, shape), step)


def normal(name, shape):
    return rounded(random_state(name).standard_normal(shape), 1 / 256)


def tiled(name, block, shape):
    """The block repeated in row-major order, from a position that the name decides."""
    start = zlib.crc32(name.encode()) % len(block)
    return np.resize(np.roll(block, -start), shape)


def truncated_normal_block():
    values = random_state("truncated_normal").standard_normal(8 * BLOCK)
    return values[np.abs(values) < 2][:BLOCK]


def noise_add(name, shape):
    return tiled(name, rounded(0.1 * truncated_normal_block(), 1 / 1024), shape)


def noise_multiply(name, shape):
    return tiled(name, 1 + rounded(0.1 * truncated_normal_block(), 1 / 1024), shape)


def uniform_draws(name, shape):
    return tiled(name, random_state("uniform").randint(0, 256, BLOCK) / 256, shape)


def images(name, shape):
    """Pixels 0..255 scaled as the original does, (x - 127.5) / 128."""
    return tiled(name, (random_state("images").randint(0, 256, BLOCK) - 127.5) / 128, shape)


def toy_points(name, count):
    """Points near the circle of radius 1 (sine first), with standard deviation 0.1."""
    random = random_state(name)
    angle = 2 * np.pi * random.randint(0, 10, count) / 10
    centre = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return rounded(centre + 0.1 * random.standard_normal((count, 2)), 1 / 4096)


def variable(name, shape, gain=1.0):
    """A variable away from its initial value, by the last part of its name; gain: the centre of a
    g.
    """
    kind = name.split("/")[-1]
    if kind == "w":
        return uniform(name, shape, -0.01 * 3**0.5, 0.01 * 3**0.5, 1 / 16384)
    low, high = {"g": (0.7, 1.3), "scale": (0.7, 1.3)}.get(kind, (-0.3, 0.3))
    return (gain if kind == "g" else 1.0) * uniform(name, shape, low, high, 1 / 256)
