"""Runs the scripts as a user does."""

import contextlib
import importlib.util
import io
import os
import pathlib
import shutil
import subprocess
import sys
import warnings
from unittest import mock

from amnat.data.idx import MNIST
from amnat.training import flags as shared_flags
from amnat.training.main import Script, run_tool
from amnat.training.run_directory import RunDirectory

import numpy as np
from absl import flags
from absl.testing import flagsaver

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def flagfiles_of(script):
    """The flagfiles whose first line calls tools/<script>, sorted."""
    files = sorted((ROOT / "flags").glob("*.flags"))
    return [path for path in files if f"tools/{script} " in path.read_text().splitlines()[0]]


@contextlib.contextmanager
def loaded_script(name, kind=None):
    """tools/<name> as a `Script`, or as a module where it is no training script.

    Its flags, which other scripts may define too, go afterwards. Shared flags have their defaults
    in it, whatever other tests made of them. `kind` is the class of the script, if not its SCRIPT.
    """
    before = set(flags.FLAGS)
    saved = flagsaver.save_flag_values()
    for shared in shared_flags.shared_flags():
        flags.FLAGS[shared].unparse()
    # By its path, as absl calls the flags of what runs as a script.
    path = str(ROOT / "tools" / name)
    spec = importlib.util.spec_from_file_location(path, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path] = module
    try:
        spec.loader.exec_module(module)
        script = module
        if hasattr(module, "SCRIPT"):
            script = (kind or module.SCRIPT)()
            script.declare(path)
            script.__file__ = script.__name__ = path
        yield script
    finally:
        for flag in set(flags.FLAGS) - before:
            delattr(flags.FLAGS, flag)
        flags.FLAGS.key_flags_by_module_dict().pop(path, None)
        flagsaver.restore_flag_values(saved)


def installed_environment():
    """The environment without the folders in PYTHONPATH that hold an amnat: the installation alone
    decides where amnat comes from."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [folder for folder in folders if not (pathlib.Path(folder) / "amnat").is_dir()]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, kept))}


def run_script(name, *arguments, cwd=None, timeout=1800):
    """Runs tools/<name>; returns the finished process with its output as text.

    `timeout` ends what hangs. No test measures time, so it leaves room for a busy machine.
    """
    environment = installed_environment()
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / name), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def write_mnist(folder):
    """Writes MNIST's files with a few random images into a folder, and returns it."""
    random = np.random.default_rng(0)
    for (images, labels), count in zip(MNIST.files.values(), (40, 20), strict=True):
        pixels = random.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        header = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (count, 28, 28))
        (folder / images).write_bytes(header + pixels.tobytes())
        header = bytes([0, 0, 8, 1]) + count.to_bytes(4, "big")
        (folder / labels).write_bytes(header + bytes((np.arange(count) % 10).tolist()))
    return folder


def call_script(script, *arguments):
    """As `run_script`, in this process: without the seconds that a new one takes to start.

    Args:
      script: of `loaded_script`.
    """
    command = [script.__file__, *map(str, arguments)]
    gnu_getopt = flags.FLAGS.is_gnu_getopt()
    main = script.main
    if isinstance(script, Script):
        command[1:] = script.arguments(command[1:])
        main = script.call
    with (
        flagsaver.flagsaver(),
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ),
        mock.patch.object(warnings, "formatwarning"),
        contextlib.redirect_stdout(io.StringIO()) as output,
        contextlib.redirect_stderr(io.StringIO()) as errors,
    ):
        try:
            run_tool(main)
        except SystemExit as stop:
            status = stop.code or 0
        finally:
            flags.FLAGS.set_gnu_getopt(gnu_getopt)
    return subprocess.CompletedProcess(command, status, output.getvalue(), errors.getvalue())


def run_whole_and_resumed(name, folder, refused, *arguments):
    """Runs a script; removes its last checkpoint and all it wrote since; resumes it.

    Checks that the resumed run ends with the same bytes, and that it refuses the flag `refused`,
    such as '--lr=1', which the run was not started with.

    Returns: what the first run printed.
    """
    command = (name, *arguments, f"--sResultDir={folder}")
    finished = run_script(*command)
    assert finished.returncode == 0, finished.stderr
    run = RunDirectory(next(path.parent for path in folder.glob("*/flags.txt")))
    last = max(run.checkpoints.glob("ckpt-*.json"), key=lambda path: int(path.stem[5:]))
    weights = run.checkpoints / f"{last.stem}.data-00000-of-00001"
    kept = {
        path: path.read_bytes() for path in [weights, run.metrics_file, *run.path.glob("*.csv")]
    }
    last.unlink()
    shutil.rmtree(run.samples)
    resumed = run_script(*command, "--bLoadCheckpoint")
    assert resumed.returncode == 0, resumed.stderr
    for path, content in kept.items():
        assert path.read_bytes() == content, path
    assert (run.path / "generator.json").is_file() and any(run.samples.iterdir())
    other = run_script(*command, "--bLoadCheckpoint", refused)
    assert other.returncode == 2 and f"{refused}: the run in" in other.stderr
    return finished.stdout
