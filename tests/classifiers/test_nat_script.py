"""tools/nat_classifier.py: its errors, its flagfiles, a baseline and a run beside it."""

import csv
import json
import os
import re

from amnat import data
from amnat.classifiers.nat_script import load_comparison, load_test_sets
from amnat.errors import InputError
from amnat.metrics.keras_classifier import KerasClassifier

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import ROOT, call_script, flagfiles_of, loaded_script, run_script

SCRIPT = "nat_classifier.py"
TINY = ("--dataset=digits", "--network=small", "--epochs=1", "--batch_size=1400", "--lr=0.01")


@pytest.fixture(scope="module")
def script():
    with loaded_script(SCRIPT) as loaded:
        yield loaded


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--lr=0", "--lr=0.0: expected a number of more than 0"),
        ("--weight_decay=nan", "--weight_decay=nan: expected a number of at least 0"),
        ("--batch_size=1438", "--batch_size=1438: expected at most 1437, the images of digits"),
        ("--negatives=noise --negatives_per_batch=25:5", "batch=25:5: expected a number"),
        ("--negatives_per_batch=8", "--negatives_per_batch=8: changes nothing with --negatives=;"),
        ("--negative_every=2", "--negative_every=2: changes nothing with --negatives=; it needs"),
        ("--negative_every=0", "--negative_every=0: expected at least 1"),
        ("--negatives=noise=20", "--negatives_per_batch=5:25: expected 1 to 20, the number of"),
        ("--negatives=cifar99", "unknown data set 'cifar99'"),
        ("--negatives=noise,noise", "--negatives=.*: expected no source twice"),
        ("--negatives=digits[0:3]", "classes that are also positive, in 'digits': '0', '1', '2'"),
        ("--negatives=folder={taken}/photos", "taken/photos"),
        ("--test_negatives=", "--test_negatives: none, and no --negatives"),
        ("--test_negatives=noise=none", "expected noise or noise=COUNT"),
        ("--negative_weight=0.5", "--negative_weight=0.5: changes nothing with --negatives=;"),
        ("--negatives_apart", "--negatives_apart: changes nothing with --negatives=;"),
        ("--negatives=noise --negative_weight=0", "--negative_weight=0.0: expected a number"),
        ("--near_negatives=digits", "digits"),
        ("--near_negatives=noise --far_negatives=noise", "expected no source of --near_negat"),
        ("--far_negatives=noise,noise", "--far_negatives=.*: expected no source twice"),
        ("--steps_per_execution=2", "--steps_per_execution: this script has no such flag"),
        ("--out_dir={taken}", "--out_dir: .*taken exists already: add --resume"),
        ("--compare_to={taken}", "--compare_to: no classifier.keras in .*taken"),
    ],
)
def test_bad_input(script, arguments, message, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    arguments = arguments.format(taken=tmp_path / "taken").split()
    with flagsaver.flagsaver(), pytest.raises(InputError, match=message):
        flags.FLAGS([SCRIPT, "--dataset=digits", f"--out_dir={tmp_path / 'run'}", *arguments])
        script.check()
        train = data.load("digits")
        call = script.resolve(train)
        load_test_sets(train, call.negatives)
        load_comparison(train)
    assert os.listdir(tmp_path) == ["taken"]


def test_flags_of_pytorch_cifar(script):
    with flagsaver.flagsaver():
        flags.FLAGS([SCRIPT, "--lr", "0.01", "-r", "--dataset=digits"])
        assert (flags.FLAGS.lr, flags.FLAGS.resume) == (0.01, True)
        with pytest.raises(InputError, match="--resume: no run in .*leave the flag out"):
            script.resolve(data.load("digits"))


@pytest.mark.parametrize("flagfile", flagfiles_of(SCRIPT), ids=lambda path: path.stem)
def test_flagfiles(script, flagfile, tmp_path):
    """They parse, and give the options that they promise; digits stand in for their data."""
    with flagsaver.flagsaver():
        out_dir = f"--out_dir={tmp_path / 'run'}"
        flags.FLAGS([SCRIPT, f"--flagfile={flagfile}", out_dir])
        script.check()
        named = flags.FLAGS.dataset
        flags.FLAGS([SCRIPT, f"--flagfile={flagfile}", out_dir, "--negatives="])
        options = script.resolve(data.load("digits")).options
    assert f"_classifier_{named}" in flagfile.stem
    assert options.batch_size == 128 and options.schedule == "cosine_epochs"
    if flagfile.stem == "nat_classifier_cifar10":
        assert (options.epochs, options.learning_rate) == (200, 0.1)


@pytest.mark.parametrize("name", ["cifar10_small", "mnist"])
def test_a_baseline_differs_by_its_negatives_only(name):
    def lines(kind):
        path = ROOT / "flags" / f"{kind}_classifier_{name}.flags"
        found = [line for line in path.read_text().splitlines() if line.startswith("--")]
        return {line for line in found if not line.startswith("--negatives")}

    assert lines("baseline") == lines("nat")


def test_the_flagfiles_are_there():
    assert {path.stem for path in flagfiles_of(SCRIPT)} == {
        *("nat_classifier_cifar10", "nat_classifier_cifar10_small", "nat_classifier_mnist"),
        *("baseline_classifier_cifar10_small", "baseline_classifier_mnist"),
        *("baseline_classifier_cifar10", "exposure_classifier_cifar10"),
        *("exposure_classifier_cifar10_small", "exposure_classifier_mnist"),
    }


@pytest.fixture(scope="module")
def baseline(script, tmp_path_factory):
    """A baseline's folder, trained in this process."""
    folder = tmp_path_factory.mktemp("runs") / "baseline"
    with flagsaver.flagsaver():
        flags.FLAGS([SCRIPT, *TINY, "--test_negatives=noise=50", f"--out_dir={folder}"])
        assert script.call() == 0
    return folder


def test_a_run_beside_its_baseline(script, baseline, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(6):
        path = tmp_path / "photos" / f"n0000000{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (9, 9, 3), "u1")).save(path)
    run = tmp_path / "nat"
    photos = f"--negatives=folder={tmp_path / 'photos'}"
    arguments = [photos, "--negatives_per_batch=2:6", "--test_negatives=noise=50"]
    arguments += [f"--compare_to={baseline}", f"--out_dir={run}"]
    finished = call_script(script, *TINY, *arguments)
    assert finished.returncode == 0, finished.stderr
    assert "photos: 6 samples, 2:6 in every batch" in finished.stdout
    assert sorted(os.listdir(run)) == [
        *("accuracy.png", "checkpoint", "classifier.keras", "confidence.csv", "confidence.json"),
        *("confidence.png", "flags.txt", "log.csv", "roc.csv", "settings.json"),
    ]
    record = json.loads((run / "confidence.json").read_text())
    found, compared = record["classifiers"]
    assert (found["name"], compared["name"]) == ("nat", "baseline")
    assert list(found["negatives"]) == ["photos (trained with)", "noise=50"]
    alone = json.loads((baseline / "confidence.json").read_text())["classifiers"][0]
    assert alone["negatives"]["noise=50"] == compared["negatives"]["noise=50"]
    assert record["settings"]["negatives"] == [photos.removeprefix("--negatives=")]

    assert found["test_images"] == 360
    with open(run / "confidence.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["classifier"] for row in rows] == ["nat", "nat", "baseline", "baseline"]
    assert float(rows[1]["ncr_0.4"]) == found["negatives"]["noise=50"]["ncr_0.4"]
    assert float(rows[0]["test_accuracy"]) == found["test_accuracy"]
    accuracy = re.search(r"^nat: test accuracy ([\d.]+)%", finished.stdout, re.MULTILINE)
    assert float(accuracy[1]) == round(100 * found["test_accuracy"], 2)
    assert Image.open(run / "confidence.png").size == (1200, 900)


def test_outlier_exposure_with_near_and_far_sets(script, baseline, tmp_path):
    """The groups' scores are the means of their sets'; roc.csv has the curve of each score."""
    run = tmp_path / "exposure"
    arguments = ["--negatives=noise=200", "--negatives_per_batch=64", "--negative_weight=0.5"]
    arguments += ["--negatives_apart", "--classification_loss=binary_cross_entropy"]
    arguments += ["--test_negatives=", "--near_negatives=noise=50", "--far_negatives=noise=60"]
    arguments += ["--far_negatives=noise=70", f"--compare_to={baseline}", f"--out_dir={run}"]
    finished = call_script(script, *TINY, *arguments)
    assert finished.returncode == 0, finished.stderr
    assert "64 in every batch, weight 0.5, in batches of their own" in finished.stdout
    record = json.loads((run / "confidence.json").read_text())
    assert record["settings"]["loss"] == "binary_cross_entropy"
    assert record["settings"]["negatives_apart"] and record["settings"]["negative_weight"] == 0.5
    found = record["classifiers"][0]
    sets = ["noise=200 (trained with)", "noise=50", "noise=60", "noise=70"]
    assert list(found["negatives"]) == sets
    assert found["groups"]["near"]["sets"] == ["noise=50"]
    far = found["groups"]["far"]
    assert far["sets"] == ["noise=60", "noise=70"]
    for name in ("ncr_0.9", "auroc", "aupr_in", "energy_fpr95_out", "entropy_aupr_out"):
        each = [found["negatives"][label][name] for label in far["sets"]]
        assert far[name] == pytest.approx(np.mean(each))
        assert found["groups"]["near"][name] == found["negatives"]["noise=50"][name]
    assert re.search(r"^  mean of far: noise=60, noise=70 +energy ", finished.stdout, re.MULTILINE)
    with open(run / "confidence.csv", newline="") as file:
        rows = {
            row["negatives"]: row for row in csv.DictReader(file) if row["classifier"] == "exposure"
        }
    assert float(rows["mean of far"]["energy_auroc"]) == far["energy_auroc"]
    assert rows["mean of far"]["samples"] == "130"
    with open(run / "roc.csv", newline="") as file:
        curve = [row for row in csv.DictReader(file) if row["negatives"] == "noise=60"]
    assert {row["classifier"] for row in curve} == {"exposure", "baseline"}
    points = [row for row in curve if row["classifier"] == "exposure"]
    assert [float(row["false_positive_rate"]) for row in points][::100] == [0, 0.5, 1]
    shares = [float(row["energy"]) for row in points]
    assert shares == sorted(shares) and shares[-1] == 1
    area = np.trapezoid(shares, [float(row["false_positive_rate"]) for row in points])
    assert area == pytest.approx(found["negatives"]["noise=60"]["energy_auroc"], abs=0.02)


def largest_softmax(logits):
    logits = logits.astype(np.float64)
    return 1 / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)


def test_scores_of_noise_are_those_of_the_classifier(baseline):
    """Noise counts as N(0, 1) behind the standardisation, which the digits' one is undone for."""
    from amnat.data.negatives import gaussian_noise

    classifier = KerasClassifier.load(baseline / "classifier.keras")
    mean, variance = (classifier.metadata[key][0] for key in ("mean", "variance"))
    noise = gaussian_noise(50, (32, 32, 1), split="test")
    standardise = next(layer for layer in classifier.model.layers if "normal" in layer.name)
    shown = (noise * np.sqrt(variance) + mean).astype(np.float32)
    np.testing.assert_allclose(standardise(shown), noise, atol=1e-5)
    sure = largest_softmax(classifier.model(shown)["logits"].numpy())
    record = json.loads((baseline / "confidence.json").read_text())["classifiers"][0]
    for threshold in (0.4, 0.6, 0.8, 0.9):
        expected = np.mean(sure > threshold)
        assert record["negatives"]["noise=50"][f"ncr_{threshold:g}"] == expected
    positives = largest_softmax(classifier(data.load("digits", split="test").images).logits)
    wins = np.sign(positives[:, None] - sure).mean()
    assert record["negatives"]["noise=50"]["auroc"] == pytest.approx((wins + 1) / 2, abs=1e-6)


def test_errors_are_one_line_and_status_2(tmp_path):
    out_dir = tmp_path / "run"
    finished = run_script(SCRIPT, "--dataset=digits", "--negatives=nose", f"--out_dir={out_dir}")
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("nat_classifier.py: error: negatives 'nose': unknown data set 'nose'")
    assert os.listdir(tmp_path) == []
