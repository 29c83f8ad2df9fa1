"""Classifiers under strategies; processes of their own (classifier_replicas.py) train them."""

from amnat.metrics.keras_classifier import KerasClassifier

import numpy as np
import pytest
from processes import finish, run_two_workers, start

SCRIPT = "classifiers/classifier_replicas.py"


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    """The folder of the trainings of two replicas in one process, and of one replica."""
    folder = tmp_path_factory.mktemp("classifiers")
    finish(start(SCRIPT, ["mirrored", folder]))
    return folder


def assert_same_training(found, expected):
    """Ten steps of float32, in which the sums over a batch are taken in another order."""
    assert set(found) == set(expected)
    for name in expected:
        scale = max(np.abs(expected[name]).max(), 1.0)
        np.testing.assert_allclose(
            found[name], expected[name], rtol=0, atol=1e-5 * scale, err_msg=name
        )


def test_two_replicas_are_one_with_the_whole_batch(mirrored):
    assert_same_training(np.load(mirrored / "mirrored.npz"), np.load(mirrored / "none.npz"))


def test_statistics_are_otherwise_those_of_each_replica(mirrored):
    apart, whole = (np.load(mirrored / f"{name}.npz") for name in ("apart", "none"))
    assert np.abs(apart["losses"] - whole["losses"]).max() > 1e-3


def test_the_file_belongs_to_no_strategy(mirrored):
    """It is read in this process, which knows one device."""
    classifier = KerasClassifier.load(mirrored / "mirrored" / "classifier.keras")
    found = np.load(mirrored / "mirrored.npz")
    for index, weight in enumerate(classifier.model.get_weights()):
        np.testing.assert_array_equal(weight, found[f"weight{index}"])


@pytest.mark.slow
def test_two_processes_are_one_with_the_whole_batch(mirrored, tmp_path):
    run_two_workers(SCRIPT, "multi_worker", tmp_path)
    assert_same_training(np.load(tmp_path / "multi_worker.npz"), np.load(mirrored / "none.npz"))
