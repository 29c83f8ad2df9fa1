"""Which files are images."""

from amnat.data.image_listing import ENDINGS, is_hidden, list_images
from amnat.errors import InputError

import pytest


def test_images_hidden_ones_and_other_files():
    images = [f"a/{number}{ending}" for number, ending in enumerate(ENDINGS)]
    images += ["A/B.PNG", "a.b/c.JpEg", "x.JPEG", "./a/1.png"]
    hidden = ["a/._1.png", ".ipynb_checkpoints/2-checkpoint.png", "a/__MACOSX/3.jpg", "../4.png"]
    others = ["notes.txt", "noending", "a/archive.tar.gz", "1.png.txt", "data.npy", "x.TXT"]
    litter = ["Thumbs.db", "a/desktop.ini", ".DS_Store", "a/.git/config"]
    found = list_images([*images, *hidden, *others, *litter], "here")
    assert found == (images, hidden, others)
    assert found.left_out() == {"hidden": 4, ".gz": 1, ".npy": 1, ".txt": 3, "no ending": 1}
    assert found.remark().startswith("left out 10 files: 4 hidden (../4.png, ")
    assert "3 .txt (1.png.txt, notes.txt, x.TXT), 1 without an ending (noending)" in found.remark()


def test_nothing_to_remark():
    found = list_images(["a/1.png", "a/.DS_Store"], "here")
    assert found.remark() == "" and found.left_out() == {}


@pytest.mark.parametrize("name", ["a/1.heic", "b.PPM", "c.Avif", "x/y.jp2"])
def test_images_that_are_not_read_are_refused(name):
    with pytest.raises(InputError, match=f"^here: '{name}' is an image of a kind that is not read"):
        list_images(["a/1.png", name], "here")
    assert list_images([f".hidden/{name}"], "here") == ([], [], [])


def test_dots_within_a_name_do_not_hide_it():
    assert not is_hidden("a.b/c.d.png") and not is_hidden("./a/b.png")
    assert is_hidden("a/.b/c.png") and is_hidden(".png")
