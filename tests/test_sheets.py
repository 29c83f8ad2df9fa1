"""Sheets of images: the raw grid, and the labelled one."""

from amnat import sheets

import numpy as np
import pytest
from PIL import Image

GREY = [sheets.EMPTY_CELL] * 3
BETWEEN = list(sheets._BETWEEN)


def test_raw_layout():
    images = np.full((12, 4, 5, 1), -1.0)
    images[11] = 1.0
    sheet = sheets.image_sheet(images)
    assert sheet.shape == (2 * 4 * 3, 10 * 5 * 3, 3)
    assert (sheet[12:, 15:30] == 255).all()  # second row, second column
    assert sheet.sum() == 255 * 12 * 15 * 3


def test_raw_colours_stay():
    images = np.full((10, 2, 2, 3), -1.0)
    images[0, 0, 1] = [1.0, 0.0, -1.0]
    sheet = sheets.image_sheet(images)
    np.testing.assert_array_equal(sheet[0, 3], [255, 128, 0])


def test_images_are_sorted_into_rows_and_missing_ones_are_grey_when_raw():
    images = np.linspace(-1, 1, 5)[:, None, None, None] * np.ones((5, 2, 3, 1))
    sheet = sheets.class_sheet(images, np.array([2, 0, 2, 2, 0]), ["a", "b", "c"], columns=2)
    pixels = sheets.raw_sheet(sheet)
    assert pixels.shape == (3 * 2 * 3, 2 * 3 * 3, 3)
    cells = pixels[::6, ::9].tolist()
    # (x * 128 + 127.5) rounded to even and clipped, of -1, -0.5, 0, 0.5, 1.
    black, dark, middle, bright, white = ([value] * 3 for value in (0, 64, 128, 192, 255))
    assert cells == [[dark, white], [GREY, GREY], [black, middle]]
    assert bright not in cells[2]
    assert sheet.rows == ["a", "b", "c"] and sheet.row_name == "class"


def grid_of(pixels):
    """The part of a labelled sheet from the first to the last grey between images."""
    between = (pixels == BETWEEN).all(axis=2)
    # Letters have a few such pixels too.
    rows, columns = (np.where(between.mean(axis=axis) > 0.4)[0] for axis in (1, 0))
    return pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.parametrize("side, factor", [(8, 8), (28, 3), (32, 3), (48, 2), (64, 2), (128, 1)])
def test_the_grid_of_a_labelled_sheet(side, factor):
    """Images are enlarged by a whole number, gaps lie between them, missing ones are white."""
    images = np.full((5, side, side, 1), -1.0)
    images[4] = 0.0
    pixels, _ = sheets.labelled_sheet(sheets.Sheet(images, 3), ["a title"])
    grid, gap, step = grid_of(pixels), sheets.GAP, side * factor + sheets.GAP
    assert grid.shape == (2 * step + gap, 3 * step + gap, 3)
    for row in range(3):
        assert (grid[row * step : row * step + gap] == BETWEEN).all()
    for column in range(4):
        assert (grid[:, column * step : column * step + gap] == BETWEEN).all()
    cells = grid[gap:, gap:].reshape(2, step, 3, step, 3).swapaxes(1, 2)[:, :, :-gap, :-gap]
    values = [np.unique(cell).tolist() for row in cells for cell in row]
    assert values == [[0], [0], [0], [0], [128], [255]]


def ink(pixels):
    return (pixels < 128).all(axis=2)


def test_title_and_labels_are_drawn_outside_the_grid():
    images = np.ones((4, 8, 8, 3))
    bare, _ = sheets.labelled_sheet(sheets.Sheet(images, 2), [])
    titled, top = sheets.labelled_sheet(sheets.Sheet(images, 2), ["GAN on tiny", "iteration 5"])
    assert not ink(bare).any()
    assert ink(titled[:top]).any() and not ink(titled[top:]).any()
    rows = sheets.Sheet(images, 2, ["cat", "dog"], "class")
    labelled, _ = sheets.labelled_sheet(rows, [])
    left = np.where((labelled == BETWEEN).all(axis=2).mean(axis=0) > 0.4)[0].min()
    step = 8 * 8 + sheets.GAP
    for row in (0, 1):
        part = labelled[sheets.MARGIN * 2 + row * step :][:step]
        assert ink(part[:, 30:left]).any(), "the label of the row"
    assert ink(labelled[:, sheets.MARGIN : 25]).any(), "what the rows are"
    columns = sheets.Sheet(images, 2, column_labels=["x", "y"], column_name="code")
    labelled, _ = sheets.labelled_sheet(columns, [])
    above = np.where((labelled == BETWEEN).all(axis=2).mean(axis=1) > 0.4)[0].min()
    assert above > 2 * sheets.MARGIN + 20 and ink(labelled[:above]).any()
    np.testing.assert_array_equal(grid_of(labelled), grid_of(bare))


def test_long_titles_wrap_and_long_labels_end_early():
    images = np.ones((2, 8, 8, 1))
    words = "unsupervised CatGAN with negatives on a data set with a long name"
    pixels, top = sheets.labelled_sheet(sheets.Sheet(images, 2), [words])
    assert pixels.shape[1] == 240 and top > 3 * 15
    labels = sheets.Sheet(images, 1, ["w" * 32, "w" * 200])
    at_most = sheets.labelled_sheet(sheets.Sheet(images, 1, ["w" * 32, "w"]), [])[0]
    assert sheets.labelled_sheet(labels, [])[0].shape[1] <= at_most.shape[1] + 8
    narrow = sheets.Sheet(images, 2, column_labels=["w" * 200, "w" * 200])
    assert sheets.labelled_sheet(narrow, [])[0].shape[1] == 240


def test_the_last_line_of_the_title_and_the_remark_share_a_line():
    sheet = sheets.Sheet(np.zeros((2, 8, 8, 1)), about="code 0")
    _, entries = sheets.draw(sheet, ["GAN on tiny", "iteration 5"], is_raw=False)
    assert entries["Title"] == "GAN on tiny, iteration 5, code 0"
    _, entries = sheets.draw(sheet, ["", "iteration 5"], is_raw=False)
    assert entries["Title"] == "iteration 5, code 0"
    pixels, entries = sheets.draw(sheet, ["GAN on tiny"], is_raw=True)
    assert not entries
    np.testing.assert_array_equal(pixels, sheets.image_sheet(sheet.images))


def test_files_hold_the_title_in_any_language(tmp_path):
    sheets.save_image(tmp_path / "a.png", np.zeros((2, 2, 3), np.uint8), {"Title": "GAN на ö"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    with Image.open(tmp_path / "a.png") as image:
        assert image.text["Title"] == "GAN на ö"
