"""Messages about GPUs, with an nvidia-smi that is a stub; and a real run where there is a GPU."""

import os
import sys

from amnat.training import gpu
from amnat.training.main import load_tensorflow, run_tool

import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from script_runs import run_script

NVIDIA_SMI = """#!/bin/sh
case "$*" in
  *compute-apps*) echo "4711, /usr/bin/python3, 46000 MiB"; echo "{own}, python, 900 MiB" ;;
  *query-gpu*) echo "NVIDIA H200, 580.65.06" ;;
  *) exit 6 ;;
esac
"""


@pytest.fixture
def fake_gpu(tmp_path, monkeypatch):
    """A driver that shows one GPU, which TensorFlow does not see."""
    command = tmp_path / "nvidia-smi"
    command.write_text(NVIDIA_SMI.replace("{own}", str(os.getpid())))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    for name in ("TF_XLA_FLAGS", "XLA_FLAGS"):
        monkeypatch.setenv(name, "")
    gpu.installed_gpus.cache_clear()
    yield command
    gpu.installed_gpus.cache_clear()


def test_idle_gpu_is_reported_once_tensorflow_is_loaded(fake_gpu, capfd):
    load_tensorflow()
    _, errors = capfd.readouterr()
    assert errors.count("\n") == 1
    assert "has a GPU (NVIDIA H200, 580.65.06) that TensorFlow cannot use" in errors
    assert "bash tools/setup.sh installs NVIDIA's libraries" in errors


def test_gpu_that_is_not_asked_for_is_not_reported(fake_gpu, monkeypatch, capfd):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    gpu.warn_if_idle()
    assert capfd.readouterr().err == ""


def test_number_of_no_gpu_is_reported(fake_gpu, monkeypatch, capfd):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    gpu.warn_if_idle()
    assert "CUDA_VISIBLE_DEVICES=3 names none of its 1 GPUs (0 is the first)" in (
        capfd.readouterr().err
    )


@pytest.mark.parametrize("smi", ["#!/bin/sh\nexit 9\n", None])
def test_machine_without_a_gpu(fake_gpu, smi, capfd, monkeypatch):
    if smi is None:
        fake_gpu.unlink()
        monkeypatch.setenv("PATH", str(fake_gpu.parent))
        monkeypatch.setattr(gpu.pathlib.Path, "glob", lambda *_: iter(()))
    else:
        fake_gpu.write_text(smi)
    assert gpu.installed_gpus() == ()
    gpu.warn_if_idle()
    assert capfd.readouterr().err == ""


def full(text="OOM when allocating tensor with shape[100] on /job:localhost/device:GPU:0 by bfc"):
    raise tf.errors.ResourceExhaustedError(None, None, text)


@pytest.fixture
def script(monkeypatch):
    """A script with sizes of a step; returns the function that runs it to its exit status."""
    monkeypatch.setattr(sys, "argv", ["am_gan.py"])
    names = {"iBatchSize": 100, "iFilterDimsG": 64, "critic_width": None, "iMaxIter": 7}
    defined = [name for name in names if name not in flags.FLAGS]
    for name in defined:
        flags.DEFINE_integer(name, names[name], "")
        flags.FLAGS.register_key_flag_for_module("am_gan.py", flags.FLAGS[name])

    def run(main):
        gnu_getopt = flags.FLAGS.is_gnu_getopt()
        try:
            with flagsaver.flagsaver(), pytest.raises(SystemExit) as ended:
                run_tool(main)
        finally:
            flags.FLAGS.set_gnu_getopt(gnu_getopt)
        return ended.value.code

    yield run
    for name in defined:
        delattr(flags.FLAGS, name)


def test_full_gpu_ends_in_one_line(fake_gpu, script, capfd):
    assert script(full) == 1
    _, errors = capfd.readouterr()
    assert errors == (
        "am_gan.py: error: the memory of the GPU is full with --iBatchSize=100 --iFilterDimsG=64: "
        "take a smaller batch or narrower networks; also on the GPU: process 4711 (python3) with "
        "46000 MiB\n"
    )


def test_full_disk_is_not_taken_for_a_full_gpu(script, capfd):
    assert script(lambda: full("No space left on device")) == 1
    message = capfd.readouterr().err
    assert "No space left on device" in message and "GPU" not in message
    with pytest.raises(RuntimeError):
        script(lambda: (_ for _ in ()).throw(RuntimeError("Out of memory")))


def test_run_on_a_gpu(shown_gpu, tmp_path):
    """It is compiled, with several iterations in a call."""
    arguments = ["--sDataSet=toy_center", "--iBatchSize=10", "--iFilterDimsG=4", "--iMaxIter=20"]
    arguments += ["--iFilterDimsD=4", "--log_every=10", "--score_every=0", "--sample_every=10"]
    arguments += ["--save_every=10", f"--sResultDir={tmp_path}"]
    finished = run_script("am_gan.py", *arguments)
    if "that TensorFlow cannot use" in finished.stderr:
        pytest.skip("NVIDIA's libraries are not installed")
    assert finished.returncode == 0, finished.stderr
    assert "compiled with XLA, 10 iterations in a call" in finished.stdout
