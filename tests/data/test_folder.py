import os

from amnat.data.folder import NAT_WNIDS, load_folder, read_class_list
from amnat.errors import InputError

import numpy as np
import pytest
from image_bytes import encoded, flat, write_tree

FILES = {
    "n02/b.png": flat((1, 2, 3)),
    "n02/a.JPEG": flat((200, 100, 50), (60, 40), "JPEG"),
    "n01/z.bmp": flat(77, (3, 9), "BMP"),
    "n10/x.jpg": flat(10, (100, 8), "JPEG"),
    "n10/boxes.txt": b"not an image",
    "n10/.hidden.png": b"not an image",
}


@pytest.mark.parametrize("around", ["", "outer/"])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_classes_of_every_source_in_order(tmp_path, kind, around):
    files = {around + name: data for name, data in FILES.items()}
    data = load_folder(write_tree(kind, tmp_path, files), (32, 32, 3))
    assert data.name == "photos"
    assert data.class_names == ("n01", "n02", "n10")
    assert data.labels.tolist() == [0, 1, 1, 2]
    assert data.samples.shape == (4, 32, 32, 3)
    colours = [(77, 77, 77), (200, 100, 50), (1, 2, 3), (10, 10, 10)]
    for image, colour in zip(data.samples, colours, strict=True):
        assert np.abs(image.astype(int) - colour).max() <= 3
    assert np.array_equal(data.samples[2], np.broadcast_to((1, 2, 3), (32, 32, 3)))


def test_names_in_a_tar_may_begin_with_a_dot(tmp_path):
    path = write_tree("tar", tmp_path, {"./a/1.png": flat(1), "./b/2.png": flat(2)})
    assert load_folder(path, (4, 4, 1)).class_names == ("a", "b")


def test_gray_targets(tmp_path):
    path = write_tree("zip", tmp_path, {"a/1.png": flat((100, 150, 200), (5, 6))})
    gray = load_folder(path, (5, 6, 1)).samples
    assert gray.shape == (1, 5, 6, 1)
    assert np.abs(gray - (29.9 + 150 * 0.587 + 200 * 0.114)).max() <= 0.5


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_only_the_listed_classes_are_read_and_in_that_order(tmp_path, kind):
    files = FILES | {"n99/damaged.png": b"x", "elsewhere/n98/y.png": b"x"}
    data = load_folder(write_tree(kind, tmp_path, files), (8, 8, 3), ["n10", "n01"])
    assert data.class_names == ("n10", "n01")
    assert data.labels.tolist() == [0, 1]
    assert np.abs(data.samples[0].astype(int) - 10).max() <= 3


def test_unknown_wnids_are_named(tmp_path):
    path = write_tree("zip", tmp_path, FILES)
    with pytest.raises(InputError, match="photos.zip': no images of the classes 'n03', 'n04'$"):
        load_folder(path, (8, 8, 3), ["n03", "n01", "n04"])
    with pytest.raises(InputError, match="classes listed twice: 'n01'"):
        load_folder(path, (8, 8, 3), ["n01", "n02", "n01"])


@pytest.mark.parametrize("files, message", [
    ({}, "no images, expected PATH/<class>/<image>.png"),
    ({"a/b.txt": b""}, r"no images, .*left out 1 file: 1 .txt \(a/b.txt\)"),
    ({"a/1.png": flat(1), "a/b.heic": b""}, "'a/b.heic' is an image of a kind that is not read"),
    ({"1.png": flat(1)}, "1.png': in no class folder"),
    ({"train/a/1.png": flat(1), "val/a/1.png": flat(1)}, "lie in 'train' and in 'val'"),
    ({"a/1.png": flat(1), "b/2.png": flat(1)[:-20]}, "b/2.png': damaged"),
    ({"a/1.png": b""}, "a/1.png': damaged"),
    ({"a/1.jpg": encoded(np.zeros((4, 4)), "PPM")}, "a/1.jpg': damaged .*expected one PNG"),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_wrong_contents_are_named(tmp_path, kind, files, message):
    path = write_tree(kind, tmp_path, files)
    with pytest.raises(InputError, match=f"photos.{kind}'.*{message}|{message}"):
        load_folder(path, (8, 8, 3))


@pytest.mark.parametrize("shape", [(8, 8, 4), (2,)])
def test_other_target_shapes_are_refused(tmp_path, shape):
    with pytest.raises(InputError, match="cannot become samples of shape"):
        load_folder(str(tmp_path), shape)


def test_the_list_of_the_nat_paper():
    wnids = read_class_list(NAT_WNIDS)
    assert len(wnids) == len(set(wnids)) == 31
    assert (wnids[0], wnids[-1]) == ("n01514668", "n01776313")


@pytest.mark.parametrize("text, found", [
    (b"a b\n# comment\n\n c # more\n", ["a b", "c"]),
    (b"\r\nn01\r\nn02\r\n", ["n01", "n02"]),
])  # fmt: skip
def test_class_lists(tmp_path, text, found):
    (tmp_path / "list.txt").write_bytes(text)
    assert read_class_list(str(tmp_path / "list.txt")) == found


@pytest.mark.parametrize("text, message", [
    (b"", "no name"), (b"# a\n", "no name"), (b"b\na\nb\na\n", "'a', 'b' twice"),
    (b"\xff\xfe", "not a text file"),
])  # fmt: skip
def test_wrong_class_lists_are_named(tmp_path, text, message):
    (tmp_path / "list.txt").write_bytes(text)
    with pytest.raises(InputError, match=f"list.txt': {message}"):
        read_class_list(str(tmp_path / "list.txt"))
    with pytest.raises(InputError, match="none.txt': no such file"):
        read_class_list(str(tmp_path / "none.txt"))


def test_real_imagenet_samples(real_data_dir):
    path = real_data_dir / "imagenet-samples.tar"
    if not path.exists():
        pytest.skip(f"no {path.name}")
    before = os.listdir(real_data_dir)
    data = load_folder(str(path), (32, 32, 3), read_class_list(NAT_WNIDS))
    assert data.samples.shape == (31, 32, 32, 3)
    assert data.labels.tolist() == list(range(31))
    # Photographs, neither black nor noise: bright enough, and neighbours are alike.
    pixels = data.samples.astype(float)
    assert 60 < pixels.mean() < 180
    assert np.abs(np.diff(pixels, axis=2)).mean() < 0.6 * pixels.std()
    assert os.listdir(real_data_dir) == before


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
@pytest.mark.parametrize("only", ["notes.txt", "photo", ".hidden.png", "x.png.part"])
def test_a_class_of_which_nothing_can_be_read_does_not_vanish(tmp_path, kind, only):
    """Without it, the classes behind it would have other labels."""
    files = {"a/1.png": flat(1), f"b/{only}": b"x", "c/2.png": flat(2)}
    path = write_tree(kind, tmp_path, files)
    with pytest.raises(InputError, match=r"no image that can be read .* class folders 'b'; remove"):
        load_folder(path, (4, 4, 1))
    assert load_folder(path, (4, 4, 1), ["a", "c"]).class_names == ("a", "c")


def test_an_empty_class_folder_does_not_vanish(tmp_path):
    path = write_tree("folder", tmp_path, {"a/1.png": flat(1), "c/2.png": flat(2)})
    os.mkdir(os.path.join(path, "b"))
    with pytest.raises(InputError, match="class folders 'b'"):
        load_folder(path, (4, 4, 1))
    os.rmdir(os.path.join(path, "b"))
    for hidden in (".ipynb_checkpoints", "__MACOSX"):
        os.mkdir(os.path.join(path, hidden))
    assert load_folder(path, (4, 4, 1)).class_names == ("a", "c")


def test_a_link_to_another_class_is_a_class(tmp_path):
    path = write_tree("folder", tmp_path, {"a/1.png": flat(1), "c/2.png": flat(2)})
    os.symlink(os.path.join(path, "a"), os.path.join(path, "b"))
    assert load_folder(path, (4, 4, 1)).labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_what_is_left_out_or_converted_is_counted(tmp_path, capsys, kind):
    files = {
        "a/1.png": flat(1),
        "a/2.PNG": flat((1, 2, 3), (8, 8)),
        "a/._2.PNG": b"metadata",
        "a/.ipynb_checkpoints/1-checkpoint.png": flat(1),
        "a/.DS_Store": b"",
        "a/Thumbs.db": b"",
        "labels.csv": b"",
    }
    assert load_folder(write_tree(kind, tmp_path, files), (4, 4, 3)).num_samples == 2
    assert capsys.readouterr().err.partition("': ")[2] == (
        "2 images; left out 3 files: 2 hidden (a/._2.PNG, a/.ipynb_checkpoints/1-checkpoint.png), "
        "1 .csv (labels.csv); 1 grey, repeated in 3 channels; 1 resized to 4x4\n"
    )
    del files["labels.csv"], files["a/._2.PNG"], files["a/.ipynb_checkpoints/1-checkpoint.png"]
    files["a/2.PNG"] = flat(7)
    (tmp_path / "again").mkdir()
    load_folder(write_tree(kind, tmp_path / "again", files), (4, 4, 1))
    assert capsys.readouterr().err == ""


def test_a_mark_at_the_beginning_of_a_class_list_is_no_part_of_a_name(tmp_path):
    (tmp_path / "list.txt").write_bytes("n01\r\nn02\r\n".encode("utf-8-sig"))
    assert read_class_list(str(tmp_path / "list.txt")) == ["n01", "n02"]
