"""Training writes what it should, resumes exactly, and stops well."""

import csv
import os
import signal

from amnat.errors import InputError
from amnat.networks import MLPGenerator
from amnat.training import loop
from amnat.training.callbacks import NotFinite
from amnat.training.layer_states import LayerStates
from amnat.training.run_directory import RunDirectory, checkpoint_iterations
from amnat.training.scoring import MixtureScorer

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
import tiny

OPTIONS = {
    "batch_size": 10,
    "log_every": 4,
    "sample_every": 6,
    "score_every": 6,
    "score_samples": 100,
    "save_every": 6,
}


def _run(folder, iterations, gan, start=0, extra=(), **changes):
    run = RunDirectory(folder)
    run.create(["--seed=1"])
    options = loop.TrainingOptions(iterations, **(OPTIONS | changes))
    scorer = MixtureScorer(tiny.MIXTURE)
    return loop.train(gan, tiny.dataset(), run, options, tiny.NONE, scorer, start, extra), run


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    gan = tiny.model(d_steps=2)
    outcome, run = _run(tmp_path_factory.mktemp("run") / "whole", 13, gan)
    return gan, outcome, run


def test_files_of_a_run(uninterrupted):
    _, outcome, run = uninterrupted
    assert outcome.iteration == 13 and outcome.stopped_by is None
    assert set(outcome.scores) == {"modes_found", "share_within_3_stddev", "mode_kl"}
    with open(run.metrics_file) as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows] == ["4", "8", "12", "13"]
    assert float(rows[0]["loss_dis_total"]) > 0 and "logit_fake_rmax_std" in rows[0]
    with open(run.scores_file) as file:
        assert [row["iteration"] for row in csv.DictReader(file)] == ["6", "12"]
    assert sorted(path.name for path in run.samples.iterdir()) == [
        f"train_00_{number:04d}.png" for number in (0, 6, 12)
    ]
    assert {"losses.png", "logits.png", "evolution.gif", "score_mode_kl.png"} <= {
        path.name for path in run.plots.iterdir()
    }
    assert checkpoint_iterations(run.checkpoints) == [6, 12, 13]
    assert list(run.tensorboard.glob("events.*"))
    assert "ITER: 12, loss_dis_total: " in run.log_file.read_text()


def test_resumed_run_is_the_uninterrupted_one(uninterrupted, tmp_path):
    gan, _, run = uninterrupted
    first = tiny.model(d_steps=2)
    _, resumed_run = _run(tmp_path / "whole", 7, first)
    # Iteration 7 was logged because that session ended there: the resumed one starts at 6.
    second = tiny.model(d_steps=2)
    _run(tmp_path / "whole", 13, second, start=6)
    tiny.assert_equal_weights(gan, second)
    assert resumed_run.metrics_file.read_text() == run.metrics_file.read_text()
    assert resumed_run.scores_file.read_text() == run.scores_file.read_text()
    for sheet in run.samples.iterdir():
        assert (resumed_run.samples / sheet.name).read_bytes() == sheet.read_bytes()


def test_several_iterations_in_one_execution(uninterrupted, tmp_path):
    gan, _, run = uninterrupted
    grouped = tiny.model(d_steps=2, steps_per_execution=4)
    _, grouped_run = _run(tmp_path / "whole", 13, grouped)
    tiny.assert_equal_weights(gan, grouped)
    assert grouped_run.metrics_file.read_text() == run.metrics_file.read_text()


def test_logged_means_are_those_of_the_iterations(tmp_path):
    seen = []

    class Note(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss_dis_total"])

    _, run = _run(tmp_path / "run", 4, tiny.model(), extra=[Note()])
    row = run.read_rows(run.metrics_file)
    np.testing.assert_allclose(row["loss_dis_total"], np.mean(seen), rtol=1e-6)
    np.testing.assert_allclose(row["loss_dis_total_std"], np.std(seen), rtol=1e-4)


class Break(keras.callbacks.Callback):
    """Makes a weight NaN after an iteration (1-based)."""

    def __init__(self, iteration):
        super().__init__()
        self.iteration = iteration

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.iteration:
            weight = self.model.discriminator.layers[0].w
            weight.assign(tf.fill(weight.shape, float("nan")))


@pytest.mark.parametrize(
    ("broken", "message", "kept", "logged"),
    [
        (8, "loss_dis_total is nan at iteration 9", [6], [4, 8]),
        (12, "linear0/w:0 is not finite after iteration 12", [6], [4, 8, 12]),
    ],
)
def test_not_a_number_stops_with_the_last_good_checkpoint(tmp_path, broken, message, kept, logged):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(NotFinite, match=message):
        _run(tmp_path / "run", 13, tiny.model(), extra=[Break(broken)])
    run = RunDirectory(tmp_path / "run")
    assert checkpoint_iterations(run.checkpoints) == kept
    assert run.read_rows(run.metrics_file)["iteration"] == logged
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_run_shorter_than_an_interval_is_not_scored(tmp_path):
    outcome, run = _run(tmp_path / "run", 3, tiny.model())
    assert outcome.scores is None and not run.scores_file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_stops(tmp_path, number):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    outcome, run = _run(tmp_path / "run", 100, tiny.model(), extra=[Interrupt()])
    assert outcome.stopped_by == number and outcome.iteration < 100
    assert checkpoint_iterations(run.checkpoints) == [outcome.iteration]
    assert signal.getsignal(number) == before


def test_another_models_checkpoint_is_refused(uninterrupted, tmp_path):
    _, _, run = uninterrupted
    other = tiny.model()
    other.generator = MLPGenerator(9).build_variables((3,))
    with pytest.raises(InputError, match="written by another model"):
        loop.checkpoints.restore(other, run.checkpoints, 6)


def test_moving_average(tmp_path):
    average = MLPGenerator(8).build_variables((3,))
    gan = tiny.model(ema_generator=average, ema_decay=0.5)
    start = [w.numpy() for w in gan.generator.weights]
    _run(tmp_path / "run", 1, gan)
    end = gan.generator.weights
    for first, last, mean in zip(start, end, average.weights, strict=True):
        np.testing.assert_allclose(mean, 0.5 * first + 0.5 * last.numpy(), rtol=1e-6)
    assert not average.trainable_variables


def test_layer_states(tmp_path):
    data = tiny.dataset()
    run = RunDirectory(tmp_path / "run")
    states = LayerStates(4, 0, run, (tf.constant(data.samples[:10]), tf.constant(data.labels[:10])))
    _run(run.path, 4, tiny.model(), extra=[states])
    text = (run.path / "layer_states.txt").read_text()
    assert text.count("ITER:") == 2
    first = text.split("ITER:")[1]
    # Variables of both players; layers of the generator and of both discriminator calls.
    assert first.count("variable mean") == 26 + 28
    assert first.count("discriminator/linear0 (10, 8)") == 2
    line = next(line for line in first.splitlines() if line.endswith("generator/bn0 (10, 8)"))
    values = line.split()
    np.testing.assert_allclose([float(values[2]), float(values[4].rstrip(","))], [0, 1], atol=0.05)
