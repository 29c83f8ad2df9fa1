"""Downsampled ImageNet from small files in the published layouts."""

import pickle

from amnat.data import load
from amnat.errors import InputError

import numpy as np
import pytest

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 3, 32, 32)).astype(np.uint8)


def batch(rows, labels):
    data = IMAGES[rows].reshape(len(rows), -1)
    return {"data": data, "labels": labels, "mean": data.mean(axis=0)}


def write(path, content, packed):
    path.parent.mkdir(exist_ok=True)
    if packed:
        np.savez(path.with_name(path.name + ".npz"), **content)
    else:
        path.write_bytes(pickle.dumps(content, protocol=4))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("folder", [".", "imagenet32"])
def test_batches_come_by_number(tmp_path, packed, folder):
    write(tmp_path / folder / "train_data_batch_10", batch([2], [1000]), packed)
    write(tmp_path / folder / "train_data_batch_2", batch([0, 1], [1, 7]), packed)
    write(tmp_path / folder / "val_data", batch([1], [5]), packed)
    train = load("imagenet32", tmp_path, "train")
    np.testing.assert_array_equal(train.samples, IMAGES.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(train.labels, [0, 6, 999])
    assert load("imagenet32", tmp_path, "test").labels.tolist() == [4]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [1, 1001]}, "label 1001"),
        ({"labels": [1]}, "1 labels for 2"),
        ({"data": np.zeros((2, 5), np.uint8)}, "not uint8"),
    ],
)
def test_damage_is_named(tmp_path, packed, changes, message):
    write(tmp_path / "train_data_batch_1", batch([0, 1], [1, 2]) | changes, packed)
    with pytest.raises(InputError, match=f"train_data_batch_1.*{message}"):
        load("imagenet32", tmp_path)


def test_what_is_no_batch(tmp_path):
    with pytest.raises(InputError, match="holds no train_data_batch"):
        load("imagenet32", tmp_path)
    (tmp_path / "train_data_batch_1").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(InputError, match="asks to import"):
        load("imagenet32", tmp_path)
    (tmp_path / "train_data_batch_1").unlink()
    (tmp_path / "train_data_batch_1.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="cannot be read"):
        load("imagenet32", tmp_path)


def test_an_npz_that_is_compressed_in_an_unknown_way_is_named(tmp_path):
    write(tmp_path / "train_data_batch_1", batch([0, 1], [1, 2]), True)
    path = tmp_path / "train_data_batch_1.npz"
    content = bytearray(path.read_bytes())
    for place, magic in ((8, b"PK\3\4"), (10, b"PK\1\2")):
        content[content.index(magic) + place] = 99
    path.write_bytes(content)
    with pytest.raises(InputError, match="train_data_batch_1.npz': cannot be read"):
        load("imagenet32", tmp_path)
