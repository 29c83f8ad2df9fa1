"""Animations: what is written can be read by another program, and nothing half-written stays."""

import importlib.util
import sys

from amnat.errors import InputError
from amnat.methods.toys import animation

import numpy as np
import pytest
from PIL import Image

SHADES = (20, 120, 220)
NEEDS_FFMPEG = pytest.mark.skipif(
    importlib.util.find_spec("imageio_ffmpeg") is None, reason="needs imageio-ffmpeg"
)


def frames():
    for shade in SHADES:
        yield np.full((48, 64, 3), shade, np.uint8)


def test_gif(tmp_path):
    animation.write_animation(tmp_path / "a.gif", frames(), fps=30)
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["duration"], gif.info["loop"]) == (
            3,
            (64, 48),
            30,
            0,
        )
        for index, shade in enumerate(SHADES):
            gif.seek(index)
            assert gif.convert("RGB").getpixel((5, 5)) == (shade,) * 3


def test_wide_frames_are_scaled_down(tmp_path):
    animation.write_animation(tmp_path / "a.gif", frames(), fps=8, width=30)
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["duration"]) == (3, (30, 22), 120)
    animation.write_animation(tmp_path / "b.gif", frames(), width=100)
    with Image.open(tmp_path / "b.gif") as gif:
        assert gif.size == (64, 48)


@NEEDS_FFMPEG
def test_mp4(tmp_path):
    import imageio_ffmpeg

    path = tmp_path / "a.mp4"
    animation.write_animation(path, frames(), fps=30)
    reader = imageio_ffmpeg.read_frames(str(path))
    description = next(reader)
    assert description["size"] == (64, 48) and description["fps"] == 30
    assert description["codec"] == "h264"
    read = [np.frombuffer(frame, np.uint8).mean() for frame in reader]
    np.testing.assert_allclose(read, SHADES, atol=6)


@pytest.mark.parametrize("name", ["a.gif", pytest.param("a.mp4", marks=NEEDS_FFMPEG)])
def test_an_error_on_the_way_leaves_nothing(tmp_path, name):
    def broken():
        yield from frames()
        raise FloatingPointError("diverged")

    with pytest.raises(FloatingPointError):
        animation.write_animation(tmp_path / name, broken())
    assert not list(tmp_path.iterdir())


def test_paths(tmp_path):
    (tmp_path / "there.gif").touch()
    for name, message in [
        ("a.avi", "expected a name that ends in .gif or .mp4"),
        ("there.gif", "exists already"),
        ("none/a.gif", "none is not a writable folder"),
    ]:
        with pytest.raises(InputError, match=f"--anim_path=.*{message}"):
            animation.check_path(tmp_path / name, "anim_path")


@NEEDS_FFMPEG
def test_an_mp4_can_be_written(tmp_path):
    animation.check_path(tmp_path / "a.mp4", "anim_path")


def test_without_the_package_only_gifs_are_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    animation.check_path(tmp_path / "a.gif", "anim_path")
    with pytest.raises(InputError, match="a.mp4: MP4 needs imageio-ffmpeg.*pip install .*.gif"):
        animation.check_path(tmp_path / "a.mp4", "anim_path")
