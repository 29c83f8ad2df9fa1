"""Training of classifiers: the update by hand, accuracy, exact resume, refused input."""

import csv
import dataclasses
import json
import os
import shutil
import signal

from amnat import data
from amnat.classifiers import training as classifier_training
from amnat.classifiers.augmentation import augmented
from amnat.classifiers.options import (
    ClassifierOptions,
    content_key,
    default_options,
    learning_rate,
    run_settings,
)
from amnat.classifiers.run_directory import ClassifierRun
from amnat.classifiers.training import train_classifier
from amnat.errors import InputError
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.small_cnn import accuracy
from amnat.training import run_directory
from amnat.training.stopping import NotFinite

import numpy as np
import pytest

OPTIONS = ClassifierOptions(epochs=3, batch_size=20, learning_rate=0.05, augment="shift", seed=5)


@pytest.fixture(scope="module")
def digits():
    train, test = (data.load("digits", split=split) for split in ("train", "test"))
    return train.subset(slice(0, 90)), test.subset(slice(0, 60))


def start_run(folder, train, options, resume=False):
    run = ClassifierRun(folder)
    settings = run_settings("small", train, options)
    start, _ = run.open(settings, resume)
    run.create(settings, start)
    return run, start


def trained(folder, digits, options=OPTIONS, resume=False):
    run, start = start_run(folder, digits[0], options, resume)
    return run, train_classifier("small", *digits, options, run, start, progress=False)


@pytest.fixture(scope="module")
def finished(digits, tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "whole", digits)


def without_seconds(run):
    with open(run.log_file, newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def test_files_of_a_run(finished, digits):
    run, outcome = finished
    assert sorted(os.listdir(run.path)) == [
        *("accuracy.png", "checkpoint", "classifier.keras", "log.csv", "settings.json"),
    ]
    assert run_directory.checkpoint_iterations(run.checkpoints) == [2, 3]
    classifier = KerasClassifier.load(run.classifier_file)
    assert classifier.class_names == tuple("0123456789")
    metadata = classifier.metadata
    pixels = (digits[0].samples.astype(np.float64) - 127.5) / 128
    np.testing.assert_allclose([metadata["mean"][0], metadata["variance"][0]],
                               [pixels.mean(), pixels.var()])  # fmt: skip
    assert (metadata["network"], metadata["dataset"], metadata["seed"]) == ("small", "digits", 5)
    assert metadata["epochs"] == 3
    assert metadata["content_key"] == content_key(digits[0])
    reached = accuracy(classifier, digits[1])
    assert metadata["test_accuracy"] == outcome.test_accuracy == reached
    rows = without_seconds(run)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[-1]["test_accuracy"]) == reached
    # 4 steps per epoch; the rate that is logged is that of an epoch's last one.
    np.testing.assert_allclose(
        [float(row["learning_rate"]) for row in rows],
        [0.025 * (1 + np.cos(np.pi * step / 12)) for step in (3, 7, 11)],
    )


def test_a_stopped_run_resumes_as_if_it_had_not(finished, digits, tmp_path, monkeypatch):
    """Stopped by a signal in the midst of an epoch."""
    whole, outcome = finished
    calls = []

    def stop_in_epoch_3(*arguments):
        calls.append(None)
        if len(calls) == 10:
            os.kill(os.getpid(), signal.SIGTERM)
        return augmented(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(classifier_training, "augmented", stop_in_epoch_3)
        run, stopped = trained(tmp_path / "run", digits)
    assert (stopped.stopped_by, stopped.epochs, len(calls)) == (signal.SIGTERM, 2, 10)
    assert not run.classifier_file.exists()
    run, resumed = trained(tmp_path / "run", digits, resume=True)
    assert resumed.test_accuracy == outcome.test_accuracy
    assert without_seconds(run) == without_seconds(whole)
    pairs = zip(
        outcome.classifier.model.get_weights(),
        resumed.classifier.model.get_weights(),
        strict=True,
    )
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_a_resumed_run_takes_another_learning_rate(finished, digits, tmp_path):
    run = ClassifierRun(shutil.copytree(finished[0].path, tmp_path / "run"))
    for path in run.checkpoints.glob("ckpt-3.*"):
        path.unlink()
    options = dataclasses.replace(OPTIONS, learning_rate=OPTIONS.learning_rate / 10)
    settings = run_settings("small", digits[0], options)
    assert run.open(settings, resume=True) == (2, [])
    run.create(settings, 2)
    train_classifier("small", *digits, options, run, 2)
    rates = [float(row["learning_rate"]) for row in without_seconds(run)]
    before = [float(row["learning_rate"]) for row in without_seconds(finished[0])]
    np.testing.assert_allclose(rates, [*before[:2], before[2] / 10], rtol=1e-6)


def test_a_damaged_checkpoint_is_passed_over(finished, digits, tmp_path):
    run = ClassifierRun(shutil.copytree(finished[0].path, tmp_path / "run"))
    (run.checkpoints / "ckpt-3.index").write_bytes(b"")
    settings = run_settings("small", digits[0], OPTIONS)
    start, (warning,) = run.open(settings, resume=True)
    assert start == 2 and "ckpt-3.index has 0 bytes" in warning
    assert [row["epoch"] for row in run.read_log(start)] == [1, 2]
    run.create(settings, start)
    assert run_directory.checkpoint_iterations(run.checkpoints) == [2]


def test_the_update_is_that_of_pytorch(digits, tmp_path):
    """v <- 0.9 v + g + decay * w; w <- w - rate * (g + decay * w + 0.9 v), for every weight."""
    options = dataclasses.replace(OPTIONS, epochs=1, augment="none", weight_decay=0.3)
    trainer = classifier_training._Trainer("small", digits[0], options)
    weights = [v.numpy().astype(np.float64) for v in trainer.model.trainable_variables]
    velocities = [np.zeros_like(w) for w in weights]
    batches = [slice(0, 20), slice(20, 40)]
    for rate, rows in zip((0.1, 0.01), batches, strict=True):
        gradients = loss_gradients(trainer.model, digits[0].subset(rows))
        trainer.rate.assign(rate)
        trainer._step(digits[0].samples[rows], digits[0].labels[rows])
        for i, gradient in enumerate(gradients):
            decayed = gradient + 0.3 * weights[i]
            velocities[i] = 0.9 * velocities[i] + decayed
            weights[i] -= rate * (decayed + 0.9 * velocities[i])
        for variable, expected in zip(trainer.model.trainable_variables, weights, strict=True):
            np.testing.assert_allclose(variable, expected, rtol=1e-3, atol=2e-5)


def loss_gradients(model, batch):
    """Gradients of the mean cross-entropy, written out, of a model that then is as before."""
    import tensorflow as tf

    before = model.get_weights()
    with tf.GradientTape() as tape:
        logits = model(batch.images, training=True)["logits"]
        chosen = tf.gather(tf.nn.log_softmax(logits), batch.labels, batch_dims=1)
        loss = -tf.reduce_mean(chosen)
    model.set_weights(before)
    return [g.numpy().astype(np.float64) for g in tape.gradient(loss, model.trainable_variables)]


def test_schedules():
    step = ClassifierOptions(schedule="step", learning_rate=0.1)
    shares = [0, 0.49, 0.5, 0.74, 0.75, 0.99]
    np.testing.assert_allclose(
        [learning_rate(step, share) for share in shares], [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    )
    cosine = ClassifierOptions(schedule="cosine", learning_rate=0.2)
    np.testing.assert_allclose(
        [learning_rate(cosine, share) for share in (0, 1 / 3, 0.5, 2 / 3)], [0.2, 0.15, 0.1, 0.05]
    )


def test_augmentation():
    images = np.random.RandomState(0).randint(0, 256, (300, 6, 6, 3)).astype(np.uint8)
    same = augmented(images, ClassifierOptions(augment="none"), np.random.default_rng(0))
    np.testing.assert_array_equal(same, images)
    options = ClassifierOptions(augment="shift_mirror", max_shift=1)
    found = set()
    for image, changed in zip(
        images, augmented(images, options, np.random.default_rng(0)), strict=True
    ):
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge")
        candidates = {
            (mirrored, y, x): padded[y : y + 6, x : x + 6][:, :: -1 if mirrored else 1]
            for mirrored in (False, True)
            for y in range(3)
            for x in range(3)
        }
        (change,) = [key for key, value in candidates.items() if np.array_equal(value, changed)]
        found.add(change)
    assert len(found) == 18
    only_shifts = dataclasses.replace(options, augment="shift", max_shift=0)
    np.testing.assert_array_equal(augmented(images, only_shifts, np.random.default_rng(0)), images)


def test_defaults_by_network_and_data(digits):
    train = digits[0]
    small = default_options("small", train, seed=3, epochs=None)
    assert small == ClassifierOptions(30, 128, 0.05, "cosine", "shift", 2, 5e-4, 3)
    colour = dataclasses.replace(train, samples=np.repeat(train.samples, 3, axis=3), name="photos")
    densenet = default_options("densenet", colour, batch_size=32)
    assert densenet == ClassifierOptions(300, 32, 0.1, "step", "shift_mirror", 4, 1e-4)
    numbers = dataclasses.replace(colour, name="svhn")
    assert default_options("resnet18", numbers) == ClassifierOptions(augment="shift", max_shift=2)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, "epochs: 0, expected at least 1"),
        ("learning_rate", float("nan"), "learning_rate: nan"),
        ("weight_decay", -1.0, "weight_decay: -1.0, expected at least 0"),
        ("schedule", "linear", "schedule: 'linear', expected one of cosine, step"),
        ("augment", "cutout", "augment: 'cutout', expected one of none, shift"),
    ],
)
def test_bad_options(name, value, message):
    with pytest.raises(InputError, match=message):
        ClassifierOptions(**{name: value})


def test_data_that_does_not_fit(digits, tmp_path):
    run = ClassifierRun(tmp_path / "run")
    train, test = digits
    points = data.load("toy", split="test").subset(slice(0, 10))
    colour = dataclasses.replace(train, samples=np.repeat(train.samples, 3, axis=3))
    for pair, message in [
        ((points, points), r"'toy' \(test\): samples of shape \[2\], expected images"),
        ((colour, test), "'digits' .*expected those of the training images"),
        ((train.subset(slice(0, 19)), test), "batch_size: 20, expected at most 19"),
    ]:
        with pytest.raises(InputError, match=message):
            train_classifier("small", *pair, OPTIONS, run)
    assert not run.path.exists()


def test_a_diverged_run_keeps_its_last_good_checkpoint(digits, tmp_path):
    options = dataclasses.replace(OPTIONS, learning_rate=1e30)
    with pytest.raises(NotFinite, match="in epoch 1|after epoch 1"):
        trained(tmp_path / "run", digits, options)
    assert run_directory.checkpoint_iterations(tmp_path / "run" / "checkpoint") == []


def test_folders_that_are_refused(digits, tmp_path):
    train = digits[0]
    settings = run_settings("small", train, OPTIONS)
    run, _ = start_run(tmp_path / "run", train, OPTIONS)
    assert run.open(settings, resume=True) == (0, [])
    content = run.settings_file.read_text()
    run.settings_file.unlink()
    run.flags_file.touch()
    assert run.open(settings, resume=True) == (0, [])
    run.settings_file.write_text(content)
    run.flags_file.unlink()
    with pytest.raises(InputError, match="--out_dir: .*run exists already: add --resume"):
        run.open(settings)
    with pytest.raises(InputError, match="--resume: no run in .*missing"):
        ClassifierRun(tmp_path / "missing").open(settings, resume=True)
    other = run_settings("small", train, dataclasses.replace(OPTIONS, epochs=4))
    with pytest.raises(InputError, match="--resume: the run in .* has epochs 3, not 4"):
        run.open(other, resume=True)
    fewer = run_settings("small", train.subset(slice(0, 80)), OPTIONS)
    with pytest.raises(InputError, match="has content_key "):
        run.open(fewer, resume=True)
    (run.checkpoints / "ckpt-1.json").write_text(json.dumps({"files": {}}))
    with pytest.raises(InputError, match="--resume: no checkpoint in .* is whole"):
        run.open(settings, resume=True)
    run.settings_file.write_text("{")
    with pytest.raises(InputError, match="settings.json is not JSON"):
        run.open(settings, resume=True)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--out_dir: cannot write"):
        ClassifierRun(tmp_path / "file" / "run").create(settings)


def test_a_full_disk_is_reported(digits, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(classifier_training.checkpoints, "save", full)
    _, outcome = trained(tmp_path / "run", digits, dataclasses.replace(OPTIONS, epochs=1))
    assert outcome.epochs == 1
    assert "warning: epoch 1 was not saved: [Errno 28] No space" in capsys.readouterr().err
    assert ClassifierRun(tmp_path / "run").missing(1, ended=True) == "the checkpoint of epoch 1"


def test_a_classifier_that_does_not_fit(finished, digits, tmp_path, monkeypatch, capsys):
    """A run that goes on after its last epoch writes it."""
    run = ClassifierRun(shutil.copytree(finished[0].path, tmp_path / "run"))
    assert run.missing(3, ended=True) is None
    run.classifier_file.unlink()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(KerasClassifier, "save", full)
        trained(run.path, digits, resume=True)
    assert "classifier.keras was not saved: [Errno 28] No space" in capsys.readouterr().err
    assert run.missing(3, ended=True) == str(run.classifier_file)
    assert run.missing(3, ended=False) is None
    trained(run.path, digits, resume=True)
    assert run.missing(3, ended=True) is None
    content = bytearray(run.classifier_file.read_bytes())
    content[len(content) // 2] ^= 255
    run.classifier_file.write_bytes(content)
    assert "classifier.keras" in run.missing(3, ended=True)


def test_a_run_without_a_checkpoint_starts_again(digits, tmp_path):
    run, _ = start_run(tmp_path / "run", digits[0], OPTIONS)
    settings = run_settings("small", digits[0], OPTIONS)
    with pytest.raises(InputError, match="exists already"):
        run.open(settings)
    run.flags_file.write_text("--epochs=3\n")
    assert run.open(settings) == (0, [])
    with pytest.raises(InputError, match="has seed 5, not 6"):
        run.open(settings | {"seed": 6})
    run.classifier_file.touch()
    with pytest.raises(InputError, match="exists already"):
        run.open(settings)


def test_negatives_are_the_same_by_another_path(digits, tmp_path):
    run, _ = start_run(tmp_path / "run", digits[0], OPTIONS)
    settings = run_settings("small", digits[0], OPTIONS) | {"negatives_keys": ["0", "1"]}
    here = settings | {"negatives": ["folder=mine", "mnist"]}
    run.settings_file.write_text(json.dumps(here))
    there = settings | {"negatives": [f"folder={tmp_path}/mine", "mnist"]}
    assert run.open(there, resume=True) == (0, [])
    for other in ({"negatives": ["folder=/other", "mnist"]}, {"negatives_keys": ["0", "2"]}):
        with pytest.raises(InputError, match="has negatives"):
            run.open(there | other, resume=True)


@pytest.mark.slow
def test_learns_the_digits(tmp_path):
    train, test = (data.load("digits", split=split) for split in ("train", "test"))
    options = default_options("small", train)
    run, _ = start_run(tmp_path / "run", train, options)
    outcome = train_classifier("small", train, test, options, run, progress=False)
    assert outcome.test_accuracy >= 0.97


@pytest.mark.slow
def test_learns_mnist(real_data_dir, tmp_path):
    train, test = (data.load("mnist", real_data_dir, split) for split in ("train", "test"))
    options = default_options("small", train)
    run, _ = start_run(tmp_path / "run", train, options)
    outcome = train_classifier("small", train, test, options, run, progress=False)
    assert outcome.test_accuracy >= 0.985
