"""Scorers."""

from amnat.data import Dataset
from amnat.data.dataset import scale
from amnat.errors import InputError
from amnat.evaluation.sources import SHUFFLE_SEED, GivenLabels
from amnat.metrics import ms_ssim, registry, small_cnn
from amnat.training import scoring

import numpy as np
import pytest
import tiny


def test_mixture():
    data = tiny.dataset(1000)
    scores = scoring.make_scorer(data, None, None)(data.samples)
    assert scores["modes_found"] == 2
    assert scores["share_within_3_stddev"] > 0.97 and scores["mode_kl"] < 0.01
    scores = scoring.MixtureScorer(tiny.MIXTURE)(data.samples[data.labels == 0])
    assert scores["modes_found"] == 1
    np.testing.assert_allclose(scores["mode_kl"], np.log(2), atol=1e-6)


def _two_classes(count):
    labels = (np.arange(count) % 2).astype(np.int32)
    images = np.random.default_rng(0).integers(0, 60, (count, 8, 8, 1)).astype(np.uint8)
    images[labels == 1, 2:6, 2:6] += 150
    return Dataset("two", "train", images, labels, 2, ("dark", "light"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The folder of classifiers and references; they are of the same data in all tests."""
    return tmp_path_factory.mktemp("cache")


def test_classifier(cache):
    data = _two_classes(256)
    scorer = scoring.make_scorer(data, lambda: data, cache)
    assert scorer.accuracy == 1.0
    scores = scorer(data.images)
    assert scores["share_of_real_score"] == 1.0 and scores["smallest_class_share"] == 0.5
    assert scores["inception_score"] == scorer.of_reference["inception_score"] > 1.8
    one_class = scorer(data.images[data.labels == 1])
    assert one_class["inception_score"] < 1.1 and one_class["smallest_class_share"] == 0.0
    # Trained and asked once, then read.
    assert len(list((cache / "classifiers").iterdir())) == 1
    assert len(list((cache / "references").iterdir())) == 1


def test_a_judge_with_other_weights_has_its_own_reference(tmp_path, monkeypatch):
    """As where it is trained again on another processor: from equal arguments, to other weights."""
    data = _two_classes(256)
    train, seeds = small_cnn.train_small_cnn, iter((0, 1))
    monkeypatch.setattr(
        small_cnn, "train_small_cnn", lambda *sets: train(*sets[:2], next(seeds), epochs=1)
    )

    def fid():
        scorer = scoring.make_scorer(data, lambda: data, tmp_path, metrics=["fid"])
        return scorer(data.images[::-1])["fid"], scorer.depends_on

    _, before = fid()
    (judge,) = (tmp_path / "classifiers").iterdir()
    judge.unlink()
    # The distance of a set to itself, by whichever judge.
    distance, after = fid()
    assert abs(distance) < 1e-6
    assert len(list((tmp_path / "references").iterdir())) == 2
    assert before["classifier"]["sha256"] != after["classifier"]["sha256"]
    assert before["images"] == after["images"]


def test_a_judge_is_not_trained_where_it_cannot_be_kept(tmp_path, monkeypatch):
    (tmp_path / "classifiers").write_text("a file")
    monkeypatch.setattr(small_cnn, "train_small_cnn", None)
    data = _two_classes(8)
    with pytest.raises(InputError, match="classifiers: the classifier for the scores cannot be"):
        scoring.make_scorer(data, lambda: data, tmp_path)


def test_scores_that_samples_do_not_admit(cache):
    data = _two_classes(256)
    scorer = scoring.make_scorer(data, lambda: data, cache, metrics=("ms_ssim", "classes"))
    scores = scorer(data.images[data.labels == 1])
    assert np.isnan(scores["ms_ssim_max"]) and scores["classes_found"] == 1
    assert np.isfinite(scorer(data.images)["ms_ssim_max"])


def test_ms_ssim_by_given_classes(cache):
    data = _two_classes(256)
    names = {"num_samples": "score_samples", "ssim_images": "images"}
    arguments = {"metrics": ("ms_ssim",), "flag_names": names}
    scorer = scoring.make_scorer(data, lambda: data, cache, **arguments)
    # The real images by their labels, of which the first ten count.
    order = np.random.default_rng(SHUFFLE_SEED).permutation(256)
    images, labels = scale(data.samples[order]), data.labels[order]
    expected = ms_ssim.ms_ssim_per_class(images, labels, 2, 10)
    assert scorer.of_reference["ms_ssim_max"] == expected.maximum
    # All are of one kind, which the judge sees, but the generator was asked for both.
    dark = scale(data.samples[data.labels == 0])
    given = GivenLabels(np.arange(len(dark)) % 2, 2)
    assert np.isnan(scorer(dark)["ms_ssim_max"])
    assert scorer.failures["ms_ssim"] == (
        "MS-SSIM: 0 images of class 1, expected 10; raise --score_samples or lower --images"
    )
    expected = ms_ssim.ms_ssim_per_class(dark, given.labels, 2, 10)
    assert scorer.takes_labels and scorer(dark, given)["ms_ssim_max"] == expected.maximum
    assert not scorer.failures


def test_settings_for_few_samples(cache):
    data = _two_classes(256)
    settings, _ = registry.fitted(["kid"], 64, 256, registry.Settings())
    arguments = {"metrics": ["kid"], "settings": settings}
    scorer = scoring.make_scorer(data, lambda: data, cache, **arguments)
    assert np.isfinite(scorer(data.images[:64])["kid"])
