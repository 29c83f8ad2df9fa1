from amnat.data import load
from amnat.data.digits import stratified_counts

import numpy as np
import pytest
from sklearn.datasets import load_digits as published_digits

# Samples of each digit, as the description that scikit-learn ships with the data says.
CLASS_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.fixture(scope="module")
def splits():
    return load("digits", split="train"), load("digits", split="test")


def test_sizes_and_layout(splits):
    train, test = splits
    assert (train.num_samples, test.num_samples) == (1437, 360)
    assert train.samples.dtype == np.uint8
    assert train.sample_shape == (32, 32, 1)
    assert train.class_names == tuple("0123456789")


def test_both_parts_have_the_same_proportion_of_each_class(splits):
    train, test = (np.bincount(data.labels) for data in splits)
    assert (train + test).tolist() == CLASS_COUNTS
    assert np.abs(test - np.array(CLASS_COUNTS) * 360 / 1797).max() < 1


def test_largest_remainders_by_hand():
    # Quotas 1.2, 1.6, 1.2: floors 1, 1, 1 and the fourth goes to the largest remainder.
    labels = np.repeat([0, 1, 2], [3, 4, 3])
    assert stratified_counts(labels, 4).tolist() == [1, 2, 1]


def test_the_parts_are_the_published_digits_in_their_order(splits):
    published = published_digits()
    order = np.random.RandomState(0).permutation(1797).tolist()
    quota = np.bincount(splits[1].labels).tolist()
    chosen = set()
    for row in order:
        if quota[published.target[row]]:
            quota[published.target[row]] -= 1
            chosen.add(row)
    rows = [[row for row in range(1797) if row not in chosen], sorted(chosen)]
    for data, part in zip(splits, rows, strict=True):
        assert data.labels.tolist() == published.target[part].tolist()
        # A 4x4 mean of the enlarged image is a slight blur of the published pixel.
        blocks = data.samples.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4))
        correlation = [
            np.corrcoef(a.ravel(), b.ravel())[0, 1]
            for a, b in zip(blocks, published.images[part], strict=True)
        ]
        assert min(correlation) > 0.97


def test_the_whole_range_is_used(splits):
    assert splits[0].samples.min() == 0
    assert splits[0].samples.max() == 255
    brightness = published_digits().images.mean() / 16 * 255
    mean = np.concatenate([data.samples for data in splits]).mean()
    assert mean == pytest.approx(brightness, rel=0.02)


def test_no_folder_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load("digits", "no/such/folder", "test").num_samples == 360
    assert list(tmp_path.iterdir()) == []
