"""Sheets with one row per class."""

from amnat.methods.am_gan.class_sheets import ClassSheets
from amnat.training import figures
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf
from PIL import Image

GREY = [figures.EMPTY_CELL] * 3


def test_images_are_sorted_into_rows_and_missing_ones_are_grey():
    images = np.linspace(-1, 1, 5)[:, None, None, None] * np.ones((5, 2, 3, 1))
    sheet = figures.class_sheet(images, np.array([2, 0, 2, 2, 0]), num_classes=3, columns=2)
    assert sheet.shape == (3 * 2 * 3, 2 * 3 * 3, 3)
    cells = sheet[::6, ::9].tolist()
    # (x * 128 + 127.5) rounded to even and clipped, of -1, -0.5, 0, 0.5, 1.
    black, dark, middle, bright, white = ([value] * 3 for value in (0, 64, 128, 192, 255))
    assert cells == [[dark, white], [GREY, GREY], [black, middle]]
    assert bright not in cells[2]


def test_colours_stay():
    images = np.float32([[[[1.0, 0.0, -1.0]]]])
    sheet = figures.class_sheet(images, np.array([0]), num_classes=1, columns=2)
    np.testing.assert_array_equal(sheet[0, ::3], [[255, 128, 0], GREY])


class Players:
    """Samples are grey levels; the discriminator tells dark from bright and never sees class 1."""

    seed = 5
    seen = []

    def latent(self, rng, count, dtype=tf.float32):
        return rng.normal("latent", [count, 1], dtype)

    def sample(self, latents):
        return tf.sign(latents)[:, :, None, None] * tf.ones([1, 2, 2, 1])

    def discriminator(self, samples, rng):
        self.seen.append(rng.uniform("noise", [2]))
        level = samples[:, 0, 0, 0]
        return tf.stack([-level, -9 + 0 * level, level, 99 + 0 * level], axis=1)


def test_the_sheet_of_a_run(tmp_path):
    run = RunDirectory(tmp_path)
    run.create([])
    sheets = ClassSheets(10, 0, run, num_classes=3, batch_size=50)
    sheets.set_model(Players())
    sheets.on_train_begin()
    sheets.act(20)
    names = sorted(path.name for path in run.samples.iterdir())
    assert names == ["class_00_0000.png", "class_00_0020.png"]
    first, second = (np.asarray(Image.open(run.samples / name)) for name in names)
    assert first.shape == (3 * 2 * 3, 10 * 2 * 3, 3)
    assert (first[:6] == 0).all() and (first[6:12] == GREY).all() and (first[12:] == 255).all()
    np.testing.assert_array_equal(first, second)
    assert not figures.sheets_in_order(run.samples)
