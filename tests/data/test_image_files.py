import io
import zlib

from amnat.data.image_files import decode, decode_to, fit, resize, to_gray
from amnat.errors import InputError

import numpy as np
import pytest
from image_bytes import encoded, flat
from PIL import Image

RNG = np.random.default_rng(3)
PHOTO = RNG.integers(0, 256, (9, 7, 3)).astype(np.uint8)


@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_lossless_formats_give_their_pixels(form):
    assert np.array_equal(decode_to(encoded(PHOTO, form), "x", (9, 7, 3)), PHOTO)
    gray = PHOTO[..., 0]
    rgb = decode_to(encoded(gray, form), "x", (9, 7, 3))
    assert np.array_equal(rgb, np.stack([gray] * 3, axis=2))


def test_a_jpeg_is_read():
    assert np.abs(decode_to(flat((200, 30, 90), form="JPEG"), "x", (4, 4, 3)).astype(int)
                  - [200, 30, 90]).max() <= 3  # fmt: skip


def test_colours_become_gray_by_the_weights_of_itu_r_601():
    exact = PHOTO @ np.array([0.299, 0.587, 0.114])
    gray = decode_to(encoded(PHOTO), "x", (9, 7, 1))[..., 0]
    assert np.abs(gray - exact).max() <= 0.51


def test_to_gray_equals_pillow_for_many_colours():
    images = RNG.integers(0, 256, (5, 64, 64, 3)).astype(np.uint8)
    pillow = [np.asarray(Image.fromarray(image).convert("L")) for image in images]
    assert np.array_equal(to_gray(images)[..., 0], pillow)


def test_transparency_is_dropped_and_palettes_are_looked_up():
    pixels = np.dstack([PHOTO, RNG.integers(0, 256, (9, 7)).astype(np.uint8)])
    assert np.array_equal(decode_to(encoded(pixels), "x", (9, 7, 3)), PHOTO)
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    stream = io.BytesIO()
    palette.save(stream, "PNG", transparency=b"\x00\x80")
    found = decode_to(stream.getvalue(), "x", (1, 2, 3))
    assert found.tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_shrinking_averages_over_all_pixels():
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 200
    small = np.asarray(resize(Image.fromarray(stripes), 8, 8))
    # Away from the edges every result is an average over whole periods of the stripes.
    assert np.abs(small[:, 1:-1].astype(int) - 100).max() <= 2


def test_resizing_keeps_the_whole_image():
    halves = np.zeros((40, 10), np.uint8)
    halves[20:] = 255
    small = np.asarray(resize(Image.fromarray(halves), 4, 8))
    assert small.shape == (4, 8)
    assert (small[0] == 0).all() and (small[3] == 255).all()


def test_fit_equals_decoding_one_by_one():
    images = RNG.integers(0, 256, (3, 9, 7, 3)).astype(np.uint8)
    for shape in [(32, 32, 3), (32, 32, 1), (9, 7, 1), (4, 5, 3)]:
        expected = [decode_to(encoded(image), "x", shape) for image in images]
        assert np.array_equal(fit(images, shape, "x"), expected)
    gray = fit(images[..., :1], (6, 6, 3), "x")
    expected = [decode_to(encoded(image[..., 0]), "x", (6, 6, 3)) for image in images]
    assert np.array_equal(gray, expected)
    assert fit(images, (9, 7, 3), "x") is images


@pytest.mark.parametrize("channels, shape", [(4, (9, 7, 3)), (3, (9, 7, 2)), (2, (4, 4, 2))])
def test_other_channels_are_refused(channels, shape):
    with pytest.raises(InputError, match="^x: images of shape .* cannot become"):
        fit(np.zeros((1, 9, 7, channels), np.uint8), shape, "x")


def test_more_than_8_bits_are_refused():
    with pytest.raises(InputError, match="^x: an image of mode I;16"):
        stream = io.BytesIO()
        Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(stream, "PNG")
        decode(stream.getvalue(), "x", 1)


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP"])
def test_other_formats_are_refused(form):
    with pytest.raises(InputError, match=r"^x: damaged \(unknown format\), expected a PNG, JPEG"):
        decode(encoded(PHOTO, form), "x", 3)


def test_huge_images_are_refused_before_they_are_decoded():
    data = bytearray(flat(0))
    data[16:24] = (8001).to_bytes(4, "big") + (8000).to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(InputError, match="^x: 8001x8000 pixels, expected at most 64,000,000"):
        decode(bytes(data), "x", 3)


@pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP"])
def test_damaged_images_raise_only_input_errors(damaged, form):
    refused = 0
    for copy in damaged(encoded(PHOTO, form), 300):
        try:
            decode(copy, "x", 3)
        except InputError:
            refused += 1
    assert refused > 20
