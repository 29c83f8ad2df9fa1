"""Agreement of labels and classes against scikit-learn."""

from amnat.metrics import clustering

import numpy as np
import pytest
from sklearn import metrics

RNG = np.random.default_rng(0)
CLASSES = RNG.integers(0, 4, 200)
LABELS = np.where(RNG.random(200) < 0.6, CLASSES + 1, RNG.integers(0, 6, 200))
TABLE = clustering.contingency(LABELS, CLASSES, 6, 4)


def test_scikit_learns_numbers():
    expected = metrics.cluster.contingency_matrix(LABELS, CLASSES)
    np.testing.assert_array_equal(TABLE[np.unique(LABELS)], expected)
    found = [
        clustering.mutual_information(TABLE),
        clustering.normalized_mutual_information(TABLE),
    ]
    expected = [
        metrics.mutual_info_score(LABELS, CLASSES),
        metrics.normalized_mutual_info_score(LABELS, CLASSES),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_purity_and_one_to_one():
    table = np.array([[5, 1, 0], [4, 0, 0], [0, 3, 2], [0, 0, 1]])
    assert clustering.purity(table) == pytest.approx((5 + 4 + 3 + 1) / 16)
    # Label 1 has to stand back behind label 0.
    assert clustering.one_to_one_accuracy(table) == pytest.approx((5 + 3 + 1) / 16)


def test_ends_of_the_range():
    same = np.diag([3, 3])
    assert clustering.purity(same) == clustering.one_to_one_accuracy(same) == 1.0
    assert clustering.normalized_mutual_information(same) == pytest.approx(1.0)
    assert clustering.mutual_information(same) == pytest.approx(np.log(2))
    nothing = np.full((2, 2), 5)
    assert clustering.mutual_information(nothing) == pytest.approx(0.0, abs=1e-12)
    assert clustering.normalized_mutual_information(np.array([[4]])) == 0.0
