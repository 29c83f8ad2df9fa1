"""Images from folders and files, at the size of a network."""

import zipfile

from amnat.errors import InputError
from amnat.sampling.image_inputs import load_images

import numpy as np
import pytest
from PIL import Image

SHAPE = (6, 4, 1)


def write(folder, name, size=(4, 6), value=100, mode="L"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, value).save(path)


def test_a_folder_in_the_order_of_its_names(tmp_path):
    write(tmp_path, "b.png", value=2)
    write(tmp_path, "a/c.PNG", value=1)
    (tmp_path / "notes.txt").write_text("x")
    images, names, remark = load_images(str(tmp_path), SHAPE, 0)
    assert images.shape == (2, *SHAPE) and images.dtype == np.float32
    np.testing.assert_array_equal(images[:, 0, 0, 0] * 128 + 127.5, [1, 2])
    assert (names, remark) == (["a_c", "b"], "left out 1 file: 1 .txt (notes.txt)")
    assert load_images(str(tmp_path), SHAPE, 1)[1] == ["a_c"]


def test_other_sizes_and_colours_are_converted_and_the_remark_says_so(tmp_path):
    write(tmp_path, "a.png", (40, 60))
    images, _, remark = load_images(str(tmp_path), (6, 4, 3), 0)
    assert images.shape == (1, 6, 4, 3)
    assert remark == "images of 40x60 were resized to 4x6"
    write(tmp_path, "b.png", (8, 8), (1, 2, 3), "RGB")
    assert load_images(str(tmp_path), SHAPE, 0)[2] == (
        "images of different sizes were resized to 4x6"
    )


def test_npz_files(tmp_path):
    path = tmp_path / "a.npz"
    pixels = np.arange(3 * 24, dtype=np.uint8).reshape(3, 6, 4, 1)
    np.savez(path, images=pixels)
    images, names, remark = load_images(str(path), SHAPE, 2)
    np.testing.assert_array_equal(images * 128 + 127.5, pixels[:2])
    assert (names, remark) == (["00000", "00001"], "")
    images, _, remark = load_images(str(path), (3, 2, 3), 0)
    assert images.shape == (3, 3, 2, 3) and remark == "images of 4x6 were resized to 2x3"
    np.savez(path, images=np.zeros((1, 5, 5, 1), np.float32))
    with pytest.raises(InputError, match=r"float images of \[5, 5, 1\], expected \[6, 4, 1\]"):
        load_images(str(path), SHAPE, 0)


def test_what_is_no_folder_of_images(tmp_path):
    with pytest.raises(InputError, match="--images=.*nowhere: no such folder or file"):
        load_images(str(tmp_path / "nowhere"), SHAPE, 0)
    with pytest.raises(InputError, match="--images=.*: no image files"):
        load_images(str(tmp_path), SHAPE, 0)
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(InputError, match="a.png': damaged"):
        load_images(str(tmp_path), SHAPE, 0)


def test_archives_and_names_that_differ_in_their_endings_only(tmp_path):
    write(tmp_path, "a.png", value=1)
    write(tmp_path, "a.bmp", value=2)
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for name in ("a.png", "a.bmp"):
            archive.write(tmp_path / name, name)
    images, names, _ = load_images(str(tmp_path / "images.zip"), SHAPE, 0)
    np.testing.assert_array_equal(images[:, 0, 0, 0] * 128 + 127.5, [2, 1])
    assert names == ["00000_a", "00001_a"]
