"""Training on negatives resumes exactly, in groups of iterations and on two replicas."""

import os
import pathlib
import shutil
import subprocess
import sys

from amnat.data.negative_schedule import NegativeSchedule
from amnat.data.negatives import Negatives
from amnat.methods.nat_gan.model import NATGAN
from amnat.models import NormalLatent
from amnat.training import loop
from amnat.training.optimizers import make_optimizer
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tiny

FAR = np.random.default_rng(3).normal(3.0, 1.0, (7, 2)).astype(np.float32)


def model(steps_per_execution=1):
    players = tiny.generator(), tiny.discriminator(2)
    gan = NATGAN(*players, NormalLatent(3), seed=1, d_steps=2)
    gan.compile(
        make_optimizer("adam", 0.001),
        make_optimizer("adam", 0.001),
        steps_per_execution=steps_per_execution,
    )
    return gan


def run(folder, iterations, gan, every, start=0, strategy=tiny.NONE):
    directory = RunDirectory(folder)
    directory.create([])
    options = loop.TrainingOptions(
        iterations, batch_size=10, log_every=4, sample_every=100, save_every=5
    )
    schedule = NegativeSchedule(Negatives("far", FAR), per_batch=2, every=every)
    arguments = gan, tiny.dataset(), directory, options, strategy
    loop.train(*arguments, start=start, negatives=schedule)
    return directory.metrics_file.read_text()


def test_a_resumed_run_is_the_uninterrupted_one(tmp_path):
    whole, resumed = model(), model(steps_per_execution=4)
    metrics = run(tmp_path / "whole", 8, whole, every=3)
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    assert run(tmp_path / "parts", 8, resumed, every=3, start=5) == metrics
    tiny.assert_equal_weights(whole, resumed)


MIRRORED = """
import sys
import numpy as np
import pytest
import test_negatives_in_training as test
from amnat.training.strategy import make_strategy

strategy = make_strategy("mirrored", ["CPU:0", "CPU:1"])
with strategy.scope():
    gan = test.model()
print(test.run(sys.argv[1], 4, gan, 2, strategy=strategy))
assert gan.iteration.numpy() == 4
for variable in gan.generator.weights:
    first, second = (value.numpy() for value in variable.values)
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first).all()
print("replicas agree")
"""


@pytest.mark.slow
def test_two_replicas(tmp_path):
    tests = pathlib.Path(__file__).parent
    path = [str(tests.parent.parent), str(tests), *sys.path]
    finished = subprocess.run(
        [sys.executable, "-c", MIRRORED, str(tmp_path / "run")],
        env=os.environ | {"PYTHONPATH": ":".join(path), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert "replicas agree" in finished.stdout, finished.stderr[-2000:]
