"""A checkpoint holds everything that training goes on from (exact resume: test_loop.py)."""

from amnat.training import checkpoints
from amnat.training.run_directory import checkpoint_iterations

import tensorflow as tf
import tiny


def test_round_trip(tmp_path):
    gan, data = tiny.model(), tiny.dataset()
    gan.train_step((tf.constant(data.samples), tf.constant(data.labels)))
    for iteration in (1, 2, 3):
        checkpoints.save(gan, tmp_path, iteration, max_to_keep=2)
    assert checkpoint_iterations(tmp_path) == [2, 3]
    other = tiny.model()
    checkpoints.restore(other, tmp_path, 3)
    tiny.assert_equal_weights(gan, other)
    assert other.iteration.numpy() == 1
    for first, second in ((gan.d_optimizer, other.d_optimizer),):
        for one, two in zip(first.variables(), second.variables(), strict=True):
            tf.debugging.assert_equal(one, two)
