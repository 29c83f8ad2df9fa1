"""Learning rates against the golden runs and TensorFlow 1's own schedule."""

from amnat.methods.am_gan.schedules import learning_rate

import am_gan_golden
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("case", ["adam_linear", "adam_exp"])
def test_golden(case):
    golden = am_gan_golden.load("optimizers")
    config = golden["config"][case]
    rates = [
        learning_rate(config["decay"], config["learning_rate"], config["max_iter"], tf.constant(n))
        for n in range(5)
    ]
    np.testing.assert_allclose(rates, golden[f"{case}/learning_rate"], rtol=2e-7)


@pytest.mark.parametrize("updates", [0, 1, 99, 100, 101, 999, 1000, 1500])
def test_exponential_is_tensorflow_1s(updates):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        expected = session.run(
            tf.compat.v1.train.exponential_decay(4e-4, updates, 1000 // 10, 0.5, staircase=True)
        )
    assert learning_rate("exp", 4e-4, 1000, tf.constant(updates)).numpy() == expected


def test_linear_ends_at_zero_and_stays_there():
    assert learning_rate("linear", 4e-4, 100, tf.constant(100)).numpy() == 0
    assert learning_rate("linear", 4e-4, 100, tf.constant(101)).numpy() == 0


def test_none_and_unknown():
    assert learning_rate("none", 0.5, 1, tf.constant(7)).numpy() == 0.5
    with pytest.raises(ValueError, match="cosine"):
        learning_rate("cosine", 1.0, 1, tf.constant(0))
