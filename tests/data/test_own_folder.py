"""A user's own images: where they lie, how they are converted, what is said and refused."""

import os

from amnat.data import load, load_again
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np
import pytest
from image_bytes import encoded, flat, write_tree


def many(folder, count, value=0, size=(60, 40)):
    return {f"{folder}{number:03}.png": flat(value + number, size) for number in range(count)}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
@pytest.mark.parametrize("around", ["", "outer/"])
def test_class_folders(tmp_path, capsys, kind, around):
    files = many(f"{around}b/", 3, 100) | many(f"{around}a/", 2) | {"notes.txt": b"x"}
    path = write_tree(kind, tmp_path, files)
    found = load(f"folder={path}")
    assert (found.name, found.class_names) == ("photos", ("a", "b"))
    assert found.labels.tolist() == [0, 0, 1, 1, 1]
    assert found.samples.shape == (5, 32, 32, 1)
    assert found.samples[:, 0, 0, 0].tolist() == [0, 1, 100, 101, 102]
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"note: '{path}' (train): 5 images of 40x60, cropped and resized to 32x32, in grey; "
        "left out 1 file: 1 .txt (notes.txt)"
    )


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_a_flat_folder_is_one_unlabelled_class(tmp_path, kind):
    path = write_tree(kind, tmp_path, many("", 4))
    found = load(f"folder={path}")
    assert (found.class_names, found.labels.tolist()) == (("unlabelled",), [0] * 4)


@pytest.mark.parametrize("parts", [("train", "test"), ("Training", "val")])
@pytest.mark.parametrize("classes", ["", "cat/"])
def test_folders_of_splits(tmp_path, parts, classes):
    train, test = parts
    files = many(f"x/{train}/{classes}", 3) | many(f"x/{test}/{classes}", 2, 50)
    files |= many(f"x/{train}/dog/", 1, 200) if classes else {}
    path = write_tree("folder", tmp_path, files)
    whole = [load(f"folder={path}", split=split) for split in ("train", "test")]
    assert [part.num_samples for part in whole] == [4 if classes else 3, 2]
    assert whole[0].class_names == whole[1].class_names
    assert whole[0].class_names == (("cat", "dog") if classes else ("unlabelled",))


def test_classes_named_train_and_other_things_are_no_splits(tmp_path):
    path = write_tree("folder", tmp_path, many("train/", 2) | many("plane/", 2))
    assert load(f"folder={path}").class_names == ("plane", "train")


def test_a_tenth_of_each_class_to_test_on(tmp_path, capsys):
    path = write_tree("folder", tmp_path, many("a/", 20) | many("b/", 5, 100))
    values = {
        (split, held): load(f"folder={path}", split=split, holds_out=held).samples[:, 0, 0, 0]
        for split in ("train", "test")
        for held in (True, False)
    }
    assert np.array_equal(values["test", True], values["test", False])
    assert (values["test", True] < 100).sum() == 2 and (values["test", True] >= 100).sum() == 1
    assert len(values["train", False]) == 25
    assert sorted([*values["train", True], *values["test", True]]) == sorted(values["train", False])
    notes = capsys.readouterr().err
    assert notes.count("a tenth of each class is taken") == 2
    assert notes.count("which is trained on as well") == 1


def test_sizes_and_colours_are_counted(tmp_path, capsys):
    files = {
        "a.png": flat(9, (10, 10)),
        "b.jpg": flat((200, 100, 50), (100, 30), "JPEG"),
        "c.png": encoded(np.full((8, 8, 4), 128)),
    }
    path = write_tree("folder", tmp_path, files)
    assert load(f"folder={path}").sample_shape == (32, 32, 3)
    line = capsys.readouterr().err
    assert "3 images of 3 sizes from 8x8 to 30x100, cropped and resized to 32x32, in colour" in line
    assert "1 grey, repeated in 3 channels; 1 with transparency, which is dropped" in line
    grey = load(f"folder={path}", form=ImageForm(16, "fit", 1))
    assert grey.sample_shape == (16, 16, 1)
    assert "16x16, with black margins, in grey; 2 in colour, made grey" in capsys.readouterr().err
    assert load(f"folder={path}", form=ImageForm(channels=3)).sample_shape == (32, 32, 3)


@pytest.mark.parametrize("files, message", [
    ({}, "no images .*expected images, or one folder of images per class$"),
    ({"a.txt": b"x", ".b.png": b"x"}, r"no images .*left out 2 files: 1 hidden .*1 .txt \(a.txt\)"),
    (many("a/", 2) | many("b/", 2) | many("", 5),
     r"5 of 9 images lie beside the class folders 'a', 'b' \(000.png, 001.png, 002.png, \.\.\.\)"),
    (many("a/x/", 1) | many("b/", 1), "class folders lie in '' and in 'a', expected one folder"),
    (many("a/", 1) | {"b/x.png": b"x"}, "b/x.png': damaged"),
    (many("", 3) | {f"z{i}.png": b"x" for i in range(5)},
     "5 of 8 images cannot be read: .*z0.png.*z1.png.*z2.png.*; and 2 more"),
    (many("train/a/", 1) | many("test/b/", 1), "images to test have the classes 'b'.*'a'"),
    (many("train/", 1) | many("test/", 1) | many("val/", 1), "'test', 'val' all hold images to"),
])  # fmt: skip
def test_wrong_folders_are_counted_and_named(tmp_path, files, message):
    path = write_tree("zip", tmp_path, files)
    with pytest.raises(InputError, match=message):
        load(f"folder={path}")


def test_an_empty_class_folder_and_a_missing_path_are_named(tmp_path):
    path = write_tree("folder", tmp_path, many("a/", 2) | many("b/", 2))
    os.mkdir(f"{path}/c")
    with pytest.raises(InputError, match="no image .* in the class folders 'c'"):
        load(f"folder={path}")
    with pytest.raises(InputError, match="nowhere': no such file or folder"):
        load(f"folder={tmp_path}/nowhere")


def test_a_class_of_one_image_cannot_be_split(tmp_path):
    path = write_tree("folder", tmp_path, many("a/", 2) | many("b/", 1))
    with pytest.raises(InputError, match="a class has a single image, expected at least 2"):
        load(f"folder={path}", holds_out=True)


def test_a_relative_path_is_also_searched_in_the_data_folder(tmp_path, monkeypatch):
    write_tree("folder", tmp_path, many("", 2))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = load("folder=photos", tmp_path)
    assert found.origin.spec == f"folder={tmp_path}/photos"


def test_a_run_loads_its_data_again_as_it_was(tmp_path):
    path = write_tree("folder", tmp_path, many("a/", 12) | many("b/", 11, 50) | many("c/", 5, 99))
    for held in (True, False):
        for how in ("crop", "fit", "stretch"):
            form = ImageForm(16, how, 3)
            train = load(f"folder={path}", form=form, holds_out=held)
            origin = {"spec": train.origin.spec, "resize": how, "holds_out": held}
            for split in ("train", "test"):
                again = load_again(
                    train.name, origin, train.sample_shape, train.class_names, None, split
                )
                first = load(f"folder={path}", split=split, form=form, holds_out=held)
                assert np.array_equal(again.samples, first.samples)
                assert again.origin == train.origin
    chosen = load_again(train.name, origin, train.sample_shape, ("c", "a"))
    assert chosen.class_names == ("c", "a") and chosen.num_samples == 17
