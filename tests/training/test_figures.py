"""Pictures."""

from amnat.training import figures

import numpy as np
from PIL import Image


def test_sheet_layout():
    images = np.full((12, 4, 5, 1), -1.0)
    images[11] = 1.0
    sheet = figures.image_sheet(images)
    assert sheet.shape == (2 * 4 * 3, 10 * 5 * 3, 3)
    assert (sheet[12:, 15:30] == 255).all()  # second row, second column
    assert sheet.sum() == 255 * 12 * 15 * 3


def test_colours_stay():
    images = np.full((10, 2, 2, 3), -1.0)
    images[0, 0, 1] = [1.0, 0.0, -1.0]
    sheet = figures.image_sheet(images)
    np.testing.assert_array_equal(sheet[0, 3], [255, 128, 0])


def test_sheet_names_sort_by_iteration(tmp_path):
    assert figures.sheet_name(123_456) == "train_12_3456.png"
    for iteration in (1_000_000, 20_000, 5):
        (tmp_path / figures.sheet_name(iteration)).touch()
    assert [i for i, _ in figures.sheets_in_order(tmp_path)] == [5, 20_000, 1_000_000]


def test_evolution(tmp_path):
    for iteration in range(100):
        sheet = np.full((8, 8, 3), iteration * 2, np.uint8)
        figures.save_image(tmp_path / figures.sheet_name(iteration), sheet)
    path = tmp_path / "evolution.gif"
    figures.save_evolution(tmp_path, path)
    with Image.open(path) as animation:
        assert animation.n_frames == figures.MAX_FRAMES
        assert animation.size == (4, 4) and animation.info["loop"] == 0
        animation.seek(animation.n_frames - 1)
        assert animation.convert("RGB").getpixel((0, 0)) == (198, 198, 198)


def test_no_sheets_no_evolution(tmp_path):
    figures.save_evolution(tmp_path, tmp_path / "evolution.gif")
    assert not list(tmp_path.iterdir())


def test_scatter_shows_both_sets():
    points = np.random.default_rng(0).normal(size=(500, 2))
    pixels = figures.scatter_sheet(points * 0.1, points * 0.1 + 1, "title").astype(int)
    red = (pixels[..., 0] - pixels[..., 2] > 80).sum()
    blue = (pixels[..., 2] - pixels[..., 0] > 80).sum()
    assert pixels.shape == (600, 600, 3) and red > 100 and blue > 100


def test_curves(tmp_path):
    columns = {"iteration": [1, 2], "loss": [0.5, 0.4], "loss_std": [0.1, 0.1]}
    figures.save_curves(tmp_path / "a.png", columns, ["loss", "absent"], "loss")
    figures.save_curves(tmp_path / "b.png", columns, ["absent"], "loss")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
