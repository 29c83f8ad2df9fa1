"""What the tests of the scores share: the import path of score_cases and one trained classifier."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(scope="session")
def digits_classifier():
    """(classifier, test accuracy) of the small CNN, trained on scikit-learn's digits: 10 s."""
    from amnat import data
    from amnat.metrics.small_cnn import train_small_cnn

    train, test = (data.load("digits", split=split) for split in ("train", "test"))
    return train_small_cnn(train, test, seed=0, progress=False)
