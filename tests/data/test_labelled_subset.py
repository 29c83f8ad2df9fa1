"""The choice of labelled samples."""

from amnat.data import Dataset
from amnat.data.labelled_subset import choose_labelled
from amnat.errors import InputError

import numpy as np
import pytest


def dataset(counts=(5, 9, 4)):
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int32)
    samples = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset("some", "train", samples, labels, len(counts), tuple("abc"[: len(counts)]))


def test_balanced_by_class_and_drawn_by_the_seed():
    chosen = [choose_labelled(dataset(), 9, seed) for seed in (0, 0, 1)]
    for found in chosen:
        assert np.bincount(found.labels).tolist() == [3, 3, 3]
        rows = found.samples.ravel()
        assert len(set(rows.tolist())) == 9
        np.testing.assert_array_equal(dataset().labels[rows], found.labels)
    np.testing.assert_array_equal(chosen[0].samples, chosen[1].samples)
    assert np.any(chosen[0].samples != chosen[2].samples)


def test_a_larger_choice_contains_a_smaller_one():
    few, more = (set(choose_labelled(dataset(), n, 3).samples.ravel()) for n in (3, 9))
    assert few < more


@pytest.mark.parametrize("count, message", [
    (10, "--num_labels=10: expected a multiple of the 3 classes of some"),
    (0, "--num_labels=0: expected a multiple"),
    (15, "--num_labels=15: 5 samples per class, but class 2 of some has 4"),
])  # fmt: skip
def test_bad_counts(count, message):
    with pytest.raises(InputError, match=message):
        choose_labelled(dataset(), count, 0)
