import os
import zlib

from amnat.data import download, load, svhn
from amnat.errors import InputError

import numpy as np
import pytest
from scipy.io import savemat

LABELS = [1, 10, 9]


def pixels(count=3):
    return np.random.default_rng(4).integers(0, 256, (32, 32, 3, count)).astype(np.uint8)


def write(folder, split="train", compressed=True, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    content = {"X": pixels(), "y": np.array(LABELS, np.uint8)[:, None]} | changes
    content = {name: value for name, value in content.items() if value is not None}
    savemat(folder / f"{split}_32x32.mat", content, do_compression=compressed)
    return folder / f"{split}_32x32.mat"


def read(folder, split="train"):
    return load("svhn", folder, split, download=False)


@pytest.mark.parametrize("place", [".", "svhn", "SVHN"])
@pytest.mark.parametrize("compressed", [True, False])
def test_both_splits_in_every_place_and_form(tmp_path, place, compressed):
    write(tmp_path / place, compressed=compressed)
    write(tmp_path / place, "test", compressed, X=pixels(1), y=np.array([[2]], np.uint8))
    train, test = read(tmp_path), read(tmp_path, "test")
    assert train.labels.tolist() == [1, 0, 9]
    assert test.labels.tolist() == [2]
    assert train.samples.shape == (3, 32, 32, 3)
    assert train.samples.flags.c_contiguous
    for image in range(3):
        assert np.array_equal(train.samples[image], pixels()[..., image])
    assert train.class_names[1] == "1"


def big_endian_file() -> bytes:
    """Written by hand from "MAT-File Format", level 5, chapter 1."""

    def element(kind, data):
        return kind.to_bytes(4, "big") + len(data).to_bytes(4, "big") + data + bytes(-len(data) % 8)

    def matrix(name, array):
        shape = b"".join(size.to_bytes(4, "big") for size in array.shape)
        body = element(6, bytes([0, 0, 0, 9, 0, 0, 0, 0])) + element(5, shape)
        return element(14, body + element(1, name) + element(2, array.tobytes("F")))

    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    zipped = zlib.compress(matrix(b"X", pixels()))
    packed = (15).to_bytes(4, "big") + len(zipped).to_bytes(4, "big") + zipped
    return head + packed + matrix(b"y", np.array(LABELS, np.uint8)[:, None])


def test_a_big_endian_file_written_by_hand(tmp_path):
    (tmp_path / "train_32x32.mat").write_bytes(big_endian_file())
    data = read(tmp_path)
    assert data.labels.tolist() == [1, 0, 9]
    assert np.array_equal(data.samples[1], pixels()[..., 1])


@pytest.mark.parametrize("changes, message", [
    ({"X": None}, "holds no array 'X'"),
    ({"y": None}, "holds no array 'y'"),
    ({"X": pixels().astype(float)}, r"X is float64 \[32, 32, 3, 3\], expected uint8"),
    ({"X": pixels()[:31]}, r"X is uint8 \[31, 32, 3, 3\]"),
    ({"X": pixels()[..., 0]}, r"X is uint8 \[32, 32, 3\]"),
    ({"y": np.array([[1], [2]], np.uint8)}, r"y is uint8 \[2, 1\], expected integers \[3, 1\]"),
    ({"y": np.full((3, 1), 1.5)}, r"y is float64 \[3, 1\], expected integers"),
    ({"y": np.full((3, 1), np.nan)}, r"y is float64 \[3, 1\], expected integers"),
    ({"y": np.full((3, 1), 1j)}, "'y' is not an array of real numbers"),
    ({"y": np.array([[1], [0], [2]])}, "label 0 at row 1, expected 1 to 10"),
    ({"y": np.array([[1], [11], [2]])}, "label 11 at row 1, expected 1 to 10"),
    ({"y": "text"}, "'y' is not an array of real numbers"),
])  # fmt: skip
def test_wrong_contents_are_named(tmp_path, changes, message):
    write(tmp_path, **changes)
    with pytest.raises(InputError, match=f"train_32x32.mat': {message}"):
        read(tmp_path)


@pytest.mark.parametrize("keep", [0, 100, 128, 130, 2000, -1])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_truncated_file_is_named(tmp_path, keep, compressed):
    path = write(tmp_path, compressed=compressed)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="train_32x32.mat"):
        read(tmp_path)


@pytest.mark.parametrize("version", [4, 7.3])
def test_other_versions_are_refused(tmp_path, version):
    path = write(tmp_path)
    if version == 4:
        savemat(path, {"y": np.ones((2, 2))}, format="4")
    else:
        path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF" * 200)
    with pytest.raises(InputError, match="not a MATLAB file of version 5"):
        read(tmp_path)


@pytest.mark.parametrize("compressed, message", [
    (True, "too large when unpacked"), (False, "larger than 1,048,576 bytes"),
])  # fmt: skip
def test_sizes_are_bounded(tmp_path, monkeypatch, compressed, message):
    write(tmp_path, compressed=compressed, extra=np.zeros(1 << 22, np.uint8))
    monkeypatch.setattr(svhn, "_MAX_BYTES", 1 << 20)
    with pytest.raises(InputError, match=message):
        read(tmp_path)


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_files_raise_only_input_errors(tmp_path, damaged, compressed):
    # Few pixels, so that much of the damage hits the structure.
    path = write(tmp_path, compressed=compressed, X=np.zeros((1, 1, 3, 3), np.uint8))
    for copy in damaged(path.read_bytes(), 300):
        path.write_bytes(copy)
        with pytest.raises(InputError):
            read(tmp_path)


def test_nothing_there_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="svhn: .*test_32x32.mat.*http://ufldl.stanford.edu"):
        read(tmp_path, "test")


def test_only_the_wanted_split_is_downloaded(tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((urls, size, checksum["sha256"][:8]))
        return str(write(tmp_path / "svhn", "test"))

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("svhn", tmp_path, "test").num_samples == 3
    assert load("svhn", tmp_path, "test").num_samples == 3
    url = "http://ufldl.stanford.edu/housenumbers/test_32x32.mat"
    assert calls == [([url], 64275384, "cdce80df")]
    assert os.listdir(tmp_path) == ["svhn"]
