"""What all tests share: import paths, the folder of real data, marks."""

import os
import pathlib
import sys

import amnat  # noqa: F401  (sets TensorFlow's switches before anything imports it)

import pytest

TESTS = pathlib.Path(__file__).parent
sys.path[:0] = [
    str(TESTS / folder)
    for folder in (
        *("export", "golden", "layers", "losses", "models", "networks", "tools", "training"),
    )
]


@pytest.fixture(scope="session")
def real_data_dir():
    """A folder with real CIFAR-10 and MNIST files; the test is skipped where there is none."""
    folder = os.environ.get("AMNAT_TEST_DATA")
    path = pathlib.Path(folder) if folder else TESTS.parent.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("no real data: set AMNAT_TEST_DATA to a folder with CIFAR-10 and MNIST")
    return path
