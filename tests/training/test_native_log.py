"""What native code writes to descriptor 2: notices nowhere, errors in the log, words of death."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOTICE = "I0000 00:00:1 port.cc:153] a notice\\n"
ERROR = "E0000 00:00:1.5 12 meta_optimizer.cc:967] remapper failed\\n"
OLD_ERROR = "2024-01-02 03:04:05.678: E tensorflow/x.cc:1] an old error\\n"
HEAD = f"""
import os, sys
import amnat.start
from amnat.training import native_log

def native(text):
    os.write(2, text.encode())

def load():
    with native_log.held_back():
        native("{NOTICE}{ERROR}{OLD_ERROR}")

assert native_log.choose_level() == ("TF_CPP_MIN_LOG_LEVEL" not in SET)
"""


def run(folder, code, **variables):
    """(exit status, stderr) of a script."""
    # Loading TensorFlow in this process has set both for its children.
    ours = ("TF_CPP_MIN_LOG_LEVEL", "AMNAT_CHOSE_LOG_LEVEL")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    environment |= {"PYTHONPATH": ":".join([str(ROOT), *sys.path])} | variables
    done = subprocess.run(
        [sys.executable, "-c", HEAD.replace("SET", repr(list(variables))) + code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def text(*lines):
    return "".join(lines).replace("\\n", "\n")


def test_errors_go_to_the_log_of_the_run(tmp_path):
    code = f"""
load()
native_log.keep_in("log.txt")
native("{ERROR}")
print("Python's", file=sys.stderr)
native_log.release()
native("after\\n")
"""
    assert run(tmp_path, code) == (0, "Python's\nafter\n")
    assert (tmp_path / "log.txt").read_text() == text(ERROR, OLD_ERROR, ERROR)


def test_a_log_without_errors_is_not_left(tmp_path):
    code = "native_log.keep_in('log.txt'); native_log.release()"
    assert run(tmp_path, code) == (0, "") and not (tmp_path / "log.txt").exists()


def test_a_log_that_cannot_be_written_is_a_warning(tmp_path):
    code = "native_log.keep_in('none/log.txt'); native('shown')"
    status, errors = run(tmp_path, code)
    assert status == 0 and errors.startswith("warning: none/log.txt: No such file")
    assert errors.endswith("shown")


@pytest.mark.parametrize("level", ["0", "3"])
def test_a_level_of_the_users_shows_on_the_terminal(tmp_path, level):
    code = "native_log.keep_in('log.txt'); native('shown')"
    assert run(tmp_path, code, TF_CPP_MIN_LOG_LEVEL=level) == (0, "shown")
    assert not (tmp_path / "log.txt").exists()


def test_a_process_that_is_started_does_not_take_the_level_for_the_users(tmp_path):
    code = """
import subprocess
inner = "from amnat.training import native_log; assert native_log.choose_level()"
subprocess.run([sys.executable, "-c", inner], check=True)
"""
    assert run(tmp_path, code) == (0, "")


def test_errors_are_shown_if_loading_fails(tmp_path):
    code = """
try:
    with native_log.held_back():
        native("NOTICEERROR")
        raise ImportError
except ImportError:
    native("caught")
"""
    code = code.replace("NOTICE", NOTICE).replace("ERROR", ERROR, 1)
    assert run(tmp_path, code.replace("ImportERROR", "ImportError")) == (0, text(ERROR, "caught"))


def test_the_last_words_of_native_code_are_shown(tmp_path):
    """As TensorFlow's on a processor without AVX: a message, then abort()."""
    code = f"""
with native_log.held_back():
    native("{NOTICE}F0000 no AVX\\n")
    os.abort()
"""
    status, errors = run(tmp_path, code)
    assert status < 0 and errors == text(NOTICE, "F0000 no AVX\\n")
