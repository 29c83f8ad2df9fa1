"""EMNIST and Fashion-MNIST; test_idx.py tests the reader that they share with MNIST."""

import gzip
import io
import os
import zipfile

from amnat.data import download, load
from amnat.errors import InputError

import numpy as np
import pytest


def idx_bytes(array) -> bytes:
    array = np.asarray(array, np.uint8)
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def letter_l() -> np.ndarray:
    """An upright L: a stem on the left and a bar at the bottom."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 8] = 200
    image[23, 8:18] = 100
    return image


def emnist_files(part="letters", split="train", labels=(12, 1, 26)):
    images = [letter_l(), np.zeros((28, 28)), np.full((28, 28), 9)]
    name = f"emnist-{part}-{split}"
    return {
        # Published column after column.
        f"{name}-images-idx3-ubyte": idx_bytes([image.T for image in images]),
        f"{name}-labels-idx1-ubyte": idx_bytes(labels),
    }


def write(folder, files, packed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / (name + ".gz" if packed else name)
        path.write_bytes(gzip.compress(data) if packed else data)


def write_zip(folder, files, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "gzip.zip", "w") as archive:
        archive.writestr("gzip/", "")
        for name, data in files.items():
            archive.writestr(f"gzip/{name}.gz", changes.get(name, gzip.compress(data)))


def read(folder, name="emnist_letters", split="train"):
    return load(name, folder, split, download=False)


@pytest.mark.parametrize("place", [".", "emnist", "gzip", "emnist/gzip", "EMNIST/raw"])
@pytest.mark.parametrize("form", ["loose", "packed", "zip"])
def test_letters_stand_upright_in_every_place_and_form(tmp_path, place, form):
    files = emnist_files() | emnist_files(split="test", labels=(3, 3, 3))
    if form == "zip":
        write_zip(tmp_path / place, files)
    else:
        write(tmp_path / place, files, form == "packed")
    train, test = read(tmp_path), read(tmp_path, split="test")
    assert train.samples.shape == (3, 32, 32, 1)
    assert np.array_equal(train.samples[0, 2:30, 2:30, 0], letter_l())
    assert train.samples.sum(dtype=np.int64) == letter_l().sum() + 9 * 28 * 28
    assert [train.class_names[label] for label in train.labels] == ["L", "A", "Z"]
    assert test.labels.tolist() == [2, 2, 2]
    assert train.num_classes == 26


def test_balanced_has_47_classes(tmp_path):
    write(tmp_path, emnist_files("balanced", labels=(0, 36, 46)))
    data = read(tmp_path, "emnist_balanced")
    # The published mapping has the codes 48 to 57, 65 to 90 and 97, 98, 100 to 104, 110, ...
    codes = [*range(48, 58), *range(65, 91), 97, 98, *range(100, 105), 110, 113, 114, 116]
    assert data.class_names == tuple(map(chr, codes))
    assert data.labels.tolist() == [0, 36, 46]


@pytest.mark.parametrize("part, labels, message", [
    ("letters", (1, 0, 2), "label 0 at row 1, expected 1 to 26"),
    ("letters", (1, 2, 27), "label 27 at row 2, expected 1 to 26"),
    ("balanced", (1, 2, 47), "label 47 at row 2, expected 0 to 46"),
    ("letters", (1, 2), "2 labels for the 3 images"),
])  # fmt: skip
@pytest.mark.parametrize("packed", [True, False])
def test_wrong_labels_are_named(tmp_path, part, labels, message, packed):
    files = emnist_files(part, labels=labels)
    (write if packed else write_zip)(tmp_path, files)
    with pytest.raises(InputError, match=f"emnist-{part}-train-labels-idx1-ubyte.*{message}"):
        read(tmp_path, f"emnist_{part}")


def test_a_missing_companion_is_named(tmp_path):
    files = emnist_files()
    del files["emnist-letters-train-labels-idx1-ubyte"]
    write(tmp_path, files)
    with pytest.raises(InputError, match="train-labels-idx1-ubyte.*companion.*EMNIST/gzip.zip"):
        read(tmp_path)
    os.remove(tmp_path / "emnist-letters-train-images-idx3-ubyte.gz")
    write_zip(tmp_path, files)
    with pytest.raises(InputError, match="gzip.zip': member 'gzip/emnist-letters-train-labels"):
        read(tmp_path)


def test_damaged_members_are_named(tmp_path):
    name = "emnist-letters-train-images-idx3-ubyte"
    write_zip(tmp_path, emnist_files(), **{name: gzip.compress(emnist_files()[name])[:-30]})
    with pytest.raises(InputError, match=f"gzip.zip/gzip/{name}.gz': cannot be read"):
        read(tmp_path)
    whole = (tmp_path / "gzip.zip").read_bytes()
    (tmp_path / "gzip.zip").write_bytes(whole[:-30])
    with pytest.raises(InputError, match="gzip.zip': cannot be read"):
        read(tmp_path)


def test_damaged_zips_raise_only_input_errors(tmp_path, damaged):
    write_zip(tmp_path, emnist_files())
    path, refused = tmp_path / "gzip.zip", 0
    for copy in damaged(path.read_bytes(), 150):
        path.write_bytes(copy)
        try:
            read(tmp_path)
        except InputError:
            refused += 1
    assert refused > 50


def test_nothing_there_says_what_to_do(tmp_path):
    with pytest.raises(
        InputError, match="emnist-letters-test-images.*gzip.zip.*https://biometrics"
    ):
        read(tmp_path, split="test")
    with pytest.raises(InputError, match="fashion_mnist/t10k-images.*http://fashion-mnist"):
        read(tmp_path, "fashion_mnist", "test")


def test_the_zip_is_downloaded_once_for_all_parts(tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((filename, size, checksum["sha256"][:8]))
        write_zip(tmp_path / "emnist", emnist_files() | emnist_files("balanced", "test", (1, 2, 3)))
        return os.path.join(dest_dir, filename)

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("emnist_letters", tmp_path).num_samples == 3
    assert load("emnist_balanced", tmp_path, "test").num_samples == 3
    assert calls == [("gzip.zip", 561753746, "fb9bb67e")]


def fashion_files(split="train"):
    stem = {"train": "train", "test": "t10k"}[split]
    return {
        f"{stem}-images-idx3-ubyte": idx_bytes([letter_l()] * 2),
        f"{stem}-labels-idx1-ubyte": idx_bytes([0, 9]),
    }


@pytest.mark.parametrize("place", ["fashion_mnist", "fashion-mnist", "FashionMNIST/raw"])
def test_fashion_mnist_is_padded_and_named(tmp_path, place):
    write(tmp_path / place, fashion_files())
    data = read(tmp_path, "fashion_mnist")
    assert np.array_equal(data.samples[0, 2:30, 2:30, 0], letter_l())
    assert [data.class_names[label] for label in data.labels] == ["T-shirt/top", "Ankle boot"]


def test_mnist_and_fashion_mnist_are_not_mistaken_for_each_other(tmp_path):
    write(tmp_path, fashion_files())
    with pytest.raises(InputError, match="fashion_mnist: .*holds none of fashion_mnist/train"):
        read(tmp_path, "fashion_mnist")
    (tmp_path / "other").mkdir()
    write(tmp_path / "other" / "fashion_mnist", fashion_files())
    with pytest.raises(InputError, match="mnist: .*holds none of train-images"):
        read(tmp_path / "other", "mnist")


def test_fashion_mnist_is_downloaded_by_file(tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((filename, size, checksum["sha256"][:16]))
        write(tmp_path / "fashion_mnist", fashion_files("test"))
        return os.path.join(dest_dir, filename)

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("fashion_mnist", tmp_path, "test").num_samples == 2
    assert calls == [
        ("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a9"),
        ("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5"),
    ]


def test_these_files_are_what_numpy_and_gzip_read():
    data = emnist_files()["emnist-letters-train-images-idx3-ubyte"]
    image = np.frombuffer(io.BytesIO(data).getvalue()[16:800], np.uint8).reshape(28, 28)
    assert np.array_equal(image.T, letter_l())
