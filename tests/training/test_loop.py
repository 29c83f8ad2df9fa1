"""Training writes what it should, resumes exactly, and stops well."""

import csv
import os
import resource
import signal
import types

from amnat.data import Dataset
from amnat.errors import InputError
from amnat.methods.am_gan.layer_states import LayerStates
from amnat.methods.am_gan.point_networks import MLPGenerator
from amnat.training import loop, run_state
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_iterations,
    checkpoint_record,
)
from amnat.training.scoring import MixtureScorer
from amnat.training.stopping import NotFinite, StopOnSignal

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


def _run(folder, iterations, gan, start=0, extra=(), scorer=None, **changes):
    run = RunDirectory(folder)
    run.create(["--seed=1"])
    options = loop.TrainingOptions(iterations, **(OPTIONS | changes))
    scorer = scorer or MixtureScorer(tiny.MIXTURE)
    return loop.train(gan, tiny.dataset(), run, options, tiny.NONE, scorer, start, extra), run


def _model(**kwargs):
    return tiny.model(d_steps=2, ema_generator=tiny.generator(), ema_decay=0.5, **kwargs)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    gan = _model()
    outcome, run = _run(tmp_path_factory.mktemp("run") / "whole", 13, gan)
    return gan, outcome, run


@pytest.fixture(scope="module")
def traced():
    gan = _model()
    return gan, [variable.numpy() for variable in tiny.state(gan)]


@pytest.fixture
def fresh(traced):
    """A model as at its start, traced only once for all tests."""
    return tiny.rewound(*traced)


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


def test_resumed_run_is_the_uninterrupted_one(uninterrupted, fresh, tmp_path):
    gan, _, run = uninterrupted
    _, resumed_run = _run(tmp_path / "whole", 7, fresh)
    # Iteration 7 was logged because that session ended there: the resumed one starts at 6. Nothing
    # but the checkpoint brings back what it needs.
    _run(tmp_path / "whole", 13, tiny.scrambled(fresh), start=6)
    tiny.assert_equal_weights(gan, fresh)
    assert resumed_run.metrics_file.read_bytes() == run.metrics_file.read_bytes()
    assert resumed_run.scores_file.read_bytes() == run.scores_file.read_bytes()
    for sheet in run.samples.iterdir():
        assert (resumed_run.samples / sheet.name).read_bytes() == sheet.read_bytes()


class Judge:
    """A scorer with these scores; its identity is a text."""

    def __init__(self, names, judge="a"):
        self.names = names
        self.depends_on = {"classifier": judge}

    def __call__(self, samples):
        return {name: {"is": 9.0, "classes": 10.0, "fid": 5.0}[name] for name in self.names}


OFTEN = {"score_every": 1, "save_every": 1, "sample_every": 10, "log_every": 1}


def test_scores_in_another_order_go_under_their_own_names(fresh, tmp_path, capsys):
    _run(tmp_path, 1, fresh, scorer=Judge(("is", "classes")), **OFTEN)
    _, run = _run(tmp_path, 2, fresh, 1, scorer=Judge(("classes", "is")), **OFTEN)
    assert run.scores_file.read_text() == "iteration,is,classes\n1,9,10\n2,9,10\n"
    assert "begins at" not in capsys.readouterr().err


def test_another_judge_and_other_data_begin_new_files(fresh, tmp_path, capsys, monkeypatch):
    """A run that is resumed with another judge, number of samples and training data."""
    _run(tmp_path, 1, fresh, scorer=Judge(("is", "fid")), **OFTEN)
    monkeypatch.setattr(Dataset, "identity", lambda self: {"name": "other"})
    options = OFTEN | {"score_samples": 50}
    _, run = _run(tmp_path, 2, fresh, 1, scorer=Judge(("is", "fid"), "b"), **options)
    for name in ("scores", "metrics"):
        iterations = [
            run.read_rows(tmp_path / f"{name}{suffix}.csv")["iteration"] for suffix in ("", "_2")
        ]
        assert iterations == [[1], [2]]
    said = [line for line in capsys.readouterr().err.splitlines() if "begins at" in line]
    assert len(said) == 2 and all(line in run.log_file.read_text() for line in said)
    assert "metrics.csv was computed with data.name" in said[0]
    assert said[1].endswith(
        "scores.csv was computed with classifier a, not b, num_samples 100, not 50"
    )
    assert {"losses_2.png", "score_is_2.png"} <= {path.name for path in run.plots.iterdir()}


def test_several_iterations_in_one_execution(uninterrupted, tmp_path):
    gan, _, run = uninterrupted
    grouped = _model(steps_per_execution=4)
    _, grouped_run = _run(tmp_path / "whole", 13, grouped)
    tiny.assert_equal_weights(gan, grouped)
    assert grouped_run.metrics_file.read_text() == run.metrics_file.read_text()


def test_logged_means_are_those_of_the_iterations(fresh, tmp_path):
    seen = []

    class Note(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss_dis_total"])

    _, run = _run(tmp_path / "run", 4, fresh, extra=[Note()])
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
def test_not_a_number_stops_with_the_last_good_checkpoint(
    fresh, tmp_path, broken, message, kept, logged
):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(NotFinite, match=message):
        _run(tmp_path / "run", 13, fresh, extra=[Break(broken)])
    run = RunDirectory(tmp_path / "run")
    assert checkpoint_iterations(run.checkpoints) == kept
    assert run.read_rows(run.metrics_file)["iteration"] == logged
    assert signal.getsignal(signal.SIGTERM) == before


class BreakOnce(Break):
    """The same, in the first session alone."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if batch + 1 == self.iteration:
            self.iteration = None


@pytest.fixture
def rolling(traced, fresh):
    """The same, for a test that makes it draw other noise, with which it is traced anew."""
    train_function = fresh.train_function
    yield fresh
    fresh.noise_generation, fresh.train_function = 0, train_function


def test_rolling_back_goes_on_with_other_noise(uninterrupted, rolling, tmp_path, capsys):
    gan = rolling
    outcome, run = _run(tmp_path / "run", 13, gan, extra=[BreakOnce(8)], rolls_back=True)
    assert outcome.iteration == 13 and gan.iteration.numpy() == 13
    assert "is nan at iteration 9; back to iteration 6, with other noise" in capsys.readouterr().err
    assert "ROLLBACK  " in run.log_file.read_text()
    rows = run.read_rows(run.metrics_file)
    assert rows["iteration"] == [4, 8, 12, 13]
    plain = uninterrupted[2].read_rows(uninterrupted[2].metrics_file)
    assert rows["loss_dis_total"][0] == plain["loss_dis_total"][0]
    assert rows["loss_dis_total"][1] != plain["loss_dis_total"][1]
    assert checkpoint_record(run.checkpoints, 13)["noise_generation"] == 1
    # What is resumed later keeps the other noise.
    gan.noise_generation = 0
    loop.checkpoints.restore(gan, run.checkpoints, 12)
    assert gan.noise_generation == 1


def test_rolling_back_has_an_end(uninterrupted, monkeypatch, tmp_path):
    _, _, run = uninterrupted
    error, gan = NotFinite("loss is nan"), types.SimpleNamespace(noise_generation=0)
    options = loop.TrainingOptions(13, rolls_back=True, **OPTIONS)
    with pytest.raises(NotFinite):  # nothing to go back to
        loop._roll_back(gan, RunDirectory(tmp_path), options, tiny.NONE, error)
    gan.noise_generation = loop.MAX_ROLLBACKS
    with pytest.raises(NotFinite):
        loop._roll_back(gan, run, options, tiny.NONE, error)


class SmallFiles(keras.callbacks.Callback):
    """From one iteration to another no file of the process may grow beyond a limit (bytes)."""

    def __init__(self, first, last, limit):
        super().__init__()
        self.first, self.last, self.limit = first, last, limit
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.first:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, self.before[1]))
        if batch + 1 == self.last:
            self.lift()

    def lift(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def test_a_full_disk_stops_nothing(uninterrupted, fresh, tmp_path, capfd):
    full, gan = SmallFiles(7, 13, 4000), fresh
    try:
        outcome, run = _run(tmp_path / "run", 13, gan, extra=[full], max_to_keep=2)
    finally:
        full.lift()
    assert outcome.iteration == 13
    tiny.assert_equal_weights(gan, uninterrupted[0])
    warned = capfd.readouterr().err
    for name in ("SampleSheets at iteration 12", "Save at iteration 12"):
        assert f"{name} could not be written" in warned
    # The checkpoint from before stays, and nothing of the one that failed.
    assert checkpoint_iterations(run.checkpoints) == [6, 13]
    assert not list(run.checkpoints.glob("ckpt-12*")) and not list(run.path.rglob(".partial*"))
    assert run.metrics_file.read_bytes() == uninterrupted[2].metrics_file.read_bytes()


def test_a_disk_that_stays_full_leaves_the_run_unfinished(uninterrupted, fresh, tmp_path):
    """With what it lacks named; and going on from its checkpoint writes all of it."""
    full = SmallFiles(7, 99, 4000)
    try:
        _, run = _run(tmp_path / "run", 13, fresh, extra=[full])
    finally:
        full.lift()
    assert checkpoint_iterations(run.checkpoints) == [6]
    assert {"SampleSheets", "Save"} <= set(run.failures)
    run.record_file.touch()
    assert run_state.mark_finished(run, 13) == "the checkpoint of iteration 13"
    assert "Save at iteration 13 could not be written" in run.failures["Save"]
    outcome, again = _run(run.path, 13, tiny.scrambled(fresh), start=6)
    assert outcome.iteration == 13 and not again.failures
    assert run_state.mark_finished(again, 13) is None
    for name in ("metrics.csv", "scores.csv", "samples/train_00_0012.png"):
        assert (run.path / name).read_bytes() == (uninterrupted[2].path / name).read_bytes()


def test_what_could_be_written_later_is_no_failure(fresh, tmp_path):
    full = SmallFiles(5, 11, 4000)
    try:
        _, run = _run(tmp_path / "run", 13, fresh, extra=[full])
    finally:
        full.lift()
    assert "SampleSheets at iteration 6 could not be written" in run.log_file.read_text()
    run.record_file.touch()
    assert not run.failures and run_state.mark_finished(run, 13) is None


def test_a_run_shorter_than_an_interval_is_not_scored(fresh, tmp_path):
    outcome, run = _run(tmp_path / "run", 3, fresh)
    assert outcome.scores is None and not run.scores_file.exists()


def test_a_signal_saves_and_stops(uninterrupted, fresh, tmp_path):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    outcome, run = _run(tmp_path / "whole", 13, fresh, extra=[Interrupt()])
    assert outcome.stopped_by == signal.SIGTERM and outcome.iteration == 4
    assert checkpoint_iterations(run.checkpoints) == [4]
    assert signal.getsignal(signal.SIGTERM) == before
    # The session's end leaves no trace in the run.
    outcome, run = _run(tmp_path / "whole", 13, fresh, start=4)
    assert outcome.stopped_by is None
    for name in ("metrics.csv", "scores.csv", "samples/train_00_0012.png"):
        assert (run.path / name).read_bytes() == (uninterrupted[2].path / name).read_bytes()
    assert len(list(run.samples.iterdir())) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signals_that_stop(number):
    before = signal.getsignal(number)
    stop = StopOnSignal()
    stop.model = types.SimpleNamespace(stop_training=False)
    stop.set_params({"steps": 5})
    stop.install()
    try:
        os.kill(os.getpid(), number)
        stop.on_train_batch_end(0)
    finally:
        stop.restore()
    assert stop.received == number and stop.model.stop_training
    assert signal.getsignal(number) == before


def test_the_last_iteration_is_not_stopped():
    stop = StopOnSignal()
    stop.model = types.SimpleNamespace(stop_training=False)
    stop.received = signal.SIGTERM
    stop.set_params({"steps": 5})
    stop.on_train_batch_end(4)
    assert not stop.model.stop_training
    stop.on_train_batch_end(3)
    assert stop.model.stop_training


def test_another_models_checkpoint_is_refused(uninterrupted):
    _, _, run = uninterrupted
    other = _model()
    other.generator = MLPGenerator(9).build_variables((3,))
    with pytest.raises(InputError, match="written by another model"):
        loop.checkpoints.restore(other, run.checkpoints, 6)


def test_moving_average(fresh, tmp_path):
    gan, average = fresh, fresh.ema_generator
    start = [w.numpy() for w in gan.generator.weights]
    _run(tmp_path / "run", 1, gan)
    end = gan.generator.weights
    for first, last, mean in zip(start, end, average.weights, strict=True):
        np.testing.assert_allclose(mean, 0.5 * first + 0.5 * last.numpy(), rtol=1e-6)
    assert not average.trainable_variables


def test_layer_states(fresh, tmp_path):
    data = tiny.dataset()
    run = RunDirectory(tmp_path / "run")
    states = LayerStates(4, 0, run, (tf.constant(data.samples[:10]), tf.constant(data.labels[:10])))
    _run(run.path, 4, fresh, extra=[states])
    text = (run.path / "layer_states.txt").read_text()
    assert text.count("ITER:") == 2
    first = text.split("ITER:")[1]
    # Variables of both players; layers of the generator and of both discriminator calls.
    assert first.count("variable mean") == 11 + 13
    assert first.count("discriminator/linear0 (10, 8)") == 2
    line = next(line for line in first.splitlines() if line.endswith("generator/bn0 (10, 8)"))
    values = line.split()
    np.testing.assert_allclose([float(values[2]), float(values[4].rstrip(","))], [0, 1], atol=0.05)
