"""tfds: and hf: with stand-ins for the libraries, and with the libraries where they are there."""

import importlib.util
import io
import json
import os
import pathlib
import sys

from amnat.data import library_data, load
from amnat.data.download import forbidden
from amnat.data.hf_reader import read_hf
from amnat.data.library_examples import choose, choose_split
from amnat.data.library_process import convert
from amnat.data.own_samples import Converter
from amnat.data.resizing import ImageForm
from amnat.data.tfds_reader import read_tfds
from amnat.errors import InputError

import fake_libraries
import numpy as np
import pytest
from fake_libraries import row, write_hf, write_tfds
from image_bytes import flat

NAMES = ["cat", "dog"]
LIBRARIES = ("datasets", "tensorflow_datasets")


def rows(count, start=0):
    return [row(flat(start + i, (10, 20)), label=i % 2) for i in range(count)]


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    folder = tmp_path / "libraries"
    folder.mkdir()
    fake_libraries.write(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    before = dict(sys.modules)
    for name in LIBRARIES:
        sys.modules.pop(name, None)
    yield folder
    for name in LIBRARIES:
        sys.modules.pop(name, None)
        if name in before:
            sys.modules[name] = before[name]


@pytest.fixture
def in_process(libraries, monkeypatch):
    """Reads in this process, which is quicker."""

    def run(request, folder):
        read = {"tfds": read_tfds, "hf": read_hf}[request["kind"]]
        here = os.getcwd()
        os.chdir(folder)
        try:
            result = convert(read(request), request)
        finally:
            os.chdir(here)
        pathlib.Path(folder, "result.json").write_text(json.dumps(result))

    monkeypatch.setattr(library_data, "_run_process", run)


def test_a_prepared_tfds_data_set(tmp_path, libraries, capfd):
    splits = {"train": rows(12), "test": rows(4, 100), "extra": rows(6, 50)}
    features = {"image": "image", "label": NAMES, "id": ""}
    write_tfds(tmp_path / "tfds/pets/small/1.9.0", {"train": rows(2)}, features)
    write_tfds(tmp_path / "tfds/pets/small/1.10.0", splits, features)
    found = load("tfds:pets", tmp_path / "data", form=ImageForm(10))
    assert (found.name, found.class_names) == ("pets", ("cat", "dog"))
    assert found.samples[:, 0, 0, 0].tolist() == list(range(12))
    assert found.labels.tolist() == [0, 1] * 6
    assert found.origin.spec == "tfds:pets"
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "note: 'tfds:pets' (train): 12 images of 20x10, cropped to 10x10, in grey\n"
    )
    test = load("tfds:pets/small:train", tmp_path, "test", form=ImageForm(10))
    assert test.samples[:, 0, 0, 0].tolist() == [100, 101, 102, 103]
    extra = load("tfds:pets/small:extra", tmp_path, form=ImageForm(10, channels=3))
    assert extra.samples[:, 0, 0].tolist() == [[50 + i] * 3 for i in range(6)]


def test_tfds_data_that_is_not_prepared_or_not_clear(tmp_path, in_process):
    with pytest.raises(InputError, match="failed .no network to download birds.$"):
        load("tfds:birds", tmp_path)
    with forbidden(), pytest.raises(InputError, match="nothing may be downloaded"):
        load("tfds:birds", tmp_path)
    for config in ("one", "two"):
        features = {"image": "image", "label": NAMES}
        write_tfds(tmp_path / "pets" / config / "1.0.0", {"train": rows(2)}, features)
    with pytest.raises(InputError, match="holds pets/one, pets/two; name one of them"):
        load("tfds:pets", tmp_path)
    with pytest.raises(InputError, match="no split 'test', it has train"):
        load("tfds:pets/one:test", tmp_path)
    with pytest.raises(InputError, match="no feature 'x', it has image, label"):
        load("tfds:pets/one?label=x", tmp_path)


def test_prepared_tfds_data_must_not_name_code_outside_the_library(tmp_path, in_process):
    folder = tmp_path / "pets" / "1.0.0"
    write_tfds(folder, {"train": rows(2)}, {"image": "image", "label": NAMES})
    foreign = {"features": [{"pythonClassName": "evil.module.Feature"}]}
    (folder / "features.json").write_text(json.dumps(foreign))
    with pytest.raises(InputError, match="names code outside the library: evil.module.Feature"):
        load("tfds:pets", tmp_path)


def test_a_saved_hugging_face_data_set(tmp_path, libraries, capfd):
    splits = {"train": rows(12), "test": rows(4, 100)}
    write_hf(tmp_path / "pets", splits, {"image": "image", "label": NAMES})
    spec = f"hf:{tmp_path}/pets"
    found = load(spec, form=ImageForm(10))
    assert (found.name, found.class_names) == ("pets", ("cat", "dog"))
    assert found.samples[:, 0, 0, 0].tolist() == list(range(12))
    assert "12 images of 20x10, cropped to 10x10" in capfd.readouterr().err
    test = load(spec, split="test", form=ImageForm(10))
    assert test.samples[:, 0, 0, 0].tolist() == [100, 101, 102, 103]


def test_columns_and_labels_of_hugging_face_data(tmp_path, in_process, capfd):
    several = [row(flat(i), fine=i % 3, coarse=i % 2, text="bca"[i % 3]) for i in range(30)]
    features = {"image": "image", "fine": ["x", "y", "z"], "coarse": NAMES, "text": ""}
    write_hf(tmp_path / "pets", {"train": several}, features)
    spec = f"hf:{tmp_path}/pets"
    with pytest.raises(InputError, match=r"fine, coarse may be the label; name one with \?label="):
        load(spec)
    assert load(f"{spec}?label=fine").class_names == ("x", "y", "z")
    text = load(f"{spec}?label=text")
    assert (text.class_names, text.labels[:4].tolist()) == (("a", "b", "c"), [1, 2, 0, 1])
    test = load(f"{spec}?label=fine", split="test")
    assert test.num_samples == 3 and "a tenth of each class" in capfd.readouterr().err
    with pytest.raises(InputError, match="no column 'x', it has coarse, fine, image, text"):
        load(f"{spec}?label=x")
    write_hf(tmp_path / "plain", {"train": [row(flat(1))]}, {"image": "image"})
    assert load(f"hf:{tmp_path}/plain").class_names == ("unlabelled",)
    write_hf(tmp_path / "gaps", {"train": [row(flat(1), label=-1), row(flat(1), label=0)]},
             {"image": "image", "label": NAMES})  # fmt: skip
    with pytest.raises(InputError, match="1 of 2 images of this split have no label"):
        load(f"hf:{tmp_path}/gaps")
    write_hf(tmp_path / "broken", {"train": [row(b"x", label=0)]},
             {"image": "image", "label": NAMES})  # fmt: skip
    with pytest.raises(InputError, match=r"broken' \(train\) row 0: damaged"):
        load(f"hf:{tmp_path}/broken")


def test_a_hugging_face_name_is_only_taken_from_the_cache(tmp_path, libraries):
    with pytest.raises(InputError, match="offline, and no a/b .*load_dataset.'a/b', 'c'."):
        load("hf:a/b?config=c", tmp_path)
    fake_libraries.write(libraries, version="2.19.0")
    with pytest.raises(InputError, match="datasets 2.19.0 is installed, expected at least 4"):
        load("hf:a/b", tmp_path)


@pytest.mark.parametrize("spec, module, package", [
    ("tfds:mnist", "tensorflow_datasets", "tensorflow-datasets"),
    ("hf:mnist", "datasets", "datasets"),
])  # fmt: skip
def test_a_missing_library_is_named_with_its_command(monkeypatch, tmp_path, spec, module, package):
    # A folder of this name beside the script is no library.
    monkeypatch.chdir(tmp_path)
    (tmp_path / module).mkdir()
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else find(name)
    )
    with pytest.raises(InputError, match=f"needs the package {package}, .* install {package},"):
        load(spec)


@pytest.mark.parametrize("found, preferred, chosen", [
    ([], [], None),
    (["a"], [], "a"),
    (["a", "label"], [], "label"),
    (["a", "b"], ["b"], "b"),
    (["a", "label"], ["a"], "a"),
])  # fmt: skip
def test_which_column_is_meant(found, preferred, chosen):
    assert choose("label", found, preferred, "x") == chosen


@pytest.mark.parametrize("splits, given, wanted, found", [
    (["test", "train"], None, "train", ("train", True)),
    (["test", "train"], None, "test", ("test", True)),
    (["train", "validation"], None, "test", ("validation", True)),
    (["train"], None, "test", ("train", False)),
    (["other"], None, "train", ("other", False)),
    (["test", "train"], "test", "train", ("test", False)),
    (["test", "train"], "test", "test", ("test", False)),
])  # fmt: skip
def test_which_split_is_meant(splits, given, wanted, found):
    assert choose_split(splits, given, wanted, "x") == found


@pytest.mark.parametrize("pixels", [
    np.zeros((4, 4), np.float32), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8),
    np.zeros((0, 4), np.uint8),
])  # fmt: skip
def test_arrays_that_are_no_images(pixels):
    with pytest.raises(InputError, match="'row 1': an array of .*expected an image"):
        Converter(ImageForm(), 1, "x").from_array(pixels, "'row 1'")


def test_arrays_are_converted_as_files(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (10, 14, 3), np.uint8)
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    for channels in (1, 3, None):
        converter = Converter(ImageForm(8, "fit", channels), 2, "x")
        array = converter.from_array(pixels, "a")
        assert np.array_equal(array, converter.from_file(stream.getvalue(), "b"))


def test_the_library_tensorflow_datasets(tmp_path, monkeypatch):
    tfds = pytest.importorskip("tensorflow_datasets", reason="tensorflow-datasets is not installed")
    digits = load("digits")

    class TinyDigits(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            image = tfds.features.Image(shape=(None, None, 1))
            features = {"image": image, "label": tfds.features.ClassLabel(num_classes=10)}
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, manager):
            return {"train": self._generate_examples(20), "test": self._generate_examples(9)}

        def _generate_examples(self, count):
            for number in range(count):
                label = int(digits.labels[number])
                yield number, {"image": digits.samples[number], "label": label}

    TinyDigits(data_dir=str(tmp_path)).download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nothing"))
    train, test = (load("tfds:tiny_digits", tmp_path, split) for split in ("train", "test"))
    assert (train.num_samples, test.num_samples) == (20, 9)
    assert train.class_names == tuple("0123456789")
    # The library writes in an order of its own.
    known = {digits.samples[number].tobytes(): digits.labels[number] for number in range(20)}
    assert [known[image.tobytes()] for image in train.samples] == train.labels.tolist()


def test_the_library_datasets(tmp_path, monkeypatch):
    pytest.importorskip("datasets", reason="datasets is not installed")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets

    digits = load("digits").subset(slice(0, 20))
    files = [_png(image) for image in digits.samples]
    columns = {
        "img": [{"bytes": file, "path": None} for file in files],
        "label": digits.labels.tolist(),
    }
    names = datasets.ClassLabel(names=list("0123456789"))
    features = datasets.Features({"img": datasets.Image(), "label": names})
    made = datasets.Dataset.from_dict(columns, features=features)
    made.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"train": made, "test": made}).save_to_disk(tmp_path / "two")
    made.to_parquet(tmp_path / "three" / "train-00000-of-00001.parquet")
    (arrow,) = (tmp_path / "one").glob("*.arrow")
    places = ["one", "two", "three", "three/train-00000-of-00001.parquet", f"one/{arrow.name}"]
    for place in places:
        found = load(f"hf:{tmp_path}/{place}")
        assert np.array_equal(found.samples, digits.samples)
        assert np.array_equal(found.labels, digits.labels)
        assert found.class_names == tuple("0123456789")


def _png(image):
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image[..., 0]).save(stream, "PNG")
    return stream.getvalue()
