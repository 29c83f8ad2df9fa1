"""Classifying sets of images, the cache of references, and scores from both."""

import json

from amnat.errors import InputError
from amnat.evaluation import classifier_outputs
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.sources import ArraySource
from amnat.metrics import inception_score, ms_ssim, registry
from amnat.metrics.classifier import Classifier, ClassifierOutput

import numpy as np
import pytest


class Brightness(Classifier):
    """Three classes by brightness; counts what it is asked."""

    num_classes = 3
    class_names = ("dark", "grey", "light")
    image_shape = (16, 16, 1)

    def __init__(self):
        self.images_seen = 0

    def _predict(self, images):
        self.images_seen += len(images)
        mean = images.mean(axis=(1, 2, 3))
        logits = 20 * np.stack([-mean, 0.2 - np.abs(mean), mean], axis=1)
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return ClassifierOutput(probabilities, logits, images[:, :2, :3, 0].reshape(-1, 6))


def images(count, seed=0):
    rng = np.random.default_rng(seed)
    level = rng.choice([-0.7, 0.0, 0.7], (count, 1, 1, 1))
    return (level + rng.uniform(-0.2, 0.2, (count, 16, 16, 1))).astype(np.float32)


def source(count=60, seed=0):
    made = ArraySource(images(count, seed), "some images")
    made.batch_size = 7
    return made


def test_observe_is_the_classifier():
    classifier = Brightness()
    expected = classifier(images(60))
    observed = classifier_outputs.classify(
        source(), 50, classifier, images_per_class=4, progress=False
    )
    np.testing.assert_array_equal(observed.probabilities, expected.probabilities[:50])
    np.testing.assert_array_equal(observed.features, expected.features[:50])
    labels = expected.probabilities[:50].argmax(axis=1)
    for label in range(3):
        first = images(60)[:50][labels == label][:4]
        np.testing.assert_array_equal(observed.class_images[label], first)


def seen(tmp_path, count=60, seed=0, identity=None, images_in=60):
    """How many images the classifier had to look at."""
    classifier = Brightness()
    observed = classifier_outputs.classify_reference(
        source(images_in, seed), count, classifier, identity or {"kind": "a"}, tmp_path, False
    )
    expected = Brightness()(images(images_in, seed))
    np.testing.assert_array_equal(observed.features, expected.features[:count])
    np.testing.assert_array_equal(observed.probabilities, expected.probabilities[:count])
    return classifier.images_seen


def test_references_are_remembered_by_content(tmp_path):
    assert seen(tmp_path) == 60
    assert seen(tmp_path) == 0
    assert seen(tmp_path, identity={"kind": "a", "path": "elsewhere"}) == 0
    # Another classifier, number, image or preprocessing is another entry.
    assert seen(tmp_path, identity={"kind": "b"}) == 60
    assert seen(tmp_path, count=59) == 59
    assert seen(tmp_path, seed=1) == 60
    assert seen(tmp_path) == 0


def test_preprocessing_is_part_of_the_key(tmp_path, monkeypatch):
    seen(tmp_path)
    monkeypatch.setattr(classifier_outputs, "PREPROCESSING", "bytes / 255")
    assert seen(tmp_path) == 60


@pytest.mark.parametrize("name", ["features.npy", "probabilities.npy", "record.json"])
def test_damaged_references_are_made_again(tmp_path, name):
    seen(tmp_path)
    (path,) = tmp_path.glob(f"references/*/{name}")
    content = bytearray(path.read_bytes())
    content[-5] ^= 255
    path.write_bytes(content)
    assert seen(tmp_path) == 60
    assert seen(tmp_path) == 0


def test_nothing_partial_is_kept(tmp_path):
    made = source()
    made.images = made.images.copy()
    made.images[40, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        classifier_outputs.classify_reference(
            made, 60, Brightness(), {"kind": "a"}, tmp_path, False
        )
    assert not list(tmp_path.glob("references/*"))


def test_a_full_disk_loses_no_result(tmp_path, capsys):
    (tmp_path / "references").write_text("a file")
    assert seen(tmp_path) == 60
    assert "was not written" in capsys.readouterr().err


def evaluation(tmp_path, metrics):
    settings = registry.Settings(kid_subset_size=20, kid_subsets=5, ssim_images=4)
    return Evaluation(
        metrics, settings, Brightness(), {"kind": "a"}, source(), 60, tmp_path, progress=False
    )


def test_scores(tmp_path):
    """Those of the metric functions on the classifier's outputs."""
    scores = evaluation(tmp_path, list(registry.METRICS))(source(80, 1), 80)
    probabilities = Brightness()(images(80, 1)).probabilities
    assert scores.failures == {}
    assert set(scores.results) == {n for m in registry.METRICS.values() for n in m.better}
    results = scores.results
    assert results["inception_score"] == inception_score.inception_score(probabilities)
    split = inception_score.inception_score_splits(probabilities, 10)
    assert results["inception_score_split_mean"] == split.mean
    similar = ms_ssim.ms_ssim_per_class(images(80, 1), probabilities.argmax(axis=1), 3, 4)
    assert results["ms_ssim_max"] == similar.maximum
    assert results["classes_found"] == 3
    assert scores.record["samples"] == {"name": "some images", "shuffled": False, "count": 80}
    assert json.loads(json.dumps(scores.record))["settings"]["kid_subset_size"] == 20


def test_a_set_against_itself(tmp_path):
    found = evaluation(tmp_path, ["fid", "prdc", "am", "is"])(source(), 60)
    assert abs(found.results["fid"]) < 1e-9
    assert found.results["precision"] == found.results["recall"] == 1
    assert found.results["am_score_divergence"] < 1e-12
    assert found.results["share_of_real_score"] == 1
    assert found.record["reference_results"]["am_score"] == found.results["am_score"]


def test_scores_that_cannot_be_taken_do_not_cost_the_others(tmp_path):
    dark = ArraySource(np.full((40, 16, 16, 1), -0.7, np.float32), "dark")
    found = evaluation(tmp_path, ["is", "ms_ssim"])(dark, 40)
    assert found.results["inception_score"] == pytest.approx(1)
    assert "0 images of class 1" in found.failures["ms_ssim"]


def test_images_that_do_not_fit(tmp_path):
    other = ArraySource(images(20)[:, :8], "cut")
    with pytest.raises(InputError, match=r"cut: images \[8, 16, 1\], expected \[16, 16, 1\]"):
        evaluation(tmp_path, ["is"])(other, 20)
    scores = evaluation(tmp_path, ["is"])
    scores.reference = other
    with pytest.raises(InputError, match="the classifier takes"):
        scores(other, 20)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"splits": 101}, "splits"),
        ({"splits": 0}, "splits"),
        ({"kid_subset_size": 51}, "kid_subset_size"),
        ({"kid_subset_size": 1}, "kid_subset_size"),
        ({"kid_subsets": 0}, "kid_subsets"),
        ({"nearest_k": 50}, "nearest_k"),
        ({"nearest_k": 5, "prdc_samples": 5}, "nearest_k"),
        ({"ssim_images": 1}, "ssim_images"),
    ],
)
def test_settings_are_checked_before_anything_runs(settings, name):
    good = {"kid_subset_size": 50}
    registry.check(registry.METRICS, 100, 50, registry.Settings(**good))
    with pytest.raises(InputError, match=f"--{name}="):
        registry.check(registry.METRICS, 100, 50, registry.Settings(**good | settings))


def test_names():
    registry.check_names(["is", "fid"])
    for names in (["is", "is"], [], ["IS"]):
        with pytest.raises(InputError, match="--metrics"):
            registry.check_names(names)
    assert registry.direction("fid") == "lower" and registry.direction("recall") == "higher"
