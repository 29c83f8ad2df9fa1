"""What all tests share: import paths, the folder of real data, marks."""

import os
import pathlib
import sys

import amnat  # noqa: F401  (sets TensorFlow's switches before anything imports it)

import pytest
from absl import flags
from absl.testing import flagsaver

TESTS = pathlib.Path(__file__).parent
# Tests import the helpers of any folder by the name of their file.
HELPERS = (path for path in TESTS.glob("*/**/*.py") if not path.stem.startswith(("test_", "conf")))
sys.path[:0] = sorted({str(path.parent) for path in HELPERS})


def pytest_make_parametrize_id(config, val, argname):
    """Names bytes by their argument: what a serializer writes may differ between processes.

    pytest-xdist needs the same names in all of them.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def real_data_dir():
    """A folder with real CIFAR-10 and MNIST files; the test is skipped where there is none."""
    folder = os.environ.get("AMNAT_TEST_DATA")
    path = pathlib.Path(folder) if folder else TESTS.parent.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("no real data: set AMNAT_TEST_DATA to a folder with CIFAR-10 and MNIST")
    return path


@pytest.fixture(autouse=True)
def flags_are_left_as_they_were():
    """Restores the values of the flags: scripts share some, and a test may be the next one's past.

    What fixtures of modules set stays for their tests, and what a test defines is not removed.
    """
    before = flagsaver.save_flag_values()
    yield
    after = flagsaver.save_flag_values()
    flagsaver.restore_flag_values({name: before.get(name, after[name]) for name in after})


@pytest.fixture(autouse=True)
def no_flags_of_a_comparison_are_left():
    """Removes the flags of am_gan.py that amnat's side of a comparison has defined in a test.

    It usually runs in a process of its own; scripts that later tests load define the same names.
    """
    yield
    tasks = sys.modules.get("amnat.compat.amnat_tasks")
    while tasks and tasks.DEFINED:
        delattr(flags.FLAGS, tasks.DEFINED.pop())
