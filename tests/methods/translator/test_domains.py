"""Domains from folders, from classes, and from a data set and its transformed self."""

import re

from amnat.data import Dataset, registry
from amnat.errors import InputError
from amnat.methods.translator.domains import load_domains, parse_domains, transform

import numpy as np
import pytest
from image_bytes import encoded, flat, write_tree

SHAPE = (8, 8, 3)
CYCLEGAN = {
    "trainA/1.png": flat((200, 0, 0), (20, 20)),
    "trainA/2.jpg": flat(100, (30, 10), "JPEG"),
    "trainA/3.png": flat(40, (8, 8)),
    "trainB/1.png": flat((0, 0, 200), (9, 9)),
    "testA/1.png": flat(10),
    "testB/1.png": flat(20),
}
# The repository renames them.
RENAMED = {
    name.replace("train", "train/").replace("test", "test/"): data
    for name, data in CYCLEGAN.items()
}


def load(path, split="train", shape=SHAPE, data_dir=None, **options):
    return load_domains(parse_domains(str(path)), data_dir, split, shape, **options)


@pytest.mark.parametrize("files", [CYCLEGAN, RENAMED], ids=["trainA", "train/A"])
def test_folders_of_uneven_sizes_grey_and_colour(tmp_path, files):
    path = write_tree("folder", tmp_path, files, "fruit")
    found = load(path)
    assert found.data.name == "fruit" and found.data.class_names == ("A", "B")
    assert found.data.labels.tolist() == [0, 0, 0, 1] and found.sizes == [3, 1]
    assert found.data.samples.shape == (4, *SHAPE) and found.truth is found.larger is None
    colours = found.data.samples[:, 0, 0].astype(int)
    expected = [(200, 0, 0), (100, 100, 100), (40, 40, 40), (0, 0, 200)]
    np.testing.assert_allclose(colours, expected, atol=3)
    assert load(path, "test").sizes == [1, 1]
    assert load(path, shape=(8, 8, 1)).data.sample_shape == (8, 8, 1)


def test_any_number_of_domains_in_the_datas_folder(tmp_path):
    files = {f"train/{name}/{i}.png": flat(i) for name in ("sun", "rain", "snow") for i in (1, 2)}
    write_tree("folder", tmp_path, files, "weather")
    found = load("weather", data_dir=tmp_path)
    assert found.data.class_names == ("rain", "snow", "sun") and found.sizes == [2, 2, 2]
    assert load("weather", "test", data_dir=tmp_path) is None


def test_the_middle_square_is_taken(tmp_path):
    wide = np.zeros((4, 12, 3), np.uint8)
    wide[:, 4:8] = 255
    files = {"trainA/1.png": encoded(wide), "trainB/1.png": flat(0)}
    found = load(write_tree("folder", tmp_path, files), shape=(4, 4, 3))
    assert (found.data.samples[0] == 255).all()


def test_larger_images_for_crops(tmp_path):
    found = load(write_tree("folder", tmp_path, CYCLEGAN), crops=True, shape=(50, 50, 3))
    assert found.larger.shape == (4, 56, 56, 3) and found.data.sample_shape == (50, 50, 3)


@pytest.mark.parametrize("files, message", [
    ({"trainA/1.png": flat(1), "trainB/readme.txt": b"no image"},
     "no images of the classes 'trainB'"),
    ({"trainA/1.png": flat(1)}, "only 'A' for train, expected trainA/, trainB/"),
    ({"photos/1.png": flat(1)}, "no domains for train, expected trainA/, trainB/"),
    ({"trainA/1.png": flat(1), "trainB/b.png": b"broken"}, "trainB/b.png': damaged"),
    ({"train/A/1.png": flat(1), "train/B/b.png": flat(1)[:50]}, "train/B/b.png': damaged"),
])  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, files, message):
    with pytest.raises(InputError, match=message) as error:
        load(write_tree("folder", tmp_path, files))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("spec, message", [
    ("nowhere", "no such folder or data set, expected a folder with trainA/"),
    ("digits:upside_down", "unknown 'upside_down', expected inverted or coloured"),
    ("digit:inverted", "unknown data set 'digit'.*did you mean 'digits'"),
    ("digits[0]", "one class, expected at least two"),
    ("digits[0+ten]", "unknown class 'ten'"),
    ("toy:inverted", "points, expected images"),
    (" ", "expected a folder with trainA/"),
])  # fmt: skip
def test_specifications_that_are_none(spec, message):
    spelled = re.escape(f"--dataset_name={spec.strip()}: ")
    with pytest.raises(InputError, match=f"^{spelled}.*{message}"):
        load(spec)


def tiny(data_dir, split, download):
    samples = np.arange(10, dtype=np.uint8).repeat(64).reshape(10, 8, 8, 1) * 25
    labels = (np.arange(10) % 3).astype(np.int32)
    return Dataset("tiny", split, samples, labels, 3, ("a", "b", "c"))


@pytest.fixture
def tiny_data(monkeypatch):
    registry.names()
    monkeypatch.setitem(registry._entries, "tiny", registry.DatasetInfo("tiny", tiny))


def test_classes_are_domains(tiny_data):
    found = load("tiny[c+a]", shape=(8, 8, 1), crops=True)
    assert found.data.class_names == ("c", "a") and found.sizes == [3, 4]
    np.testing.assert_array_equal(found.data.samples[:, 0, 0, 0] // 25, [2, 5, 8, 0, 3, 6, 9])
    assert found.data.name == "tiny_c_a" and found.larger.shape == (7, 8, 8, 1)


def test_a_data_set_and_its_negative(tiny_data):
    found = load("tiny:inverted", shape=(8, 8, 1))
    assert found.data.class_names == ("tiny", "inverted tiny") and found.sizes == [5, 5]
    values = found.data.samples[:, 0, 0, 0].astype(int)
    # No image is in both domains.
    np.testing.assert_array_equal(values[:5], 25 * np.arange(0, 10, 2))
    np.testing.assert_array_equal(values[5:], 255 - 25 * np.arange(1, 10, 2))
    np.testing.assert_array_equal(found.truth, 255 - found.data.samples)
    test = load("tiny:inverted", "test", (8, 8, 1))
    assert test.sizes == [10, 10]
    np.testing.assert_array_equal(test.truth[:10], test.data.samples[10:])


def test_colours(tiny_data):
    found = load("tiny:coloured", "test", (8, 8, 3))
    np.testing.assert_array_equal(found.data.samples[0, 0, 0], [0, 0, 0])
    np.testing.assert_array_equal(found.data.samples[10, 0, 0], [32, 16, 112])
    white = np.full((1, 2, 2, 3), 255, np.uint8)
    assert (transform(white, "coloured", "") == [255, 208, 64]).all()
    with pytest.raises(InputError, match="expected grey images, in three channels"):
        load("tiny:coloured", "test", (8, 8, 1))
    with pytest.raises(InputError, match="expected grey images"):
        transform(white * np.array([1, 0, 1], np.uint8), "coloured", "x")


def test_names_of_runs():
    names = [
        parse_domains(spec).folder_name
        for spec in ("data/horse2zebra/", "cifar10[horse+deer]", "mnist:inverted")
    ]
    assert names == ["horse2zebra", "cifar10_horse_deer", "mnist_inverted"]
