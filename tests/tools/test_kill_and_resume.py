"""A run that is killed again and again ends as the one that was left alone, byte for byte."""

import os
import pathlib
import subprocess
import sys

import pytest
from script_runs import ROOT

GAN = (
    *("--log_every=2", "--sample_every=10", "--save_every=3", "--score_every=0", "--seed=4"),
    *("--sResultDir={folder}", "--ema_decay=0.9", "--auto_resume"),
)
TOY = (*GAN, "--sDataSet=toy_center", "--iBatchSize=10", "--iFilterDimsG=4", "--iFilterDimsD=4")
IMAGES = (*GAN, "--sDataSet=digits", "--iBatchSize=10")
CLASSIFIER = ("--dataset=digits", "--network=small", "--epochs=3", "--batch_size=360")
CLASSIFIER += ("--out_dir={folder}", "--auto_resume")


def kill_and_resume(folder, script, kills, *arguments):
    """Both runs' folders, {relative path: bytes} of what has to be equal, and the kills."""
    tests = pathlib.Path(__file__).parent
    finished = subprocess.run(
        [sys.executable, str(tests / "kill_loop.py"), script, str(kills), str(folder), *arguments],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{tests}"},
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    *_, last = finished.stdout.strip().splitlines()
    return contents(folder / "whole"), contents(folder / "killed"), int(last.split()[1])


def contents(folder):
    """{relative path: bytes} of all files that do not say when or where a run was."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not path.name.startswith("events."):
            found[name] = path.read_bytes()
    return found


def assert_same(whole, killed):
    # They have times or the name of the run in them.
    told = ("log.txt", "flags.txt", "log.csv", "classifier.keras", "confidence.json")
    told += ("confidence.csv", "confidence.png")
    assert set(killed) == set(whole)
    for name in whole:
        if not name.endswith(told):
            assert killed[name] == whole[name], f"{name} differs"
    kinds = {pathlib.Path(name).suffix for name in whole}
    assert {".csv", ".png"} <= kinds


@pytest.mark.slow
def test_killed_four_times(tmp_path):
    whole, killed, kills = kill_and_resume(
        tmp_path, "am_gan.py", 4, *TOY, "--iMaxIter=23", "--iTrainD=2"
    )
    assert kills >= 3
    assert_same(whole, killed)
    assert any(name.endswith("ckpt-24.data-00000-of-00001") for name in whole)


@pytest.mark.slow
def test_killed_25_times(tmp_path):
    whole, killed, kills = kill_and_resume(
        tmp_path, "am_gan.py", 25, *TOY, "--iMaxIter=200", "--iTrainD=2"
    )
    assert kills >= 20
    assert_same(whole, killed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("am_gan.py", (*IMAGES, "--iMaxIter=23", "--log_layer_states", "--class_sheets")),
        ("am_gan_reproduce.py", (*IMAGES, "--iBatchRun=23", "--iFilterDimG=4", "--iFilterDimD=4")),
        ("nat_gan.py", (*IMAGES, "--iMaxIter=23", "--negatives=noise=20", "--iNegPerBatch=3")),
        ("train_classifier.py", CLASSIFIER),
        ("nat_classifier.py", (*CLASSIFIER, "--negatives=noise")),
        ("gan_intro.py", ("--num_steps=200", "--result_dir={folder}", "--auto_resume")),
        ("nat_2d.py", ("--num_steps=200", "--result_dir={folder}", "--auto_resume")),
    ],
)
def test_every_script(tmp_path, script, arguments):
    narrow = ("--iFilterDimsG=1", "--iFilterDimsD=1")
    if script in ("am_gan.py", "nat_gan.py"):
        arguments = (*arguments, *narrow)
    whole, killed, kills = kill_and_resume(tmp_path, script, 5, *arguments)
    assert kills >= 3
    assert_same(whole, killed)
