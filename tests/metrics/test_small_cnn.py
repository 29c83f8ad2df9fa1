"""The small CNN: accuracy on real digits, repeatability, files, and scores of real images."""

import dataclasses
import os

from amnat import data
from amnat.errors import InputError
from amnat.metrics import small_cnn
from amnat.metrics.am_score import am_score
from amnat.metrics.frechet import frechet_inception_distance
from amnat.metrics.inception_score import inception_score
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.manifold import manifold_scores

import numpy as np
import pytest
import tf_keras as keras


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", split="train"), data.load("digits", split="test")


def same(first, second, images):
    pairs = zip(first(images), second(images), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_learns_the_digits(digits_classifier, digits):
    classifier, accuracy = digits_classifier
    assert accuracy >= 0.97
    assert classifier.metadata["test_accuracy"] == accuracy
    assert classifier.class_names == tuple("0123456789")
    assert (classifier.num_classes, classifier.image_shape) == (10, (32, 32, 1))
    output = classifier(digits[1].images)
    assert np.mean(output.probabilities.argmax(axis=1) == digits[1].labels) == accuracy
    assert output.features.shape == (360, 128)
    np.testing.assert_allclose(output.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_real_digits_score_as_real_images_should(digits_classifier, digits):
    """Near the best value of each score; noise is far from it."""
    classifier, _ = digits_classifier
    train, test = (classifier(part.images).probabilities for part in digits)
    noise = np.random.RandomState(0).uniform(-1, 1, (200, 32, 32, 1)).astype(np.float32)
    noise = classifier(noise).probabilities
    assert am_score(test, train).score < 0.1 < 1 < am_score(noise, train).score
    assert inception_score(test) > 9.5 > 5 > inception_score(noise)


def test_the_seed_decides_the_weights():
    first, second, other = (
        small_cnn.build_small_cnn((8, 8, 3), 4, [0.0] * 3, [1.0] * 3, seed).get_weights()
        for seed in (5, 5, 6)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    kernels = [i for i, weights in enumerate(first) if weights.ndim > 1]
    assert len(kernels) == 5
    assert not any(np.array_equal(first[i], other[i]) for i in kernels)


def test_saves_and_loads(digits_classifier, digits, tmp_path):
    classifier, _ = digits_classifier
    path = tmp_path / "new folder" / "digits.keras"
    classifier.save(path)
    loaded = KerasClassifier.load(path)
    assert same(classifier, loaded, digits[1].images)
    assert loaded.class_names == classifier.class_names
    assert loaded.metadata == classifier.metadata
    assert os.listdir(path.parent) == ["digits.keras"]


def test_the_digest_is_that_of_what_the_outputs_depend_on(tmp_path):
    def build(seed=0, mean=0.0):
        model = small_cnn.build_small_cnn((8, 8, 1), 2, [mean], [1.0], seed)
        return KerasClassifier(model, "ab", {"built": seed})

    classifier = build()
    classifier.save(tmp_path / "a.keras")
    # The second one has other generated names.
    same = [classifier, KerasClassifier.load(tmp_path / "a.keras"), build()]
    assert len({each.digest() for each in same}) == 1
    weights = build()
    weights.model.layers[-1].bias.assign_add([1e-6, 0.0])
    others = [build(seed=1), build(mean=0.5), weights]
    assert len({each.digest() for each in (classifier, *others)}) == 4


def test_a_failed_save_leaves_the_old_file(digits_classifier, tmp_path, monkeypatch):
    classifier, _ = digits_classifier
    path = tmp_path / "digits.keras"
    path.write_bytes(b"old")
    monkeypatch.setattr(classifier, "metadata", {"not JSON": object()})
    with pytest.raises(TypeError):
        classifier.save(path)
    assert os.listdir(tmp_path) == ["digits.keras"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "another model"])
def test_unreadable_files(digits_classifier, damage, tmp_path):
    path = tmp_path / "digits.keras"
    if damage == "another model":
        keras.Sequential([keras.layers.Dense(2, input_shape=(3,))]).save(path)
    elif damage != "missing":
        digits_classifier[0].save(path)
        whole = path.read_bytes()
        half = whole[: len(whole) // 2]
        path.write_bytes({"empty": b"", "text": b"weights", "cut": half}[damage])
    with pytest.raises(InputError, match=f"^{path}: ") as error:
        KerasClassifier.load(path)
    assert "\n" not in str(error.value)


def test_models_that_are_no_classifiers():
    model = small_cnn.build_small_cnn((8, 8, 3), 4, [0.0] * 3, [1.0] * 3, seed=0)
    with pytest.raises(InputError, match="4 classes, expected 3"):
        KerasClassifier(model, ["a", "b", "c"])
    with pytest.raises(InputError, match='expected a dict of "logits"'):
        KerasClassifier(keras.Model(model.inputs, model.output["logits"]))


def test_equal_content_is_read_from_the_cache_and_trains_equally(digits, tmp_path):
    train, test = digits[0].subset(slice(0, 128)), digits[1]
    settings = {"seed": 5, "epochs": 1, "progress": False}
    first, accuracy = small_cnn.cached_small_cnn(tmp_path, train, test, **settings)
    (name,) = os.listdir(tmp_path)
    modified = os.stat(tmp_path / name).st_mtime_ns
    cached, again = small_cnn.cached_small_cnn(tmp_path, train, test, **settings)
    assert (again, os.stat(tmp_path / name).st_mtime_ns) == (accuracy, modified)
    assert same(first, cached, test.images)
    trained, again = small_cnn.train_small_cnn(train, test, **settings)
    assert again == accuracy
    assert same(first, trained, test.images)


def test_other_content_has_another_key(digits):
    train = digits[0].subset(slice(0, 128))
    keys = {
        small_cnn.content_key(train),
        small_cnn.content_key(train, epochs=2),
        small_cnn.content_key(train, seed=1),
        small_cnn.content_key(train.subset(slice(0, 127))),
        small_cnn.content_key(train.subset(slice(None, None, -1))),
    }
    assert len(keys) == 5
    copy = train.subset(np.arange(128))
    assert small_cnn.content_key(copy, 0, small_cnn.default_epochs(128)) in keys


def test_shifts_move_whole_images():
    images = np.random.RandomState(0).standard_normal((400, 6, 7, 2))
    shifted = small_cnn.random_shifts(images, 2, np.random.default_rng(0))
    offsets = [(y, x) for y in range(5) for x in range(5)]
    found = set()
    for image, moved in zip(images, shifted, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
        windows = {(y, x): padded[y : y + 6, x : x + 7] for y, x in offsets}
        (offset,) = [o for o, window in windows.items() if np.array_equal(moved, window)]
        found.add(offset)
    assert found == set(offsets)


def test_data_that_does_not_fit(digits):
    train, test = digits
    points = data.load("toy", split="test").subset(slice(0, 10))
    with pytest.raises(InputError, match="expected images of at least 8x8"):
        small_cnn.train_small_cnn(points, points)
    colour = np.repeat(train.samples, 3, axis=3)
    with pytest.raises(InputError, match="digits.*expected those of the training images"):
        small_cnn.train_small_cnn(dataclasses.replace(train, samples=colour), test)
    with pytest.raises(InputError, match="epochs: 0"):
        small_cnn.train_small_cnn(train, test, epochs=0)


def test_real_mnist_against_itself(digits_classifier, real_data_dir):
    images = data.load("mnist", real_data_dir, "test").images
    features = digits_classifier[0](images).features
    assert abs(frechet_inception_distance(features, features.copy())) < 1e-3
    scores = manifold_scores(features, features.copy())
    assert (scores.precision, scores.recall) == (1, 1)


@pytest.mark.slow
def test_learns_mnist(real_data_dir):
    train, test = (data.load("mnist", real_data_dir, split) for split in ("train", "test"))
    _, accuracy = small_cnn.train_small_cnn(train, test, progress=False)
    assert accuracy >= 0.985
