"""The DenseNet of AM-GAN's authors: a tiny meta graph and checkpoint like it, against NumPy."""

import os

from amnat import data
from amnat.errors import InputError
from amnat.metrics.meta_graph_classifier import DenseNetMetaGraphClassifier, channel_statistics

import numpy as np
import pytest
import tensorflow as tf

SHAPE, CLASSES = (4, 4, 3), 10
NAMES = tuple("abcdefghij")
tf1 = tf.compat.v1


def weights():
    random = np.random.RandomState(3)
    return random.normal(0, 1, (12, CLASSES)).astype(np.float32), np.arange(10, dtype=np.float32)


def build(features="Transition_to_classes", probabilities="Softmax", inputs="input_images"):
    """The nodes of the authors' network, in the current graph."""
    images = tf1.placeholder(tf.float32, (None, *SHAPE), inputs)
    is_training = tf1.placeholder(tf.bool, [], "Placeholder")
    # Stands for dropout and batch statistics: in training mode the outputs are useless.
    x = tf1.cond(is_training, lambda: 0 * images, lambda: tf.identity(images))
    with tf1.variable_scope(features):
        x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
        x = tf.reshape(x, (-1, 12), name="Reshape")
        matrix, bias = (
            tf1.get_variable(name, initializer=value, use_resource=False)
            for name, value in zip(("W", "bias"), weights(), strict=True)
        )
        logits = tf.matmul(x, matrix) + bias
    tf.nn.softmax(logits, name=probabilities)
    tf1.get_variable("momentum", initializer=np.zeros(3, np.float32), use_resource=False)


def write(folder, **names):
    folder.mkdir(exist_ok=True)
    with tf.Graph().as_default(), tf1.Session() as session:
        build(**names)
        session.run(tf1.global_variables_initializer())
        tf1.train.Saver().save(session, str(folder / "model.chkpt"))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "growth_rate=40_depth=40_dataset_C10+")


def pictures(count, seed=0):
    random = np.random.RandomState(seed)
    images = random.uniform(-1, 1, (count, *SHAPE)) * (0.9, 0.5, 0.2) + (0, 0.3, -0.6)
    return images.astype(np.float32)


def expected(images, reference):
    images, reference = (np.asarray(array, np.float64) for array in (images, reference))
    x = (images - reference.mean(axis=(0, 1, 2))) / reference.std(axis=(0, 1, 2))
    features = x.reshape(-1, 2, 2, 2, 2, 3).mean(axis=(2, 4)).reshape(-1, 12)
    matrix, bias = weights()
    logits = features @ matrix.astype(np.float64) + bias
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True), logits, features


def test_outputs_equal_numpy(folder, monkeypatch):
    reference, images = pictures(40), pictures(7, seed=1)
    classifier = DenseNetMetaGraphClassifier(str(folder), reference, NAMES)
    assert classifier.image_shape == SHAPE
    assert (classifier.num_classes, classifier.class_names) == (CLASSES, NAMES)
    monkeypatch.setattr(classifier, "batch_size", 3)
    for actual, wanted in zip(classifier(images), expected(images, reference), strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-5)


def test_the_statistics_are_those_of_the_reference_not_of_the_images(folder):
    images = pictures(6)
    features = [
        DenseNetMetaGraphClassifier(str(folder), reference)(images).features
        for reference in (images, pictures(6, seed=2))
    ]
    np.testing.assert_allclose(features[0].reshape(-1, 4, 3).mean(axis=(0, 1)), 0, atol=1e-6)
    assert np.abs(features[0] - features[1]).max() > 1e-3


def test_statistics_over_several_blocks():
    images = np.random.RandomState(4).normal(3, 0.01, (2500, 2, 3, 2)).astype(np.float32)
    mean, std = channel_statistics(images)
    wide = images.astype(np.float64)
    np.testing.assert_allclose(mean, wide.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, wide.std(axis=(0, 1, 2)), rtol=1e-9)


def test_the_path_in_the_checkpoint_file_may_be_another_machines(folder):
    (folder / "checkpoint").write_text('model_checkpoint_path: "/gone/model.chkpt"\n')
    DenseNetMetaGraphClassifier(str(folder), pictures(9))(pictures(2))
    (folder / "checkpoint").unlink()
    DenseNetMetaGraphClassifier(str(folder), pictures(9))(pictures(2))


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="missing: no such folder.*BUILD.md"):
        DenseNetMetaGraphClassifier(str(tmp_path / "missing"), pictures(9))


@pytest.mark.parametrize("extension", ["meta", "index", "data-00000-of-00001"])
def test_missing_file(folder, extension):
    (folder / f"model.chkpt.{extension}").unlink()
    with pytest.raises(InputError, match=rf"model\.chkpt\.{extension[:4]}.*no such file"):
        DenseNetMetaGraphClassifier(str(folder), pictures(9))


@pytest.mark.parametrize("extension", ["meta", "index", "data-00000-of-00001"])
def test_truncated_file(folder, extension):
    path = folder / f"model.chkpt.{extension}"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="model.chkpt.*not a whole DenseNet") as caught:
        DenseNetMetaGraphClassifier(str(folder), pictures(9))
    assert "Graph execution error" not in str(caught.value)


@pytest.mark.parametrize(
    "names, missing",
    [
        ({"inputs": "images"}, "input_images"),
        ({"probabilities": "Softmax_1"}, "Softmax"),
        ({"features": "Classes"}, "Transition_to_classes/Reshape"),
    ],
)
def test_missing_node(tmp_path, names, missing):
    with pytest.raises(InputError, match=f"no node '{missing}'"):
        DenseNetMetaGraphClassifier(str(write(tmp_path, **names)), pictures(9))


def test_other_class_count(folder):
    with pytest.raises(InputError, match="10 classes, expected 200"):
        DenseNetMetaGraphClassifier(str(folder), pictures(9), tuple(map(str, range(200))))


BAD_REFERENCES = {
    "bytes": (np.zeros((9, *SHAPE), np.uint8), "reference_images: pixels of type uint8"),
    "0 to 255": (128 + 127 * pictures(9), r"reference_images: .*expected \[-1, 1\]"),
    "grey": (pictures(9)[..., :1], r"expected \[N, 4, 4, 3\]"),
    "one value": (pictures(9) * (1, 0, 1) + (0, 0.7, 0), "channel 1 has one value, 0.7"),
}


@pytest.mark.parametrize("name", BAD_REFERENCES)
def test_bad_reference_images(folder, name):
    images, message = BAD_REFERENCES[name]
    with pytest.raises(InputError, match=message):
        DenseNetMetaGraphClassifier(str(folder), images)


def test_published_network(real_data_dir):
    folder = os.environ.get("AMNAT_DENSENET_DIR")
    if not folder:
        pytest.skip("set AMNAT_DENSENET_DIR to the folder of AM-GAN2's DenseNet for CIFAR-10")
    train, test = (data.load("cifar10", real_data_dir, split) for split in ("train", "test"))
    scaled = [((x.samples - 127.5) / 128).astype(np.float32) for x in (train, test)]
    classifier = DenseNetMetaGraphClassifier(folder, scaled[0], train.class_names)
    output = classifier(scaled[1][:500])
    assert output.features.shape == (500, 440)
    assert (output.probabilities.argmax(axis=1) == test.labels[:500]).mean() > 0.9
