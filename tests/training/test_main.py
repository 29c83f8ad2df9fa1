"""The boundary of every script: what a user can mend becomes one line, and nothing else does."""

import contextlib
import errno
import io
import os
import subprocess
import sys
import warnings
from unittest import mock

from amnat.errors import InputError, OutputError
from amnat.training import main as entry

import pytest
from absl import flags
from absl.testing import flagsaver

FULL = OSError(errno.ENOSPC, "No space left on device", "/run/file")


def call(work, *arguments):
    """(exit status, stderr) of a script whose work is `work`."""
    gnu_getopt = flags.FLAGS.is_gnu_getopt()
    with (
        flagsaver.flagsaver(),
        warnings.catch_warnings(),
        mock.patch.object(sys, "argv", ["script.py", *arguments]),
        mock.patch.object(warnings, "formatwarning"),
        contextlib.redirect_stderr(io.StringIO()) as errors,
    ):
        try:
            entry.run_tool(work)
        except SystemExit as stop:
            return stop.code or 0, errors.getvalue()
        finally:
            flags.FLAGS.set_gnu_getopt(gnu_getopt)


def raising(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("--flag=1: expected 2"), 2, "error: --flag=1: expected 2"),
        (OutputError("--out=x: cannot be written (why)"), 1, "error: --out=x: cannot be written"),
        (FULL, 1, "error: /run/file: No space left on device"),
        (PermissionError(errno.EACCES, "?", b"/run/f"), 1, "error: /run/f: Permission denied"),
        (OSError(errno.EIO, "?"), 1, "error: [Errno 5] ?"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (UnicodeDecodeError("utf-8", b"ab\xff", 2, 3, "?"), 1, "is not text in UTF-8: it holds"),
    ],
)
def test_one_line(error, status, line):
    with mock.patch.dict(sys.modules, {"tensorflow": mock.Mock()}):
        found, errors = call(raising(error))
    assert found == status and line in errors
    assert errors.startswith("script.py: ") and errors.count("\n") == 1


def test_before_tensorflow_is_loaded_it_is_bad_input():
    without = {name: module for name, module in sys.modules.items() if name != "tensorflow"}
    with mock.patch.dict(sys.modules, without, clear=True):
        assert call(raising(FileNotFoundError(errno.ENOENT, "?", "x")))[0] == 2
        # A result was lost all the same.
        assert call(raising(OutputError("x")))[0] == 1


def test_errors_of_tensorflow_about_files():
    import tensorflow as tf

    message = "{{function_node x}} /run/ckpt_temp;\n No space left on device [Op:SaveV2]"
    status, errors = call(raising(tf.errors.ResourceExhaustedError(None, None, message)))
    assert status == 1 and errors.count("\n") == 1 and "No space left on device" in errors
    with pytest.raises(tf.errors.InvalidArgumentError):
        call(raising(tf.errors.InvalidArgumentError(None, None, "shapes differ")))


@pytest.mark.parametrize(
    "error", [ValueError("a mistake"), OSError("no number"), io.UnsupportedOperation("read")]
)
def test_mistakes_of_the_program_keep_their_traceback(error):
    with pytest.raises(type(error)):
        call(raising(error))


def test_words_and_flagfiles_that_are_not_text(tmp_path):
    status, errors = call(lambda: 0, "--flag=r\udcff")
    assert status == 2 and "--flag=r\\udcff: is not text in UTF-8" in errors
    bad, outer = tmp_path / "bad.flags", tmp_path / "outer.flags"
    bad.write_bytes(b"# caf\xe9\n")
    outer.write_text(f"# first\n--flagfile={bad}\n")
    for words in ([f"--flagfile={bad}"], ["--flagfile", str(bad)], [f"-flagfile={outer}"]):
        status, errors = call(lambda: 0, *words)
        assert status == 2 and f"--flagfile: {bad} is not text in UTF-8" in errors
        assert errors.count("\n") == 1


@pytest.mark.parametrize("setting", ["error", "ignore"])
def test_warnings_of_amnat_are_shown_and_those_of_others_are_no_errors(setting):
    code = """
import sys, warnings
from amnat.training import main

def warn(module, kind):
    exec(f"import warnings; warnings.warn('of {module}', {kind})", {"__name__": module})

def work():
    warn("amnat.metrics.x", "UserWarning")
    warn("other", "DeprecationWarning")

sys.argv = ["script.py"]
main.run_tool(work)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONWARNINGS": setting},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "warning: of amnat.metrics.x\n")
