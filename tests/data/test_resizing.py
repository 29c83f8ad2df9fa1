import dataclasses
from collections import Counter

from amnat.data import Dataset
from amnat.data.dataset import Origin
from amnat.data.registry import load
from amnat.data.resized import formed, resized
from amnat.data.resizing import ImageForm, check_memory, sentence, shaped
from amnat.errors import InputError

import numpy as np
import pytest
from PIL import Image

# Columns 0 to 5, each with its own value.
WIDE = np.tile(np.arange(6, dtype=np.uint8) * 40, (4, 1))


def test_crop_takes_the_middle_square_and_does_not_resize_it():
    assert np.array_equal(shaped(Image.fromarray(WIDE), 4, 4, "crop")[..., 0], WIDE[:, 1:5])
    tall = Image.fromarray(np.ascontiguousarray(WIDE.T))
    assert np.array_equal(shaped(tall, 4, 4, "crop")[..., 0], WIDE.T[1:5])


def test_fit_keeps_the_whole_image_between_black_margins():
    found = shaped(Image.fromarray(np.full((2, 4), 200, np.uint8)), 8, 8, "fit")[..., 0]
    assert (found[2:6] == 200).all()
    assert (found[:2] == 0).all() and (found[6:] == 0).all()


def test_stretch_keeps_the_whole_image_without_margins():
    image = Image.fromarray(np.full((2, 4, 3), 200, np.uint8))
    assert (shaped(image, 8, 8, "stretch") == 200).all()


@pytest.mark.parametrize("how", ["crop", "fit", "stretch"])
@pytest.mark.parametrize("size", [(1, 300), (300, 1), (7, 5), (32, 32), (33, 32)])
def test_any_size_becomes_the_wanted_one(how, size):
    image = Image.fromarray(np.zeros((*size, 3), np.uint8))
    assert shaped(image, 32, 32, how).shape == (32, 32, 3)


@pytest.mark.parametrize("sizes, how, text", [
    ({(60, 40): 500}, "crop", "500 images of 40x60, cropped and resized to 32x32"),
    ({(60, 40): 500}, "stretch", "500 images of 40x60, stretched to 32x32"),
    ({(60, 40): 1}, "fit", "1 image of 40x60, resized to fit into 32x32, with black margins"),
    ({(64, 64): 2}, "crop", "2 images of 64x64, resized to 32x32"),
    ({(32, 50): 2}, "crop", "2 images of 50x32, cropped to 32x32"),
    ({(32, 32): 1234}, "crop", "1,234 images of 32x32"),
    ({(9, 9): 1, (60, 40): 2, (32, 32): 3}, "crop",
     "6 images of 3 sizes from 9x9 to 40x60, cropped and resized to 32x32"),
])  # fmt: skip
def test_what_is_said(sizes, how, text):
    assert sentence(Counter(sizes), 32, 32, how) == text


@pytest.mark.parametrize("wrong", [
    {"size": 0}, {"size": -3}, {"size": 100_000}, {"resize": "squash"}, {"channels": 2},
])  # fmt: skip
def test_impossible_forms_are_refused(wrong):
    with pytest.raises(InputError, match="expected"):
        ImageForm(**wrong)


def test_images_that_do_not_fit_into_memory_are_refused_before_they_are_made():
    with pytest.raises(InputError, match="'x': 1,000,000,000,000 images of 64x64x3 need .*GiB"):
        check_memory(10**12, (64, 64, 3), "'x'")


def test_published_data_in_another_form_says_so(capsys):
    plain = load("digits")
    found = load("digits", form=ImageForm(16, channels=3))
    assert found.sample_shape == (16, 16, 3)
    assert (found.samples[..., :1] == found.samples).all()
    assert "1,437 images of 32x32, resized to 16x16, grey repeated" in capsys.readouterr().err
    assert load("digits", form=ImageForm()).samples.tobytes() == plain.samples.tobytes()
    assert capsys.readouterr().err == ""


def test_the_border_of_mnist_goes_and_that_of_a_folder_of_this_name_stays(capsys):
    pixels = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 1), np.uint8)
    published = Dataset("mnist", "train", pixels, np.zeros(2, np.int32), 1, ("0",))
    assert np.array_equal(formed(published, ImageForm(28)).samples, pixels[:, 2:-2, 2:-2])
    assert np.array_equal(resized(published, 28).samples, pixels[:, 2:-2, 2:-2])
    assert "2 images of 28x28" in capsys.readouterr().err
    own = dataclasses.replace(published, origin=Origin("folder=/somewhere/mnist"))
    assert not np.array_equal(resized(own, 28).samples, pixels[:, 2:-2, 2:-2])
