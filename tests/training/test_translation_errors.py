"""Errors and sheets of translations, of translators whose answers are known."""

import types

from amnat.data import Dataset
from amnat.data.domains import Domains
from amnat.models import TranslationLatent
from amnat.networks.info_cycle import CriticOutputs
from amnat.training.run_directory import RunDirectory
from amnat.training.translation_errors import TranslationErrors
from amnat.training.translation_sheets import TranslationSheets

import numpy as np
import tensorflow as tf
from PIL import Image

SIDE = 4


def domains(count=2, sizes=(3, 5), truth=True):
    labels = np.repeat(np.arange(count, dtype=np.int32), sizes)
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 256, (len(labels), SIDE, SIDE, 1)).astype(np.uint8)
    names = tuple("abc"[:count])
    data = Dataset("pairs", "test", samples, labels, count, names)
    return Domains(data, truth=255 - samples if truth else None)


class Translator:
    """Gives negatives, brighter by `error`; tells domains by the code that it was given."""

    seed = 0

    def __init__(self, count=2, error=0.0):
        self.latent = TranslationLatent((SIDE, SIDE, 1), count, 2)
        self.error = error
        self.asked = []

    def sample(self, latents):
        images, space, labels = tf.split(latents, [SIDE**2, 2, self.latent.num_domains], axis=1)
        self.asked.append((space, labels))
        return tf.reshape(self.error - images, [-1, SIDE, SIDE, 1])

    def discriminator(self, images):
        """Everything is of domain 1."""
        logits = tf.tile(tf.one_hot([1], self.latent.num_domains), [tf.shape(images)[0], 1])
        return CriticOutputs(logits, logits, logits)


def run_directory(folder):
    run = RunDirectory(folder)
    run.create([])
    return run


def attached(callback, model):
    callback.set_model(types.SimpleNamespace(stop_training=False))
    callback.model = model
    callback.on_train_begin()
    return callback


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


def sheets_of(tmp_path, count, sizes):
    run, data = run_directory(tmp_path), domains(count, sizes)
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
