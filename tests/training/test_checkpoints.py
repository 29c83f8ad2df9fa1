"""A checkpoint holds everything that training goes on from (exact resume: test_loop.py)."""

import json

from amnat.rng import VERSION
from amnat.training import checkpoints
from amnat.training.optimizers import make_optimizer
from amnat.training.run_directory import checkpoint_iterations, checkpoint_record

import numpy as np
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


def test_optimizers_keep_the_rates_that_they_were_made_with(tmp_path):
    """Constant rates and betas are variables, which a checkpoint holds too."""

    def gan(rate, beta1):
        made = tiny.model()
        made.compile(*(make_optimizer("adam", rate, beta1) for _ in made.players()))
        return made

    first = gan(0.1, 0.5)
    checkpoints.save(first, tmp_path, 1, max_to_keep=1)
    second = gan(0.2, 0.25)
    checkpoints.restore(second, tmp_path, 1)
    for optimizer in second.optimizer:
        assert float(optimizer.learning_rate) == np.float32(0.2)
        assert float(optimizer.beta_1) == np.float32(0.25)
    tiny.assert_equal_weights(first, second)


def test_a_run_goes_on_with_the_random_numbers_that_it_began_with(tmp_path):
    gan, data = tiny.model(), tiny.dataset()
    checkpoints.save(gan, tmp_path, 1, max_to_keep=3)
    assert checkpoint_record(tmp_path, 1)["rng_version"] == gan.rng_version == VERSION
    # Earlier versions of amnat did not record it.
    seal = tmp_path / "ckpt-1.json"
    record = json.loads(seal.read_text())
    del record["rng_version"]
    seal.write_text(json.dumps(record))
    checkpoints.restore(gan, tmp_path, 1)
    assert gan.rng_version == 1
    assert gan._iteration_rng().child("d0")._version == 1
    checkpoints.save(gan, tmp_path, 2, max_to_keep=3)
    other = tiny.model()
    checkpoints.restore(other, tmp_path, 2)
    assert other.rng_version == 1
    other.train_step((tf.constant(data.samples), tf.constant(data.labels)))
