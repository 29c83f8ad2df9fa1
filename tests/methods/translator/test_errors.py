"""Errors of translations, of translators whose answers are known."""

from amnat.methods.translator.errors import TranslationErrors

import numpy as np
from known_translator import Translator, attached, domains, run_directory


def test_errors(tmp_path):
    data = domains()
    measured = TranslationErrors(10, 0, run_directory(tmp_path), data)
    found = attached(measured, Translator(error=0.5)).errors()
    images = data.data.images
    # (byte - 127.5) / 128: the negative of an image is its negative, here 0.5 too bright.
    np.testing.assert_allclose(found["truth_error"], 0.5, atol=1e-6)
    np.testing.assert_allclose(found["cycle_error"], 0.0, atol=1e-6)
    expected = np.abs(0.5 - 2 * images).mean()
    np.testing.assert_allclose(found["identity_error"], expected, rtol=1e-5)
    np.testing.assert_allclose(found["unchanged_error"], np.abs(2 * images).mean(), rtol=1e-5)
    # Of eight images three are told to go to domain 1.
    assert found["target_share"] == 3 / 8


def test_curves_are_written(tmp_path):
    run = run_directory(tmp_path)
    measured = attached(TranslationErrors(10, 0, run, domains(truth=False)), Translator())
    measured.act(10)
    measured.act(20)
    rows = run.read_rows(run.path / "translation.csv")
    assert rows["iteration"] == [10, 20] and "truth_error" not in rows
    assert (run.plots / "translation.png").is_file()
    assert measured.summary().startswith("translation    cycle error 0.0000, identity error ")
    measured.restart(10)
    assert [row["iteration"] for row in measured.series.rows] == [10]


def test_few_images_are_taken_evenly(tmp_path):
    measured = TranslationErrors(10, 0, run_directory(tmp_path), domains(), most=4)
    np.testing.assert_array_equal(measured.labels, [0, 0, 1, 1])
