"""What differs from CIFAR-10; test_cifar.py tests the reader that both share."""

import gzip
import os

from amnat.data import download, load
from amnat.errors import InputError

import cifar_files
import numpy as np
import pytest

FOLDER, ARCHIVE = "cifar-100-python", "cifar-100-python.tar.gz"
NAMES = [b"class_%d" % label for label in range(100)]


def batch(seed, fine):
    rng = np.random.default_rng(seed)
    return {
        b"filenames": [b"x.png"] * len(fine),
        b"batch_label": b"training batch 1 of 1",
        b"fine_labels": fine,
        b"coarse_labels": [label // 5 for label in fine],
        b"data": rng.integers(0, 256, (len(fine), 3072)).astype(np.uint8),
    }


def files(**changes):
    coarse = [b"group_%d" % label for label in range(20)]
    contents = {
        "train": batch(1, [0, 99, 50]),
        "test": batch(2, [7, 3]),
        "meta": {b"fine_label_names": NAMES, b"coarse_label_names": coarse},
    }
    return {name: cifar_files.as_python2(value) for name, value in (contents | changes).items()}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar_files, "FOLDER", FOLDER)
    monkeypatch.setattr(cifar_files, "ARCHIVE", ARCHIVE)

    def write_form(place, **changes):
        if place == "packed":
            cifar_files.write_archive(tmp_path, files(**changes))
            return tmp_path
        cifar_files.write_folder(tmp_path / FOLDER, files(**changes))
        return tmp_path / FOLDER if place == "itself" else tmp_path

    return write_form


@pytest.mark.parametrize("place", ["packed", "unpacked", "itself"])
def test_fine_labels_and_names_of_both_splits(write, place):
    folder = write(place)
    train = load("cifar100", folder, download=False)
    test = load("cifar100", folder, "test", download=False)
    assert train.labels.tolist() == [0, 99, 50]
    assert test.labels.tolist() == [7, 3]
    assert (train.num_classes, train.name) == (100, "cifar100")
    assert train.class_names[99] == "class_99"
    published = batch(1, [0, 99, 50])[b"data"]
    assert train.samples[2, 5, 6, 1] == published[2, 1024 + 5 * 32 + 6]


@pytest.mark.parametrize("changes, message", [
    ({"train": batch(1, [0, 100])}, "train.*label 100 at row 1, expected 0 to 99"),
    ({"train": cifar_files.batch(1)}, "train.*'fine_labels' is not a list"),
    ({"meta": {b"fine_label_names": NAMES[:20]}}, "meta.*20 class names, expected 100"),
])  # fmt: skip
def test_wrong_files_are_named(write, changes, message):
    with pytest.raises(InputError, match=message):
        load("cifar100", write("packed", **changes), download=False)


def test_a_truncated_archive_is_named(write):
    path = write("packed") / ARCHIVE
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=ARCHIVE):
        load("cifar100", path.parent, download=False)


def test_cifar10_beside_it_is_not_mistaken_for_it(write, tmp_path):
    write("packed")
    with pytest.raises(InputError, match="cifar10.*cifar-10-python.tar.gz"):
        load("cifar10", tmp_path, download=False)


def test_the_published_archive_is_downloaded(write, tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((urls, filename, size, checksum))
        (tmp_path / filename).write_bytes(gzip.compress(cifar_files.tar_bytes(files()), 1))
        return os.path.join(dest_dir, filename)

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("cifar100", tmp_path).num_samples == 3
    assert load("cifar100", tmp_path, "test").num_samples == 2
    assert calls == [(
        ["https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"],
        ARCHIVE,
        169001437,
        {"sha256": "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"},
    )]  # fmt: skip
