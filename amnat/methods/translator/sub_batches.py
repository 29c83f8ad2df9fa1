"""Which images of a rollout a step takes: a few of every domain, in blocks."""

import tensorflow as tf


def block_sizes(rng, name, blocks, size):
    """How many images a sub-batch takes of each block of a rollout, drawn at random.

    Every block gives at least size // (2 * blocks); all ways to divide the others are equally
    likely.

    Args:
      rng, name: the random numbers, and the name of their draw, a number for each of the others
        and for each bar between two blocks.
      blocks: domains, at least 2.
      size: images of the sub-batch, at least `blocks`.

    Returns: int32 [blocks], their sum is `size`.
    """
    least = size // (2 * blocks)
    free = size - blocks * least
    places = free + blocks - 1
    bars = tf.sort(tf.argsort(rng.uniform(name, [places]))[: blocks - 1])
    ends = tf.concat([[-1], bars, [places]], axis=0)
    return least + ends[1:] - ends[:-1] - 1


def published_block_sizes(rng, name, size):
    """As info-cycle-sim-gan draws them for two domains: the second gets size // 4 to
    size - size // 4 - 1, so that the first has one more on average."""
    least = size // 4
    uniform = rng.uniform(name, [1])[0]
    second = least + tf.cast(tf.floor(uniform * (size - 2 * least)), tf.int32)
    second = tf.minimum(second, size - least - 1)
    return tf.stack([size - second, second])


def largest_block(blocks, size):
    """The most images that `block_sizes` can ask of one block."""
    return size - (blocks - 1) * (size // (2 * blocks))


def draw_rows(rng, name, sizes, size, block_length, drawable=None):
    """Rows of a rollout, block after block, each block's without replacement.

    Args:
      rng, name: the random numbers, and the name of their draw of [blocks, drawable].
      sizes: int32 [blocks], of `block_sizes`.
      size: their sum, static.
      block_length: images per block of the rollout.
      drawable: how many of them, from the first on, can be drawn; by default all. (The repository
        never draws the last one.)

    Returns: (int32 [size] rows, int32 [size] blocks that they are of).
    """
    drawable = block_length if drawable is None else drawable
    order = tf.argsort(rng.uniform(name, [sizes.shape[0], drawable]), axis=1)
    ends = tf.cumsum(sizes)
    positions = tf.range(size)
    blocks = tf.searchsorted(ends, positions, side="right")
    offsets = positions - tf.gather(ends - sizes, blocks)
    rows = tf.gather_nd(order, tf.stack([blocks, offsets], axis=1))
    return blocks * block_length + rows, blocks
