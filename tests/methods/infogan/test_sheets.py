"""Sheets of label against code."""

from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.sheets import ROWS, InfoSheets
from amnat.training import figures

import numpy as np
import tensorflow as tf
from known_translator import attached, run_directory
from PIL import Image


class Model:
    """Images of which every pixel is an entry of the latent."""

    seed = 0

    def __init__(self, num_labels):
        self.latent = InfoLatent(3, num_labels, 2)

    def sample(self, latents):
        noise, labels, code = self.latent.parts(latents)
        values = tf.stack(
            [tf.cast(labels, tf.float32) / 16, code[:, 0], code[:, 1], noise[:, 0] / 8], axis=1
        )
        return tf.reshape(values, [-1, 2, 2, 1])


def test_sheets_have_a_column_per_label(tmp_path):
    run = run_directory(tmp_path)
    run.raw_sheets = True
    attached(InfoSheets(10, 0, run), Model(13))
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


def test_labels_and_codes_are_written_beside_the_images(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        figures, "save_sheet", lambda run, kind, iteration, sheet: drawn.update({kind: sheet})
    )
    attached(InfoSheets(10, 0, run_directory(tmp_path)), Model(3))
    assert set(drawn) == {"static", "code1", "code2"}
    for sheet in drawn.values():
        assert (sheet.column_labels, sheet.column_name) == (("0", "1", "2"), "label")
    assert not drawn["static"].rows
    assert drawn["code2"].row_name == "code 2" and len(drawn["code2"].rows) == ROWS
    assert drawn["code2"].rows[0] == "-1.0" and drawn["code2"].rows[-1] == "+1.0"
