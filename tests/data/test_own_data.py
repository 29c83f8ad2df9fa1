from amnat.data import describe, names, own_data
from amnat.errors import InputError

import pytest


@pytest.mark.parametrize("spec, label", [
    ("folder=photos", "photos"),
    ("folder=/a/my photos (2)/", "my_photos_2"),
    ("folder=~/pets.zip", "pets"),
    ("folder=a=b?c", "a_b_c"),
    ("tfds:mnist", "mnist"),
    ("tfds:emnist/letters:test", "emnist_letters_test"),
    ("tfds:coco/2017?image=image&label=label", "coco_2017_label"),
    ("hf:/data/cifar?image=img&label=fine_label", "cifar_fine_label"),
    ("hf:user/cats:v2", "cats_v2"),
])  # fmt: skip
def test_specifications_are_read_back(spec, label):
    found = own_data.parse(spec)
    assert (found.spec, found.label) == (spec, label)
    info = describe(spec)
    assert (info.name, info.label) == (spec, label)
    assert info.is_image and info.num_classes is None and info.sample_shape is None


def test_names_of_data_sets_are_none():
    assert all(own_data.parse(name) is None for name in names())
    assert describe("digits").label == "digits"


@pytest.mark.parametrize("spec, message", [
    ("folder=", "nothing after folder="),
    ("hf:", "nothing after hf:"),
    ("tfds:../x", "expected tfds:NAME"),
    ("tfds:huggingface:a/b", "expected tfds:NAME"),
    ("tfds:x/..", "expected tfds:NAME"),
    ("tfds:x:train[:10%]", "expected tfds:NAME"),
    ("hf:x?img=y", "'img=y', expected each of image=..., label=..."),
    ("hf:x?image=", "'image=', expected"),
    ("hf:x?image=a&image=b", "'image=b', expected each .* at most once"),
])  # fmt: skip
def test_wrong_specifications(spec, message):
    with pytest.raises(InputError, match=message):
        own_data.parse(spec)


@pytest.mark.parametrize("text", ["/data/pets", "~/pets", "./pets", "pets.zip", "folder:/data/x"])
def test_a_path_is_answered_with_the_form_for_one(text):
    path = text.removeprefix("folder:")
    with pytest.raises(InputError, match=f"hf:PATH.*; did you mean 'folder={path}'.$"):
        describe(text)


def test_a_folder_of_the_current_folder_is_a_path_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"own images: folder=PATH.*COLUMN\]$"):
        describe("pets")
    (tmp_path / "pets").mkdir()
    with pytest.raises(InputError, match="did you mean 'folder=pets'"):
        describe("pets")


def test_paths_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "pets").mkdir(parents=True)
    for spec, expected in [
        ("folder=pets", f"folder={tmp_path}/data/pets"),
        ("folder=data/pets", f"folder={tmp_path}/data/pets"),
        ("folder=none", f"folder={tmp_path}/none"),
        ("hf:data/pets?label=x", f"hf:{tmp_path}/data/pets?label=x"),
        # A name in the library's cache is no path.
        ("hf:user/cats", "hf:user/cats"),
        ("tfds:pets", "tfds:pets"),
    ]:
        assert own_data.parse(spec).absolute("data").spec == expected
