import io
import zlib

from amnat.data.image_files import (
    CMYK,
    TRANSPARENT,
    TURNED,
    decode,
    decode_to,
    examine,
    fit,
    resize,
    to_gray,
)
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


def png16(color_type, channels):
    """A PNG of 16 bits per channel; Pillow only writes grey ones."""
    rows = b"".join(b"\0" + bytes(range(4 * channels)) for _ in range(2))
    header = (2).to_bytes(4, "big") * 2 + bytes([16, color_type, 0, 0, 0])
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        content += len(data).to_bytes(4, "big") + kind + data + checksum
    return content


@pytest.mark.parametrize("color_type, channels", [(2, 3), (4, 2), (6, 4)])
def test_16_bits_in_colour_do_not_lose_their_lower_byte(color_type, channels):
    for read in (lambda data: decode(data, "x", 3), lambda data: examine(data, "x")):
        with pytest.raises(InputError, match="^x: an image of 16 bits per channel, expected one"):
            read(png16(color_type, channels))


def test_16_bits_in_a_tiff_do_not_lose_their_lower_byte():
    data = bytearray(encoded(PHOTO, "TIFF"))
    with Image.open(io.BytesIO(data)) as image:
        assert image.tag_v2[258] == (8, 8, 8)
    data = bytes(data).replace(b"\x08\0\x08\0\x08\0", b"\x10\0\x10\0\x10\0")
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.tag_v2[258]) == ("RGB", (16, 16, 16))
    with pytest.raises(InputError, match="^x: an image of 16 bits per channel"):
        decode(data, "x", 3)


@pytest.mark.parametrize("form, options", [
    ("GIF", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True}),
])  # fmt: skip
def test_other_formats_are_read(form, options):
    gray = np.repeat(PHOTO[..., :1], 3, axis=2)
    assert np.array_equal(decode_to(encoded(gray, form, **options), "x", (9, 7, 3)), gray)


def test_formats_that_are_not_read_are_refused():
    with pytest.raises(InputError, match=r"^x: damaged \(unknown format\), expected one PNG, JPEG"):
        decode(encoded(PHOTO, "PPM"), "x", 3)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_pages_are_refused(form):
    stream = io.BytesIO()
    frames = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]
    frames[0].save(stream, form, save_all=True, append_images=frames[1:])
    for read in (lambda data: decode(data, "x", 3), lambda data: examine(data, "x")):
        with pytest.raises(InputError, match="^x: 2 frames or pages, expected one PNG"):
            read(stream.getvalue())


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(form, orientation):
    """The pixels are those that any viewer shows."""
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:8, :8] = 255
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(stream, form, exif=exif)
    # Where the white corner is, and the size: from the EXIF standard.
    down, right = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1),
                   7: (1, 1), 8: (1, 0)}[orientation]  # fmt: skip
    expected = np.zeros((16, 32) if orientation < 5 else (32, 16))
    height, width = expected.shape
    expected[down * (height - 8) :, right * (width - 8) :][:8, :8] = 255
    facts = examine(stream.getvalue(), "x")
    assert facts[:3] == (height, width, 3)
    assert facts.remarks == ((TURNED,) if orientation > 1 else ())
    found = np.asarray(decode(stream.getvalue(), "x", 1))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 60


def test_damaged_metadata_is_no_orientation():
    stream = io.BytesIO()
    Image.fromarray(PHOTO).save(stream, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert np.array_equal(decode(stream.getvalue(), "x", 3), PHOTO)


def test_what_is_known_before_decoding():
    assert examine(encoded(PHOTO), "x") == (9, 7, 3, ())
    assert examine(encoded(PHOTO[..., 0]), "x") == (9, 7, 1, ())
    opaque = np.dstack([PHOTO, np.full((9, 7), 255, np.uint8)])
    assert examine(encoded(opaque), "x") == (9, 7, 3, ())
    opaque[4, 4, 3] = 254
    assert examine(encoded(opaque), "x") == (9, 7, 3, (TRANSPARENT,))
    stream = io.BytesIO()
    Image.fromarray(PHOTO).convert("CMYK").save(stream, "JPEG")
    assert examine(stream.getvalue(), "x") == (9, 7, 3, (CMYK,))


def test_huge_images_are_refused_before_they_are_decoded():
    data = bytearray(flat(0))
    data[16:24] = (8001).to_bytes(4, "big") + (8000).to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(InputError, match="^x: 8001x8000 pixels, expected at most 64,000,000"):
        decode(bytes(data), "x", 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF"])
def test_damaged_images_raise_only_input_errors(damaged, form):
    refused = 0
    for copy in damaged(encoded(PHOTO, form), 300):
        try:
            decode(copy, "x", 3)
        except InputError:
            refused += 1
    assert refused > 20
