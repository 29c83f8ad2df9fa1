"""The TF-Hub Inception module: a tiny module with the same outputs, against NumPy."""

from amnat.errors import InputError
from amnat.metrics import hub_classifier
from amnat.metrics.hub_classifier import HubInceptionClassifier

import numpy as np
import pytest
import tensorflow as tf

FEATURES, CLASSES = 5, 1008
IMAGES = tf.TensorSpec((None, 299, 299, 3), tf.float32)


def weights(classes=CLASSES):
    random = np.random.RandomState(2)
    # Random masks: the features depend on where each pixel went, that is on the resize kernel.
    return (
        random.normal(0, 0.02, (FEATURES, 299, 299, 3)).astype(np.float32),
        random.normal(0, 1, (FEATURES, classes)).astype(np.float32),
    )


class TinyModule(tf.Module):
    """Outputs {"logits", "pool_3"} like tfgan/eval/inception/1; pool_3 with its 1 x 1 grid."""

    def __init__(self, classes=CLASSES, outputs=("logits", "pool_3")):
        super().__init__()
        self.masks, self.matrix = (tf.Variable(value) for value in weights(classes))
        self.names = outputs

    @tf.function(input_signature=[IMAGES])
    def __call__(self, images):
        features = tf.einsum("nhwc,fhwc->nf", images, self.masks)
        outputs = {"logits": features @ self.matrix, "pool_3": features[:, None, None]}
        return {name: outputs[name] for name in self.names}


def save(module, folder):
    tf.saved_model.save(module, str(folder))
    return str(folder)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return HubInceptionClassifier(save(TinyModule(), tmp_path_factory.mktemp("hub")))


def resize(images, offset):
    """Bilinear to 299 x 299; offset 0 is TensorFlow 1's kernel, 0.5 has half-pixel centres."""
    for axis in (1, 2):
        length = images.shape[axis]
        position = (np.arange(299) + offset) * (length / 299) - offset
        low = np.floor(position).astype(int)
        weight = (position - low).reshape([-1 if a == axis else 1 for a in range(4)])
        ends = (images.take(np.clip(low + i, 0, length - 1), axis) for i in (0, 1))
        images = next(ends) * (1 - weight) + next(ends) * weight
    return images


def expected(images, offset=0.0):
    masks, matrix = (value.astype(np.float64) for value in weights())
    resized = resize(np.asarray(images, np.float64), offset)
    features = np.tensordot(resized, masks, ((1, 2, 3), (1, 2, 3)))
    logits = features @ matrix
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True), logits, features


def pictures(shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(3, 32, 32, 3), (1, 20, 28, 3)])
def test_outputs_equal_numpy(classifier, shape):
    output = classifier(pictures(shape))
    assert [array.shape[1] for array in output] == [CLASSES, CLASSES, FEATURES]
    for actual, wanted in zip(output, expected(pictures(shape)), strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-3, atol=2e-3)


def test_the_resize_kernel_is_that_of_tensorflow_1(classifier):
    images = pictures((3, 32, 32, 3))
    features = classifier(images).features
    error = [np.abs(features - expected(images, offset)[2]).max() for offset in (0, 0.5)]
    assert error[0] < 2e-3 < 0.1 < error[1]


def test_grey_images_are_repeated_and_batches_do_not_matter(classifier, monkeypatch):
    grey = pictures((3, 28, 28, 1))
    monkeypatch.setattr(classifier, "batch_size", 2)
    wanted = expected(np.concatenate([grey] * 3, axis=-1))
    np.testing.assert_allclose(classifier(grey).features, wanted[2], rtol=1e-3, atol=2e-3)


def test_other_channels(classifier):
    with pytest.raises(InputError, match="2 channels, expected 3"):
        classifier(pictures((2, 8, 8, 2)))


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="missing: no such folder.*tfgan/eval/inception/1"):
        HubInceptionClassifier(str(tmp_path / "missing"))


def test_folder_without_a_model(tmp_path):
    with pytest.raises(InputError, match="cannot load this TF-Hub module.*BUILD.md"):
        HubInceptionClassifier(str(tmp_path))


def test_truncated_model(tmp_path):
    path = tmp_path / "saved_model.pb"
    save(TinyModule(), tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot load this TF-Hub module"):
        HubInceptionClassifier(str(tmp_path))


def test_no_network(monkeypatch):
    def refuse(handle):
        raise OSError("Connection refused\nwith details")

    monkeypatch.setattr(hub_classifier.hub, "load", refuse)
    with pytest.raises(InputError, match=r"inception/1: cannot load .*\(Connection refused\)"):
        HubInceptionClassifier()


@pytest.mark.parametrize("missing, present", [("pool_3", "logits"), ("logits", "pool_3")])
def test_missing_output(tmp_path, missing, present):
    with pytest.raises(InputError, match=f"no output {missing} in"):
        HubInceptionClassifier(save(TinyModule(outputs=(present,)), tmp_path))


def test_module_that_cannot_be_called(tmp_path):
    with pytest.raises(InputError, match="does not classify images"):
        HubInceptionClassifier(save(tf.Module(), tmp_path))


def test_other_class_count(tmp_path):
    with pytest.raises(InputError, match="1000 classes, expected 1008"):
        HubInceptionClassifier(save(TinyModule(classes=1000), tmp_path))
