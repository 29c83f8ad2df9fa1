"""Strategies; the mirrored one runs in a process of its own, which it may configure."""

import pathlib
import subprocess
import sys

from amnat.errors import InputError
from amnat.training.strategy import make_strategy

import pytest
import tensorflow as tf


def test_none():
    assert make_strategy("none").num_replicas_in_sync == 1


@pytest.mark.skipif(
    bool(tf.config.list_physical_devices("GPU")), reason="this machine has the GPUs"
)
@pytest.mark.parametrize("devices", [[], ["GPU:0", "GPU:1"]])
def test_missing_gpus(devices):
    with pytest.raises(InputError, match="TensorFlow sees 0 GPUs"):
        make_strategy("mirrored", devices)


MIRRORED = """
import sys
import numpy as np, tiny
from amnat.training import loop
from amnat.training.run_directory import RunDirectory
from amnat.training.strategy import make_strategy

strategy = make_strategy("mirrored", ["CPU:0", "CPU:1"])
with strategy.scope():
    from amnat.networks import MLPGenerator
    average = MLPGenerator(8).build_variables((3,))
    gan = tiny.model(d_steps=2, ema_generator=average, ema_decay=0.5)
run = RunDirectory(sys.argv[1])
run.create([])
options = loop.TrainingOptions(5, batch_size=10, log_every=5, save_every=3)
outcome = loop.train(gan, tiny.dataset(), run, options, strategy)
assert outcome.iteration == gan.iteration.numpy() == 5
for variable in gan.generator.weights + average.weights:
    first, second = (value.numpy() for value in variable.values)
    np.testing.assert_array_equal(first, second)
rows = run.read_rows(run.metrics_file)
assert np.isfinite(rows["loss_dis_total"]).all(), rows
print("replicas agree")
"""


def test_two_replicas_stay_alike(tmp_path):
    tests = pathlib.Path(__file__).parent
    path = [str(tests.parent.parent), str(tests)]
    finished = subprocess.run(
        [sys.executable, "-c", MIRRORED, str(tmp_path / "run")],
        env={"PYTHONPATH": ":".join(path), "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "replicas agree" in finished.stdout, finished.stderr[-2000:]
