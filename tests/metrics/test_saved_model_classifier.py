"""Classifiers from elsewhere: tiny SavedModels and Keras files, against NumPy."""

import json
import zipfile

from amnat.errors import InputError
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.keras_files import check_config, load_keras_file
from amnat.metrics.saved_model_classifier import SavedModelClassifier, load_classifier

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

SHAPE, CLASSES = (4, 4, 3), 5
IMAGES = tf.TensorSpec((None, *SHAPE), tf.float32)
MATRIX = np.random.RandomState(3).normal(size=(3, CLASSES)).astype(np.float32)


class Tiny(tf.Module):
    """Mean colour times a matrix; `outputs` says what comes back, by which name."""

    def __init__(self, **outputs):
        super().__init__()
        self.matrix = tf.Variable(MATRIX)
        self.named = outputs

    def compute(self, images):
        features = tf.reduce_mean(images, axis=(1, 2))
        logits = features @ self.matrix
        parts = {"features": features, "logits": logits, "softmax": tf.nn.softmax(logits)}
        parts["spatial"] = images
        return {name: parts[part] for name, part in self.named.items()}


def save(folder, signature="serving_default", **outputs):
    module = Tiny(**outputs)
    function = tf.function(module.compute).get_concrete_function(IMAGES)
    tf.saved_model.save(module, str(folder), signatures={signature: function})
    return folder


def pictures(count, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, (count, *SHAPE)).astype(np.float32)


def expected(images, reference=None):
    images = images.astype(np.float64)
    if reference is not None:
        reference = reference.astype(np.float64)
        images = (images - reference.mean(axis=(0, 1, 2))) / reference.std(axis=(0, 1, 2))
    features = images.mean(axis=(1, 2))
    logits = features @ MATRIX.astype(np.float64)
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True), logits, features


def close(actual, wanted):
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    folder = tmp_path_factory.mktemp("complete")
    return save(folder, logits="logits", features="features", probabilities="softmax")


def test_outputs_equal_numpy(complete):
    names = tuple("abcde")
    classifier = load_classifier(complete, names)
    assert (classifier.num_classes, classifier.class_names) == (CLASSES, names)
    assert classifier.image_shape == SHAPE
    for actual, wanted in zip(classifier(pictures(7)), expected(pictures(7)), strict=True):
        close(actual, wanted)


def test_images_are_standardised_by_the_reference(complete):
    reference = pictures(40, seed=1) * np.float32([0.9, 0.5, 0.2]) + np.float32([0, 0.3, -0.6])
    classifier = SavedModelClassifier(complete, reference_images=reference)
    for actual, wanted in zip(
        classifier(pictures(7)), expected(pictures(7), reference), strict=True
    ):
        close(actual, wanted)


@pytest.mark.parametrize("part", ["logits", "softmax"])
def test_an_output_of_any_name_is_told_by_its_values(tmp_path, part):
    classifier = SavedModelClassifier(save(tmp_path, "classify", dense_3=part))
    output = classifier(pictures(7))
    probabilities, logits, _ = expected(pictures(7))
    wanted = logits if part == "logits" else np.log(probabilities)
    close(output.probabilities, probabilities)
    close(output.logits, wanted)
    np.testing.assert_array_equal(output.features, output.logits)


def test_a_probability_of_zero_has_a_finite_logit(tmp_path):
    inputs = keras.Input(SHAPE)
    chances = keras.layers.Softmax()(1e4 * keras.layers.Flatten()(inputs))
    keras.Model(inputs, chances).save(tmp_path / "model.keras")
    output = load_classifier(tmp_path / "model.keras")(pictures(5))
    assert np.isfinite(output.logits).all()
    np.testing.assert_allclose(output.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_a_callable_without_signature(tmp_path):
    module = Tiny(logits="logits")
    # A second function: TensorFlow makes a signature of the only one.
    module.other = tf.function(lambda images: images, input_signature=[IMAGES])
    module.__call__ = tf.function(module.compute, input_signature=[IMAGES])
    tf.saved_model.save(module, str(tmp_path))
    close(SavedModelClassifier(tmp_path)(pictures(7)).logits, expected(pictures(7))[1])


def keras_model():
    inputs = keras.Input(SHAPE)
    features = keras.layers.GlobalAveragePooling2D(name="features")(inputs)
    outputs = keras.layers.Dense(CLASSES, use_bias=False, name="scores")(features)
    model = keras.Model(inputs, [outputs, features])
    model.set_weights([MATRIX])
    return model


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_keras_files(tmp_path, name):
    path = tmp_path / name
    keras_model().save(path)
    outputs = load_classifier(path)(pictures(7))
    for actual, wanted in zip(outputs, expected(pictures(7)), strict=True):
        close(actual, wanted)


def test_a_keras_model_as_a_saved_model(tmp_path):
    model = keras_model()
    keras.Model(model.inputs, model.outputs[0]).export(tmp_path / "one output")
    output = SavedModelClassifier(tmp_path / "one output")(pictures(7))
    close(output.probabilities, expected(pictures(7))[0])


def test_amnats_own_file(tmp_path):
    inputs = keras.Input(SHAPE)
    features = keras.layers.Flatten()(inputs)
    logits = keras.layers.Dense(CLASSES)(features)
    model = keras.Model(inputs, {"logits": logits, "features": features})
    KerasClassifier(model).save(tmp_path / "own.keras")
    assert isinstance(load_classifier(tmp_path / "own.keras"), KerasClassifier)
    with pytest.raises(InputError, match=r"own.keras: 5 classes, expected 2 \(one per class name"):
        load_classifier(tmp_path / "own.keras", ["a", "b"])


BAD_OUTPUTS = {
    "rank": ({"logits": "spatial"}, r"output 'logits' has shape \[4, 4, 4, 3\] for 4 images"),
    "feature rank": ({"logits": "logits", "features": "spatial"}, "output 'features' has shape"),
    "names": ({"a": "logits", "b": "softmax"}, "outputs 'a', 'b', expected 'logits' or"),
}


@pytest.mark.parametrize("name", BAD_OUTPUTS)
def test_other_outputs(tmp_path, name):
    outputs, message = BAD_OUTPUTS[name]
    with pytest.raises(InputError, match=message):
        SavedModelClassifier(save(tmp_path, **outputs))


def test_other_inputs(tmp_path):
    module = tf.Module()
    for name, specs in {
        "flat": [tf.TensorSpec((None, 12), tf.float32)],
        "bytes": [tf.TensorSpec((None, *SHAPE), tf.uint8)],
        "two": [IMAGES, tf.TensorSpec((), tf.float32, name="temperature")],
    }.items():
        setattr(module, name, tf.function(lambda x, *_: {"logits": x}, input_signature=specs))
    signatures = {name: getattr(module, name) for name in ("flat", "bytes", "two")}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    for signature, message in [
        ("flat", r"takes float32 \(None, 12\), expected float32 images"),
        ("bytes", r"takes uint8 \(None, 4, 4, 3\), expected float32 images"),
        ("two", "signature 'two' takes 2 tensors"),
        (None, r"several signatures \(bytes, flat, two\) and none of them is one of serving_def"),
        ("three", "no signature 'three', there are: bytes, flat, two"),
    ]:
        with pytest.raises(InputError, match=message):
            SavedModelClassifier(tmp_path, signature=signature)


def test_images_and_names_that_do_not_fit(complete):
    grey = pictures(9)[..., :1]
    with pytest.raises(InputError, match=r"reference_images: array of shape \[9, 4, 4, 1\]"):
        SavedModelClassifier(complete, reference_images=grey)
    constant = np.zeros((9, *SHAPE), np.float32)
    with pytest.raises(InputError, match="channel 0 has one value, 0, in all images"):
        SavedModelClassifier(complete, reference_images=constant)
    with pytest.raises(InputError, match=r"expected \[N, 4, 4, 3\]"):
        SavedModelClassifier(complete)(grey)
    with pytest.raises(InputError, match="5 classes, expected 10"):
        SavedModelClassifier(complete, class_names=list("0123456789"))


@pytest.mark.parametrize("name", ["missing", "model.keras", "model.h5", "folder", "cut"])
def test_what_is_no_model(tmp_path, name):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif name == "cut":
        path.mkdir()
        (path / "saved_model.pb").write_bytes(b"\x08\x01\x12")
    elif name != "missing":
        path.write_bytes(b"weights")
    with pytest.raises(InputError, match=f"^{path}: ") as error:
        load_classifier(path)
    assert "\n" not in str(error.value)


# Names that tf-keras would look up and use.
CONFIGS = {
    "lambda": {"class_name": "Lambda", "config": {"function": ["4wAAAA==", None, None]}},
    "function": {"module": "os", "class_name": "function", "config": "system"},
    "builtin": {"module": "builtins", "class_name": "function", "config": "exec"},
    "class": {"module": "subprocess", "class_name": "Popen", "config": {"args": "ls"}},
    "write": {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}},
    "library": {"class_name": "TFOpLambda", "config": {"function": "load_op_library"}},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_files_that_could_run_code_are_refused(tmp_path, name):
    path = tmp_path / "model.keras"
    keras_model().save(tmp_path / "good.keras")
    with zipfile.ZipFile(tmp_path / "good.keras") as good, zipfile.ZipFile(path, "w") as bad:
        for entry in good.namelist():
            content = good.read(entry)
            if entry == "config.json":
                config = json.loads(content)
                config["config"]["layers"][1]["config"]["activation"] = CONFIGS[name]
                content = json.dumps(config)
            bad.writestr(entry, content)
    with pytest.raises(InputError, match=f"^{path}: holds .* which could run any code"):
        load_keras_file(path)


def test_functions_of_tensors_are_allowed(tmp_path):
    inputs = keras.Input(SHAPE)
    x = tf.nn.relu(inputs * 2.0 + 1.0)[:, 1:]
    model = keras.Model(inputs, tf.reshape(tf.reduce_sum(x, axis=3), (-1, 12)))
    model.save(tmp_path / "model.keras")
    assert load_classifier(tmp_path / "model.keras").num_classes == 12
    check_config(json.loads(model.to_json()), "model")


def test_files_of_keras_3_are_told(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0"}))
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {}}))
    with pytest.raises(InputError, match=r"one of Keras 3.15.0: export it there with model.export"):
        load_classifier(path)
