"""Sheets of label against code."""

from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.sheets import ROWS, InfoSheets

import numpy as np
import tensorflow as tf
from known_translator import attached, run_directory
from PIL import Image


def test_sheets_have_a_column_per_label(tmp_path):
    latent = InfoLatent(3, 13, 2)

    class Model:
        seed = 0

        def sample(self, latents):
            noise, labels, code = latent.parts(latents)
            values = tf.stack(
                [tf.cast(labels, tf.float32) / 16, code[:, 0], code[:, 1], noise[:, 0] / 8], axis=1
            )
            return tf.reshape(values, [-1, 2, 2, 1])

    Model.latent = latent
    run = run_directory(tmp_path)
    attached(InfoSheets(10, 0, run), Model())
    found = {}
    for kind in ("static", "code1", "code2"):
        sheet = np.asarray(Image.open(run.samples / f"{kind}_00_0000.png"))[::3, ::3, 0]
        assert sheet.shape == (2 * ROWS, 2 * 13)
        found[kind] = sheet.reshape(ROWS, 2, 13, 2).astype(int)
    for sheet in found.values():
        np.testing.assert_array_equal(sheet[3, 0, :, 0], np.rint(np.arange(13) * 8 + 127.5))
    # Down the rows one entry of the code goes from -1 to 1, and nothing else changes.
    np.testing.assert_array_equal(found["code1"][[0, -1], 0, 5, 1], [0, 255])
    assert np.ptp(found["code1"][:, 1, :, 0]) == 0 and np.ptp(found["code1"][:, 1, :, 1]) == 0
    np.testing.assert_array_equal(found["code2"][[0, -1], 1, 5, 0], [0, 255])
    # Every image has noise of its own.
    assert len(np.unique(found["static"][:, 1, :, 1])) > 50
