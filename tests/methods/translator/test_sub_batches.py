"""How many rows of each block, and which."""

from amnat.methods.translator import sub_batches
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf


def many(draw, count, dtypes=tf.int32):
    """What `draw`, a function of a stream, gives for `count` iterations, as arrays."""

    @tf.function
    def drawn():
        numbers = tf.range(count, dtype=tf.int64)
        return tf.map_fn(lambda i: draw(RNG(0, i)), numbers, fn_output_signature=dtypes)

    return tf.nest.map_structure(lambda x: x.numpy(), drawn())


def sizes_of(blocks, size, count=400):
    return many(lambda rng: sub_batches.block_sizes(rng, "cut", blocks, size), count)


@pytest.mark.parametrize("blocks, size", [(2, 8), (2, 5), (3, 8), (4, 4)])
def test_all_divisions_come_up(blocks, size):
    found = sizes_of(blocks, size)
    least = size // (2 * blocks)
    assert (found.sum(axis=1) == size).all()
    assert found.min() == least and found.max() == sub_batches.largest_block(blocks, size)
    # No block is favoured.
    np.testing.assert_allclose(found.mean(axis=0), size / blocks, rtol=0.15)


def test_two_blocks_are_cut_uniformly():
    counts = np.bincount(sizes_of(2, 8, 2000)[:, 1])
    np.testing.assert_allclose(counts[2:7] / 2000, 0.2, atol=0.04)
    assert counts[:2].sum() == 0 and len(counts) == 7


def test_the_published_cut_favours_the_first_block():
    found = many(lambda rng: sub_batches.published_block_sizes(rng, "cut", 8), 400)
    assert (found.sum(axis=1) == 8).all()
    assert sorted(set(found[:, 1])) == [2, 3, 4, 5]


@pytest.mark.parametrize("drawable, never", [(None, []), (4, [4, 9])])
def test_rows(drawable, never):
    """Without repetition, of their block; the published draw never takes a block's last row."""

    def draw(rng):
        return sub_batches.draw_rows(rng, "rows", tf.constant([3, 2]), 5, 5, drawable)

    rows, blocks = many(draw, 200, (tf.int32, tf.int32))
    assert all(len(set(each)) == 5 for each in rows)
    np.testing.assert_array_equal(blocks, np.tile([0, 0, 0, 1, 1], (200, 1)))
    np.testing.assert_array_equal(rows // 5, blocks)
    assert set(rows.ravel()) == set(range(10)) - set(never)
