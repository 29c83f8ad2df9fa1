"""Stateless random numbers: every draw is a pure function of its seed, name, iteration and replica.

There is no state that passes from one draw to the next. So the same flags give the same run, a
resumed run draws the numbers that the uninterrupted one would have drawn, replicas never share
noise, and a test or a side-by-side comparison can repeat any draw or replace it (`RecordedRNG`).
"""

import hashlib

import tensorflow as tf

# The counter of a draw is iteration * MAX_REPLICAS + replica.
MAX_REPLICAS = 1 << 20
# Added to the counter for each generation of a model's noise (`GANModel.noise_generation`);
# iterations stay below 2**36.
GENERATION = 1 << 56
# How `RNG` draws. Version 1 drew dropout from float32 numbers. Version 2 draws it from 16 random
# bits each, and computes the generator's key once, when the step is traced. A run keeps the version
# that it began with, which its checkpoints record.
VERSION = 2
# tf.random's number of the Philox generator, and the number of values of 16 random bits.
_PHILOX = 1
_STEPS = 1 << 16
# The rounds of the block cipher that permutes rows. TensorFlow's public function uses four, which
# leave neighbours together more often than chance in small data sets.
SHUFFLE_ROUNDS = 24


def derive_seed(seed, name):
    """A 63-bit Python integer that depends only on `seed` (int) and `name` (str)."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def shuffled_rows(positions, count, seed):
    """Rows of a data set that is read in epochs, each in a different order.

    Args:
      positions: int64 [n], positions in the endless sequence of rows.
      count: number of rows of the data set, a Python int.
      seed: Python int below 2**63.

    Returns: int64 [n] in [0, count); the `count` positions of epoch e, which starts at position
      e * count, are a permutation that depends only on (seed, e).
    """
    if count == 1:
        return tf.zeros_like(positions)
    epochs = positions // count
    seeds = [tf.fill(tf.shape(positions), tf.constant(seed, tf.int64)), epochs]
    return tf.raw_ops.RandomIndexShuffle(
        index=positions % count,
        seed=tf.stack([*seeds, tf.zeros_like(epochs)], axis=1),
        max_index=tf.constant(count - 1, tf.int64),
        rounds=SHUFFLE_ROUNDS,
    )


class RNG:
    """Named random draws of one iteration on one replica.

    Args:
      seed: Python int, the run's seed.
      counter: int64 scalar (tensor or int), `iteration * MAX_REPLICAS + replica`.
      prefix: names are looked up as prefix + name; `child` extends it.
      version: how `keep` draws, see `VERSION`.

    Two draws with the same name in one iteration would give the same numbers, which is always a
    mistake: using a name twice raises ValueError when the function is traced.
    """

    def __init__(self, seed, counter, prefix="", _used=None, version=VERSION):
        self._seed = seed
        self._counter = tf.cast(counter, tf.int64)
        self._prefix = prefix
        self._used = set() if _used is None else _used
        self._version = version

    def child(self, name):
        """An RNG that prefixes the names of all its draws with `name/`."""
        prefix = f"{self._prefix}{name}/"
        return type(self)(self._seed, self._counter, prefix, self._used, self._version)

    def _seed_of(self, name):
        full_name = self._prefix + name
        if full_name in self._used:
            raise ValueError(f"the random draw {full_name!r} was drawn twice in one iteration")
        self._used.add(full_name)
        return derive_seed(self._seed, full_name)

    def _key(self, name):
        return tf.stack([tf.constant(self._seed_of(name), tf.int64), self._counter])

    def normal(self, name, shape, dtype=tf.float32):
        """Draws N(0, 1) numbers of the given shape."""
        return tf.random.stateless_normal(shape, self._key(name), dtype=dtype)

    def truncated_normal(self, name, shape, mean=0.0, stddev=1.0, dtype=tf.float32):
        """Draws N(mean, stddev) numbers, each redrawn until within two stddev of the mean."""
        return tf.random.stateless_truncated_normal(
            shape, self._key(name), mean=mean, stddev=stddev, dtype=dtype
        )

    def uniform(self, name, shape, dtype=tf.float32):
        """Draws U[0, 1) numbers of the given shape."""
        return tf.random.stateless_uniform(shape, self._key(name), dtype=dtype)

    def keep(self, name, shape, probability, dtype=tf.float32):
        """Draws a bool tensor of the given shape that is true with a probability.

        Most of a training step's random numbers are drawn here, so it takes 16 bits for each: the
        probability is rounded to a multiple of 2**-16.

        Args:
          name: name of the draw.
          shape: int vector.
          probability: Python float in (0, 1].
          dtype: the dtype in which version 1 draws.
        """
        if self._version == 1:
            return _keep(self.uniform(name, shape, dtype), probability)
        count = tf.reduce_prod(shape)
        words = tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=[(count + 1) // 2],
            key=tf.constant([self._seed_of(name)], tf.uint64),
            # Philox counts up the first number itself.
            counter=tf.stack([tf.constant(0, tf.uint64), tf.bitcast(self._counter, tf.uint64)]),
            alg=_PHILOX,
            dtype=tf.uint32,
        )
        bits = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:count], shape)
        return bits <= tf.constant(max(round(probability * _STEPS), 1) - 1, tf.uint16)


def _keep(uniform, probability):
    """Where U[0, 1) numbers keep an entry, as the AM-GAN authors' code decides it."""
    return tf.floor(probability + uniform) > 0


class RecordedRNG:
    """Replays given draws: it has the interface of `RNG` and takes its numbers from a dictionary.

    Args:
      draws: {full name: array}, with names such as "d0/real/noise_add". The parameters of a
        distribution (mean, stddev) are ignored, because the recorded numbers are returned as they
        are.

    A missing name raises KeyError; a recorded array of the wrong shape raises ValueError.
    """

    def __init__(self, draws, prefix=""):
        self._draws = draws
        self._prefix = prefix

    def child(self, name):
        return RecordedRNG(self._draws, f"{self._prefix}{name}/")

    def _replay(self, name, shape, dtype):
        full_name = self._prefix + name
        draw = tf.cast(self._draws[full_name], dtype)
        asked = tf.TensorShape(tf.get_static_value(tf.convert_to_tensor(shape)))
        if not draw.shape.is_compatible_with(asked):
            raise ValueError(f"recorded draw {full_name!r} has shape {draw.shape}, not {asked}")
        return draw

    def normal(self, name, shape, dtype=tf.float32):
        return self._replay(name, shape, dtype)

    def truncated_normal(self, name, shape, mean=0.0, stddev=1.0, dtype=tf.float32):
        return self._replay(name, shape, dtype)

    def uniform(self, name, shape, dtype=tf.float32):
        return self._replay(name, shape, dtype)

    def keep(self, name, shape, probability, dtype=tf.float32):
        """Decides from the recorded uniform numbers, as the AM-GAN authors' code does."""
        return _keep(self._replay(name, shape, dtype), probability)
