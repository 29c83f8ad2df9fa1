"""Sheets of translations, of translators whose answers are known."""

from amnat.methods.translator.sheets import TranslationSheets
from amnat.training import figures

import numpy as np
from known_translator import SIDE, Translator, attached, domains, run_directory
from PIL import Image


def sheets_of(tmp_path, count, sizes):
    run, data = run_directory(tmp_path), domains(count, sizes)
    run.raw_sheets = True
    model = Translator(count)
    attached(TranslationSheets(10, 0, run, data.data, 4), model)
    kinds = ("translation", "codes")
    return [np.asarray(Image.open(run.samples / f"{k}_00_0000.png")) for k in kinds], data, model


def test_sheets_of_two_domains(tmp_path):
    """Input, translated, back; a domain with fewer images repeats them."""
    (translation, codes), data, _ = sheets_of(tmp_path, 2, (3, 5))
    tile = 3 * SIDE
    rows = translation[::3, ::3, 0].reshape(6, SIDE, 4, SIDE).swapaxes(1, 2)
    images = data.data.samples[..., 0]
    np.testing.assert_array_equal(rows[0], images[[0, 1, 2, 0]])
    np.testing.assert_array_equal(rows[1], 255 - rows[0])
    np.testing.assert_array_equal(rows[2], rows[0])
    np.testing.assert_array_equal(rows[3], images[3:7])
    assert translation.shape == (6 * tile, 4 * tile, 3)
    # For each domain a row of images and one for each of three codes.
    assert codes.shape == (8 * tile, 4 * tile, 3)


def test_sheets_of_three_domains(tmp_path):
    (translation, _), _, _ = sheets_of(tmp_path, 3, (2, 2, 2))
    # Per domain its images, and two rows for either of the others.
    assert translation.shape[0] == 3 * 5 * 3 * SIDE


def test_rows_say_what_they_are(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        figures, "save_sheet", lambda run, kind, iteration, sheet: drawn.update({kind: sheet})
    )
    data = domains(2, (2, 2)).data
    attached(TranslationSheets(10, 0, run_directory(tmp_path), data, 4), Translator(2))
    translation = ("real a", "to b", "back to a", "real b", "to a", "back to b")
    assert drawn["translation"].rows == translation
    codes = ("real a", "to b, code -1", "to b, code 0", "to b, code 1")
    assert drawn["codes"].rows[:4] == codes and len(drawn["codes"].rows) == 8
