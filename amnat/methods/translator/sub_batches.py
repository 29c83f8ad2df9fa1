"""Which images of a rollout a step takes: some of every domain, in blocks."""

from __future__ import annotations

from amnat.rng import RNG

import tensorflow as tf


def block_sizes(rng: RNG, name: str, blocks: int, size: int) -> tf.Tensor:
    """How many images a sub-batch takes of each block of a rollout, drawn at random.

    Every block gives at least size // (2 * blocks) images; all ways to divide the other images
    among the blocks are equally likely.

    Args:
      rng, name: the random numbers, and the name of their draw, which has a number for each of
        those other images and for each bar between two blocks.
      blocks: number of domains, at least 2.
      size: number of images in the sub-batch, at least `blocks`.

    Returns: int32 [blocks], whose sum is `size`.
    """
    least = size // (2 * blocks)
    free = size - blocks * least
    places = free + blocks - 1
    bars = tf.sort(tf.argsort(rng.uniform(name, [places]))[: blocks - 1])
    ends = tf.concat([[-1], bars, [places]], axis=0)
    return least + ends[1:] - ends[:-1] - 1


def published_block_sizes(rng: RNG, name: str, size: int) -> tf.Tensor:
    """Block sizes as info-cycle-sim-gan draws them for two domains: the second gets size // 4 to
    size - size // 4 - 1 images, so that the first has one more on average."""
    least = size // 4
    uniform = rng.uniform(name, [1])[0]
    second = least + tf.cast(tf.floor(uniform * (size - 2 * least)), tf.int32)
    second = tf.minimum(second, size - least - 1)
    return tf.stack([size - second, second])


def largest_block(blocks: int, size: int) -> int:
    """The most images that `block_sizes` can ask of one block."""
    return size - (blocks - 1) * (size // (2 * blocks))


def draw_rows(
    rng: RNG, name: str, sizes: tf.Tensor, size: int, block_length: int, drawable: int | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws rows of a rollout, block after block, without replacement within a block.

    Args:
      rng, name: the random numbers, and the name of their draw of [blocks, drawable].
      sizes: int32 [blocks], see `block_sizes`.
      size: the sum of `sizes` as a Python int.
      block_length: number of images per block of the rollout.
      drawable: how many of them, from the first on, can be drawn; by default all. (The repository
        never draws the last one.)

    Returns: (rows int32 [size], their blocks int32 [size]).
    """
    drawable = block_length if drawable is None else drawable
    order = tf.argsort(rng.uniform(name, [sizes.shape[0], drawable]), axis=1)
    ends = tf.cumsum(sizes)
    positions = tf.range(size)
    blocks = tf.searchsorted(ends, positions, side="right")
    offsets = positions - tf.gather(ends - sizes, blocks)
    rows = tf.gather_nd(order, tf.stack([blocks, offsets], axis=1))
    return blocks * block_length + rows, blocks
