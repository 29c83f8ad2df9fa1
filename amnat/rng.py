"""Counted randomness: every draw is a pure function of what it is for.

A draw is keyed by (seed, name, iteration, replica). Nothing is carried from one draw to
the next, so the same flags give the same run, a resumed run draws what the uninterrupted one
would have drawn, replicas never share noise, and a test or a side-by-side comparison can ask for
any draw again or replace it (`RecordedRNG`).
"""

import hashlib

import tensorflow as tf

# The counter of a draw is iteration * MAX_REPLICAS + replica.
MAX_REPLICAS = 1 << 20
# Added to the counter per generation of a model's noise (`GANModel.noise_generation`); iterations
# stay below 2**36.
GENERATION = 1 << 56
# Of the block cipher that permutes rows. The four rounds of TensorFlow's public function leave
# neighbours together more often than chance in small data sets.
SHUFFLE_ROUNDS = 24


def derive_seed(seed, name):
    """A 63-bit Python integer that depends on `seed` (int) and `name` (str) alone."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def shuffled_rows(positions, count, seed):
    """Rows of a data set that is gone through again and again, each time in another order.

    Args:
      positions: int64 [n], of the endless sequence.
      count: rows, a Python int.
      seed: Python int below 2**63.

    Returns: int64 [n] in [0, count); every `count` positions from a multiple on are a permutation
      that depends on (seed, number of the multiple) alone.
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

    Two draws of one iteration with one name would be the same numbers, which is never meant:
    asking for a name twice raises ValueError when the function is traced.
    """

    def __init__(self, seed, counter, prefix="", _used=None):
        self._seed = seed
        self._counter = tf.cast(counter, tf.int64)
        self._prefix = prefix
        self._used = set() if _used is None else _used

    def child(self, name):
        """The draws whose names are all prefixed with `name/`."""
        return type(self)(self._seed, self._counter, f"{self._prefix}{name}/", self._used)

    def _key(self, name):
        full_name = self._prefix + name
        if full_name in self._used:
            raise ValueError(f"the random draw {full_name!r} was drawn twice in one iteration")
        self._used.add(full_name)
        return tf.stack([tf.constant(derive_seed(self._seed, full_name), tf.int64), self._counter])

    def normal(self, name, shape, dtype=tf.float32):
        """N(0, 1) of the given shape."""
        return tf.random.stateless_normal(shape, self._key(name), dtype=dtype)

    def truncated_normal(self, name, shape, mean=0.0, stddev=1.0, dtype=tf.float32):
        """N(mean, stddev) redrawn until within two standard deviations of the mean."""
        return tf.random.stateless_truncated_normal(
            shape, self._key(name), mean=mean, stddev=stddev, dtype=dtype
        )

    def uniform(self, name, shape, dtype=tf.float32):
        """U[0, 1) of the given shape."""
        return tf.random.stateless_uniform(shape, self._key(name), dtype=dtype)


class RecordedRNG:
    """Replays given draws: the same interface, numbers from a dictionary.

    Args:
      draws: {full name: array}, e.g. "d0/real/noise_add". The parameters of a
        distribution (mean, stddev) are ignored: what is recorded is what is returned.

    A missing name raises KeyError; another shape than asked for raises ValueError.
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
