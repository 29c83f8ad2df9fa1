"""One process owns the folder that a script writes to; a second one is told, and writes nothing."""

import os
import signal
import subprocess
import sys
import time

from amnat.file_lock import FileLock
from amnat.training import opening
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import pytest
from absl.flags import FLAGS
from absl.testing import flagsaver
from script_runs import ROOT, call_script, loaded_script

GAN = ("--sDataSet=toy_center", "--iMaxIter=6", "--iBatchSize=10", "--sResultDir={folder}")
PYTORCH_GAN = ("--dataset=digits", "--sResultDir={folder}")

OWNERS = [
    ("am_gan.py", GAN),
    ("nat_gan.py", GAN),
    ("am_gan_reproduce.py", ("--sDataSet=digits", "--sResultDir={folder}")),
    ("gan.py", PYTORCH_GAN),
    ("msdistgan.py", ("--db_name=mnist", "--out_dir={folder}")),
    ("train_classifier.py", ("--out_dir={folder}",)),
    ("nat_classifier.py", ("--dataset=digits", "--out_dir={folder}")),
    ("gan_intro.py", ("--result_dir={folder}",)),
    ("nat_2d.py", ("--result_dir={folder}",)),
    ("distgan_toy1d.py", ("--result_dir={folder}",)),
    ("distgan_toy2d.py", ("--result_dir={folder}",)),
    ("nat_1d_study.py", ("--result_dir={folder}",)),
    ("sweep.py", ("--runs=am_gan_digits", "--sweep_dir={folder}")),
    ("soak.py", ("--soak_dir={folder}",)),
    ("benchmark.py", ("--roofline", "--small", "--out={folder}")),
]


def owned_folder(script, arguments, folder):
    """The folder that a script owns: that of a run, or the one that its flag names."""
    if not isinstance(script, Method):
        return folder
    with flagsaver.flagsaver():
        FLAGS([script.__file__, *arguments])
        return opening.run_directory(script).path


@pytest.mark.parametrize("resume", [False, True], ids=["new", "auto_resume"])
@pytest.mark.parametrize(("name", "arguments"), OWNERS, ids=[each[0] for each in OWNERS])
def test_a_second_process_is_refused(tmp_path, name, arguments, resume):
    with loaded_script(name) as script:
        arguments = [argument.format(folder=tmp_path) for argument in arguments]
        if resume and "auto_resume" not in getattr(script, "flag_names", ()):
            pytest.skip("it has no --auto_resume")
        folder = owned_folder(script, arguments, tmp_path)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            (folder / "flags.txt").touch()
            before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
            done = call_script(script, *arguments, *["--auto_resume"] * resume)
            after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert done.returncode == 2, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert f"{folder} is in use by this process ({os.getpid()})" in line
    assert after == before


def start(name, *arguments):
    """A script in a process of its own; returns the process."""
    command = [sys.executable, str(ROOT / "tools" / name), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("resume", [(), ("--auto_resume",)], ids=["new", "auto_resume"])
def test_two_starts_at_once(tmp_path, resume):
    """One of them trains as if it were alone."""
    arguments = [argument.format(folder=tmp_path) for argument in (*GAN, *resume)]
    processes = [start("am_gan.py", *arguments) for _ in range(3)]
    ended = [(process.communicate(timeout=300), process.returncode) for process in processes]
    assert sorted(status for _, status in ended) == [0, 2, 2], ended
    for (_, errors), status in ended:
        if status:
            assert "is in use by process" in errors and len(errors.splitlines()) == 1
    run = RunDirectory(tmp_path / "test_v0_toy_center")
    assert run.read_rows(run.metrics_file)["iteration"] == [7]
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.slow
def test_a_killed_run_goes_on_at_once(tmp_path):
    arguments = [argument.format(folder=tmp_path) for argument in GAN]
    endless = start("am_gan.py", *arguments, "--iMaxIter=1000000", "--save_every=10")
    run = RunDirectory(tmp_path / "test_v0_toy_center")
    deadline = time.monotonic() + 120
    while not checkpoint_iterations(run.checkpoints) and time.monotonic() < deadline:
        time.sleep(0.1)
    resume = (*arguments, "--iMaxIter=1000000", "--bLoadCheckpoint")
    second = start("am_gan.py", *resume)
    _, errors = second.communicate(timeout=120)
    assert second.returncode == 2 and f"in use by process {endless.pid} on host" in errors
    endless.kill()
    endless.communicate()
    assert (run.path / ".lock").exists()
    third = start("am_gan.py", *resume)
    time.sleep(15)
    third.send_signal(signal.SIGTERM)
    output, errors = third.communicate(timeout=120)
    assert third.returncode == 0 and "stopped by SIGTERM" in output, errors
    assert not (run.path / ".lock").exists()
