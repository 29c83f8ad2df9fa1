"""tools/train_classifier.py: its errors, and a run that is stopped and resumed."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

from amnat import data
from amnat.classifiers.run_directory import ClassifierRun
from amnat.errors import InputError
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.small_cnn import accuracy
from amnat.training.run_directory import checkpoint_iterations

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import ROOT, call_script, installed_environment, loaded_script, run_script

SCRIPT = "train_classifier.py"


@pytest.fixture(scope="module")
def script():
    with loaded_script(SCRIPT) as loaded:
        yield loaded


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--learning_rate=0", "--learning_rate=0.0: expected a number of more than 0"),
        ("--weight_decay=nan", "--weight_decay=nan: expected a number of at least 0"),
        ("--batch_size=1438", "--batch_size=1438: expected at most 1437, the images of digits"),
        ("--steps_per_execution=2", "--steps_per_execution: this script has no such flag"),
        ("--sync_batch_norm", "--sync_batch_norm=True: expected --strategy=mirrored"),
        ("--out_dir={taken}", "--out_dir: .*taken exists already: add --resume"),
        ("--dataset=mnist --data_dir={taken}/file", "taken/file"),
    ],
)
def test_bad_input(script, arguments, message, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    arguments = arguments.format(taken=tmp_path / "taken").split()
    with flagsaver.flagsaver(), pytest.raises(InputError, match=message):
        flags.FLAGS([SCRIPT, f"--out_dir={tmp_path / 'run'}", *arguments])
        script.check()
        script.resolve(script.load_data("train"))
    assert os.listdir(tmp_path) == ["taken"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--network=resnet", "--network=resnet: value should be one of <densenet|densenet121|"),
        ("--resume", "--resume: no run in .*leave the flag out"),
    ],
)
def test_errors_are_one_line_and_status_2(script, argument, message, tmp_path):
    finished = call_script(script, f"--out_dir={tmp_path / 'run'}", argument)
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("train_classifier.py: error: ")
    assert re.search(message.replace("|", r"\|"), line), line
    assert os.listdir(tmp_path) == []


def test_help():
    finished = run_script(SCRIPT, "--helpshort")
    assert finished.returncode == 0
    for name in ("--network", "--[no]resume", "--data_dir", "--[no]dry_run", "--schedule"):
        assert name in finished.stdout
    assert "steps_per_execution" not in finished.stdout


@pytest.mark.slow
def test_a_run_that_is_stopped_and_resumed(tmp_path):
    run = ClassifierRun(tmp_path / "my run's")
    command = [sys.executable, str(ROOT / "tools" / SCRIPT), f"--out_dir={run.path}"]
    process = subprocess.Popen(
        [*command, "--batch_size=1400", "--epochs=8", "--learning_rate=0.01", "--seed=4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=installed_environment(),
    )
    deadline = time.monotonic() + 600
    while not checkpoint_iterations(run.checkpoints) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    go_on = re.search(r"stopped by SIGTERM after \d+ of 8 epochs. Go on with: (.+)", output)[1]

    # As it is printed, in the same folder, which is not that of the scripts.
    resumed = subprocess.run(
        go_on, shell=True, cwd=tmp_path, env=installed_environment(), capture_output=True, text=True
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed after epoch" in resumed.stdout
    lines = [line for line in resumed.stderr.replace("\r", "\n").splitlines() if line.strip()]
    assert all(line.startswith("small") for line in lines), resumed.stderr
    assert [row["epoch"] for row in run.read_log(8)] == list(range(1, 9))
    classifier = KerasClassifier.load(run.classifier_file)
    reached = accuracy(classifier, data.load("digits", split="test"))
    assert f"test accuracy  {reached:.2%}" in resumed.stdout
    classifier_flag = shlex.quote(f"--classifier={run.classifier_file}")
    assert f"--samples=RUN {classifier_flag}" in resumed.stdout
    assert classifier.metadata["test_accuracy"] == reached
    assert classifier.metadata["seed"] == 4


def test_dry_run_writes_nothing(script, tmp_path):
    finished = call_script(script, "--dry_run", "--schedule=step", f"--out_dir={tmp_path / 'new'}")
    assert finished.returncode == 0, finished.stderr
    assert f"run folder     {tmp_path / 'new'}" in finished.stdout
    assert re.search("schedule +step\naugment +shift\nmax_shift +2\n", finished.stdout)
    assert re.search("parameters +15[0-9],[0-9]{3}", finished.stdout)
    assert not (tmp_path / "new").exists()
