"""Pictures within a budget."""

import base64
import io

from amnat.report.pictures import MOST_FRAMES, other_pictures, sheet_frames

import numpy as np
import pytest
from PIL import Image


def noise(path, size):
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def sheets(tmp_path):
    first = noise(tmp_path / "train_00_0000.png", 60)
    found = [(0, first)]
    for iteration in range(1, 50):
        path = tmp_path / f"train_00_{iteration:04d}.png"
        path.write_bytes(first.read_bytes())
        found.append((iteration, path))
    return found


def test_what_fits_is_shown_as_it_is(sheets):
    frames, notes = sheet_frames(sheets[:5], 10**6, "Samples")
    assert [frame.iteration for frame in frames] == [0, 1, 2, 3, 4] and notes == []
    content = base64.b64decode(frames[0].uri.partition("base64,")[2])
    assert content == sheets[0][1].read_bytes()
    assert frames[2].label == "Samples after 2 iterations"


def test_too_many_are_thinned_and_the_last_one_stays(sheets):
    frames, notes = sheet_frames(sheets, 10**7, "Samples")
    assert len(frames) == MOST_FRAMES and frames[0].iteration == 0 and frames[-1].iteration == 49
    assert notes[0] == "40 of 50 sample sheets are shown, evenly spread."


@pytest.mark.parametrize("budget", [1, 30_000, 100_000])
def test_the_budget_is_kept_by_fewer_sheets(sheets, budget):
    frames, notes = sheet_frames(sheets, budget, "Samples")
    assert frames[-1].iteration == 49 and len(frames) < 50
    assert len(frames) == 1 or sum(len(frame.uri) for frame in frames) <= budget
    assert "made smaller" in notes[-1]


def test_large_sheets_are_made_smaller(tmp_path):
    path = noise(tmp_path / "train_00_0001.png", 1500)
    for budget, width in ((10**6, 720), (10**5, 400)):
        (frame,), _ = sheet_frames([(1, path)], budget, "Samples")
        content = base64.b64decode(frame.uri.partition("base64,")[2])
        assert Image.open(io.BytesIO(content)).size == (width, width) and frame.width == 1500


def test_a_broken_picture_is_named(sheets, tmp_path):
    sheets[1][1].write_bytes(sheets[0][1].read_bytes()[:100])
    frames, notes = sheet_frames(sheets[:3], 10**6, "Samples")
    assert [frame.iteration for frame in frames] == [0, 2]
    assert notes == ["No whole picture: train_00_0001.png."]


def test_other_pictures_that_have_no_room_are_named(tmp_path):
    small, large = noise(tmp_path / "real.png", 20), noise(tmp_path / "map.png", 700)
    found, notes = other_pictures([small, large], 20_000)
    assert [picture.label for picture in found] == ["real"]
    assert notes == ["Left out for their size: map.png."]
