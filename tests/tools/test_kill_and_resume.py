"""A run that is killed again and again ends as the one that was left alone, byte for byte."""

import os
import pathlib
import subprocess
import sys

import pytest
from script_runs import ROOT, write_mnist

GAN = (
    *("--log_every=2", "--sample_every=10", "--save_every=3", "--score_every=0", "--seed=4"),
    *("--sResultDir={folder}", "--ema_decay=0.9", "--auto_resume"),
)
TOY = (*GAN, "--sDataSet=toy_center", "--iBatchSize=10", "--iFilterDimsG=4", "--iFilterDimsD=4")
IMAGES = (*GAN, "--sDataSet=digits", "--iBatchSize=10")
CLASSIFIER = ("--dataset=digits", "--network=small", "--epochs=3", "--batch_size=360")
CLASSIFIER += ("--out_dir={folder}", "--auto_resume")
PLANE = ("--models=gan,distgan", "--num_epochs=0.1", "--num_seeds=3", "--log_every=20")
PLANE += ("--result_dir={folder}", "--auto_resume")
PYTORCH_GAN = ("--dataset=digits", "--batch_size=60", "--n_epochs=1", "--latent_dim=4")
PYTORCH_GAN += ("--log_every=2", "--sample_interval=10", "--save_every=3", "--score_every=0")
PYTORCH_GAN += ("--sResultDir={folder}", "--auto_resume", "--seed=4")
ACCURACY = ("--accuracy_interval=8",)
INFO = ("--img_size=16", "--width=4", "--critic_width=2")
TRANSLATION = ("--dataset_name=digits:inverted", "--n_epochs=1", "--batch_size=100", "--n_steps=3")
TRANSLATION += ("--img_size=16", "--channels=1", "--width=2", "--critic_width=2", "--n_blocks=1")
TRANSLATION += ("--g_batch_size=4", "--n_samples=3", "--log_every=2", "--sample_interval=10")
TRANSLATION += ("--save_every=3", "--score_every=0", "--sResultDir={folder}", "--auto_resume")
MS_GAN = ("--db_name=mnist", "--data_source={data}", "--n_steps=20", "--batch_size=4")
MS_GAN += ("--gf_dim=1", "--ef_dim=1", "--df_dim=1", "--noise_dim=4", "--nb_test_fake=8")
MS_GAN += ("--nb_test_real=8", "--log_every=2", "--sample_every=10", "--save_every=3")
MS_GAN += ("--out_dir={folder}", "--auto_resume")


def kill_and_resume(folder, script, kills, *arguments):
    """Both runs' folders, {relative path: bytes} of what has to be equal, and the kills."""
    tests = pathlib.Path(__file__).parent
    finished = subprocess.run(
        [sys.executable, str(tests / "kill_loop.py"), script, str(kills), str(folder), *arguments],
        env=os.environ | {"PYTHONPATH": ":".join([str(ROOT), str(tests), *sys.path])},
        capture_output=True,
        text=True,
        timeout=7200,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    *_, last = finished.stdout.strip().splitlines()
    return contents(folder / "whole"), contents(folder / "killed"), int(last.split()[1])


def contents(folder):
    """{relative path: bytes} of all files that do not say when a run was.

    Records that name the run's folder name one of the same name.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not path.name.startswith("events."):
            content = path.read_bytes()
            is_text = path.suffix == ".json"
            found[name] = content.replace(bytes(folder), b"RUN") if is_text else content
    return found


def assert_same(whole, killed):
    # They have times or the name of the run in them (.keras: the times of a zip archive; what a
    # classifier computes is told by the scores).
    told = ("log.txt", "flags.txt", "log.csv", ".keras", "confidence.json")
    told += ("confidence.csv", "confidence.png", "accuracy.png")
    assert set(killed) == set(whole)
    for name in whole:
        if not name.endswith(told):
            content = killed[name]
            if name == "roc.csv":
                # Its curves stand under the name of the run's folder.
                content = content.replace(b"killed", b"whole")
            assert content == whole[name], f"{name} differs"
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
        tmp_path, "am_gan.py", 25, *TOY, "--iMaxIter=300", "--iTrainD=2"
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
        ("distgan_toy1d.py", ("--n_step=60", "--result_dir={folder}", "--auto_resume")),
        ("distgan_toy2d.py", PLANE),
        ("gan.py", (*PYTORCH_GAN, "--img_size=14", "--historical_averaging=0.01")),
        ("dcgan.py", (*PYTORCH_GAN, "--img_size=28", "--width=2", "--virtual_batch_norm=6")),
        ("ssl_gan.py", (*PYTORCH_GAN, "--img_size=16", "--num_labels=20", *ACCURACY)),
        ("msdistgan.py", MS_GAN),
        ("infogan.py", (*PYTORCH_GAN, *INFO, "--agreement_interval=8")),
        ("info_cycle_sim_gan.py", TRANSLATION),
    ],
)
def test_every_script(tmp_path, script, arguments):
    write_mnist(tmp_path)
    narrow = ("--iFilterDimsG=1", "--iFilterDimsD=1")
    if script in ("am_gan.py", "nat_gan.py"):
        arguments = (*arguments, *narrow)
    arguments = [argument.replace("{data}", str(tmp_path)) for argument in arguments]
    whole, killed, kills = kill_and_resume(tmp_path, script, 5, *arguments)
    assert kills >= 3
    assert_same(whole, killed)
