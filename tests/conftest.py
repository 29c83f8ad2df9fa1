"""What all tests share: import paths, the folder of real data, marks."""

import contextlib
import os
import pathlib
import signal
import sys

import amnat.start  # noqa: F401  (sets switches before anything else is imported)

import pytest
from absl import flags
from absl.testing import flagsaver

# A script's own handler would end pytest without a word.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What tests compare are the results of a CPU; `shown_gpu` shows a GPU to the scripts of a test.
VISIBLE_GPUS = os.environ.get("CUDA_VISIBLE_DEVICES")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
# A page takes longer than most trainings here; tests of pages ask for them with --report.
os.environ["AMNAT_NO_REPORT"] = "1"

TESTS = pathlib.Path(__file__).parent
# Tests import the helpers of any folder by the name of their file.
HELPERS = (path for path in TESTS.glob("**/*.py") if not path.stem.startswith(("test_", "conf")))
sys.path[:0] = sorted({str(path.parent) for path in HELPERS})
# The files that take longest, in this order: each is run by one process, and one that comes last
# keeps the others waiting.
LONGEST = (
    "training/test_strategy.py",
    "classifiers/test_classifier_replicas.py",
    "training/test_resumption.py",
    "training/test_ends_of_runs.py",
    "training/test_precision.py",
    "training/test_loop.py",
    "training/test_xla.py",
    "methods/test_keras_gan.py",
    "methods/am_gan/test_script.py",
    "methods/test_a_new_method.py",
    "tools/test_benchmark.py",
    "tools/test_export.py",
    "tools/test_evaluate.py",
)


def pytest_collection_modifyitems(items):
    """Puts the longest files first, and keeps the order of all others."""
    place = {TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


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


@pytest.fixture
def shown_gpu(monkeypatch):
    """Processes that the test starts use the GPU; it is skipped where there is none."""
    from amnat.training import gpu

    if VISIBLE_GPUS is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", VISIBLE_GPUS)
    if not gpu.usable_gpus():
        pytest.skip("no GPU")


@contextlib.contextmanager
def flag_values_restored():
    """A context after which flags have their values of before; new flags keep theirs."""
    before = flagsaver.save_flag_values()
    yield
    after = flagsaver.save_flag_values()
    flagsaver.restore_flag_values({name: before.get(name, after[name]) for name in after})


@pytest.fixture(scope="module", autouse=True)
def flags_of_a_module_end_with_it():
    """Restores what fixtures of a module set: the next file in the same process differs from run to
    run."""
    with flag_values_restored():
        yield


@pytest.fixture(autouse=True)
def flags_are_left_as_they_were():
    """Restores the values of the flags: scripts share some, and a test may be the next one's past.

    What fixtures of modules set stays for their tests, and what a test defines is not removed.
    """
    with flag_values_restored():
        yield


@pytest.fixture(autouse=True)
def no_flags_of_a_comparison_are_left():
    """Removes the flags of am_gan.py that amnat's side of a comparison has defined in a test.

    It usually runs in a process of its own; scripts that later tests load define the same names.
    """
    yield
    tasks = sys.modules.get("amnat.compat.amnat_tasks")
    while tasks and tasks.DEFINED:
        delattr(flags.FLAGS, tasks.DEFINED.pop())
