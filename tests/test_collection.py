"""The tests have the same names in every process, which pytest-xdist needs."""

import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent

# Two files with what differs between processes, and the hooks of conftest.py.
BYTES = """
import os
import pytest

@pytest.mark.parametrize("content", [os.urandom(9), b"\\\\x00"])
@pytest.mark.parametrize("word", {order})
def test(content, word):
    pass
"""


def names(*arguments, seed, cwd=TESTS.parent):
    """The names of the tests that a process with this hash seed collects, in their order."""
    # pytest-randomly, where it is installed, would choose another order for each process.
    options = ("--collect-only", "-q", "-p", "no:randomly")
    command = [sys.executable, "-m", "pytest", *options, *map(str, arguments)]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if "::" in line]
    assert done.returncode == 0 and found, done.stdout[-3000:] + done.stderr[-3000:]
    return found


@pytest.fixture
def suite(tmp_path):
    """Writes a suite with conftest.py's hooks and one test, of bytes and of words."""
    (tmp_path / "conftest.py").write_text((TESTS / "conftest.py").read_text())

    def written(order):
        (tmp_path / "test_names.py").write_text(BYTES.format(order=order))
        return tmp_path

    return written


def test_bytes_are_named_by_their_argument(suite):
    folder = suite('["a", "b"]')
    first, second = (names(folder, seed=seed, cwd=folder) for seed in (1, 2))
    assert first == second and len(first) == 4


def test_an_order_that_differs_would_be_seen(suite):
    folder = suite("set('abcdefgh')")
    assert names(folder, seed=1, cwd=folder) != names(folder, seed=2, cwd=folder)


@pytest.mark.slow
def test_two_processes_collect_the_same_names():
    assert names(TESTS, seed=1) == names(TESTS, seed=2)
