"""Sheets with one row per class."""

from amnat.methods.am_gan.class_sheets import ClassSheets
from amnat.sheets import EMPTY_CELL
from amnat.training import figures
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf
from PIL import Image


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
    run.raw_sheets = True
    callback = ClassSheets(10, 0, run, class_names=("a", "b", "c"), batch_size=50)
    callback.set_model(Players())
    callback.on_train_begin()
    callback.act(20)
    names = sorted(path.name for path in run.samples.iterdir())
    assert names == ["class_00_0000.png", "class_00_0020.png"]
    first, second = (np.asarray(Image.open(run.samples / name)) for name in names)
    assert first.shape == (3 * 2 * 3, 10 * 2 * 3, 3)
    assert (
        (first[:6] == 0).all() and (first[6:12] == EMPTY_CELL).all() and (first[12:] == 255).all()
    )
    np.testing.assert_array_equal(first, second)
    assert not figures.sheets_in_order(run.samples)


def test_a_labelled_sheet_names_its_classes(tmp_path, monkeypatch):
    run = RunDirectory(tmp_path)
    run.create([])
    drawn = []
    monkeypatch.setattr(figures, "save_sheet", lambda *sheet: drawn.append(sheet))
    callback = ClassSheets(10, 0, run, class_names=("a", "b", "c"), batch_size=50)
    callback.set_model(Players())
    callback.on_train_begin()
    ((_, kind, iteration, sheet),) = drawn
    assert (kind, iteration) == ("class", 0)
    assert (sheet.rows, sheet.row_name) == (("a", "b", "c"), "class")
    assert sheet.is_empty.reshape(3, 10).all(axis=1).tolist() == [False, True, False]
