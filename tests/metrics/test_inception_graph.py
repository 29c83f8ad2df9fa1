"""The frozen Inception graph: a tiny graph with the same nodes, against NumPy."""

import os

from amnat.errors import InputError
from amnat.metrics.inception_graph import InceptionGraphClassifier, _logits_and_features

import numpy as np
import pytest
import tensorflow as tf

SIZE, FEATURES, CLASSES = 12, 6, 1008


def weights(classes=CLASSES):
    random = np.random.RandomState(1)
    return {
        "conv": random.normal(0, 1, (1, 1, 3, FEATURES)).astype(np.float32),
        "mean": random.normal(0, 0.1, FEATURES).astype(np.float32),
        "variance": random.uniform(0.5, 2, FEATURES).astype(np.float32),
        "beta": random.normal(0, 0.3, FEATURES).astype(np.float32),
        "softmax": random.normal(0, 2, (FEATURES, classes)).astype(np.float32),
        "biases": random.normal(0, 3, classes).astype(np.float32),
    }


def attribute(value):
    kinds = {bool: "b", int: "i", float: "f", bytes: "s"}
    if type(value) in kinds:
        return tf.compat.v1.AttrValue(**{kinds[type(value)]: value})
    if isinstance(value, tf.DType):
        return tf.compat.v1.AttrValue(type=value.as_datatype_enum)
    if isinstance(value, tf.TensorShape):
        return tf.compat.v1.AttrValue(list={"shape": [value.as_proto()]})
    if isinstance(value, list):
        return tf.compat.v1.AttrValue(list={"i": value})
    return tf.compat.v1.AttrValue(tensor=tf.make_tensor_proto(value))


def add_node(graph, name, op, *inputs, **attributes):
    node = graph.node.add(name=name, op=op, input=inputs)
    for key, value in attributes.items():
        node.attr[key].CopyFrom(attribute(value))


def add_constant(graph, name, value, dtype=np.float32):
    value = np.asarray(value, dtype)
    dtype = tf.string if value.dtype.kind == "O" else tf.as_dtype(value.dtype)
    add_node(graph, name, "Const", dtype=dtype, value=value)


def add_input(graph):
    add_constant(graph, "DecodeJpeg/contents", b"", object)
    add_node(graph, "DecodeJpeg", "DecodeJpeg", "DecodeJpeg/contents", channels=3)
    add_node(graph, "Cast", "Cast", "DecodeJpeg", SrcT=tf.uint8, DstT=tf.float32)
    add_constant(graph, "ExpandDims/dim", 0, np.int32)
    add_node(graph, "ExpandDims", "ExpandDims", "Cast", "ExpandDims/dim", T=tf.float32)
    add_constant(graph, "ResizeBilinear/size", [SIZE, SIZE], np.int32)
    add_node(
        graph, "ResizeBilinear", "ResizeBilinear", "ExpandDims", "ResizeBilinear/size", T=tf.float32
    )
    add_constant(graph, "Sub/y", 128)
    add_node(graph, "Sub", "Sub", "ResizeBilinear", "Sub/y", T=tf.float32)
    add_constant(graph, "Mul/y", 1 / 128)
    add_node(graph, "Mul", "Mul", "Sub", "Mul/y", T=tf.float32)


def add_convolution(graph, values):
    add_constant(graph, "conv/conv2d_params", values["conv"])
    ones = [1, 1, 1, 1]
    add_node(
        graph, "conv/Conv2D", "Conv2D", "Mul", "conv/conv2d_params",
        T=tf.float32, strides=ones, padding=b"VALID",
    )  # fmt: skip
    names = [f"conv/batchnorm/{name}" for name in ("mean", "variance", "beta", "gamma")]
    for name in names[:3]:
        add_constant(graph, name, values[name.rsplit("/")[-1]])
    add_constant(graph, names[3], np.ones(FEATURES))
    add_node(
        graph, "conv/batchnorm", "BatchNormWithGlobalNormalization", "conv/Conv2D", *names,
        T=tf.float32, variance_epsilon=0.001, scale_after_normalization=False,
    )  # fmt: skip
    add_node(graph, "conv", "Relu", "conv/batchnorm", T=tf.float32)
    add_node(
        graph, "pool_3", "AvgPool", "conv", T=tf.float32, ksize=[1, SIZE, SIZE, 1],
        strides=ones, padding=b"VALID", _output_shapes=tf.TensorShape([1, 1, 1, FEATURES]),
    )  # fmt: skip


def add_classifier(graph, values):
    """Behind pool_3 the published graph reshapes to a constant batch of one."""
    add_constant(graph, "pool_3/_reshape/shape", [1, FEATURES], np.int32)
    add_node(graph, "pool_3/_reshape", "Reshape", "pool_3", "pool_3/_reshape/shape", T=tf.float32)
    add_constant(graph, "softmax/weights", values["softmax"])
    add_node(
        graph, "softmax/logits/MatMul", "MatMul", "pool_3/_reshape", "softmax/weights", T=tf.float32
    )
    add_constant(graph, "softmax/biases", values["biases"])
    add_node(
        graph, "softmax/logits", "BiasAdd", "softmax/logits/MatMul", "softmax/biases", T=tf.float32
    )
    add_node(graph, "softmax", "Softmax", "softmax/logits", T=tf.float32)


def tiny_graph(classes=CLASSES):
    graph, values = tf.compat.v1.GraphDef(), weights(classes)
    # The version of 2015: newer graphs may not use BatchNormWithGlobalNormalization.
    graph.versions.producer = 8
    add_input(graph)
    add_convolution(graph, values)
    add_classifier(graph, values)
    return graph


def write(graph, folder):
    path = folder / "classify_image_graph_def.pb"
    path.write_bytes(graph.SerializeToString())
    return str(path)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return InceptionGraphClassifier(write(tiny_graph(), tmp_path_factory.mktemp("inception")))


def tf1_resize(images, size):
    """Bilinear, source position = target position * scale: no half-pixel centres."""
    for axis in (1, 2):
        length = images.shape[axis]
        position = np.arange(size) * (length / size)
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, length - 1)
        weight = (position - low).reshape([-1 if a == axis else 1 for a in range(4)])
        images = images.take(low, axis) * (1 - weight) + images.take(high, axis) * weight
    return images


def expected(images):
    """(probabilities, logits, features) in float64."""
    values = {name: value.astype(np.float64) for name, value in weights().items()}
    # x * 128 + 128, then the graph's (x - 128) / 128: the images themselves, when not rounded.
    x = tf1_resize(np.asarray(images, np.float64), SIZE) @ values["conv"][0, 0]
    x = (x - values["mean"]) / np.sqrt(values["variance"] + 0.001) + values["beta"]
    features = np.maximum(x, 0).mean(axis=(1, 2))
    logits = features @ values["softmax"]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True), logits, features


def pictures(shape, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(5, 7, 7, 3), (1, 32, 32, 3), (4, 9, 6, 3)])
def test_outputs_equal_numpy(classifier, shape):
    output = classifier(pictures(shape))
    assert [array.shape[1] for array in output] == [CLASSES, CLASSES, FEATURES]
    for actual, wanted in zip(output, expected(pictures(shape)), strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=2e-5, atol=2e-5)


def test_grey_images_are_repeated(classifier):
    grey = pictures((3, 8, 8, 1))
    wanted = expected(np.concatenate([grey] * 3, axis=-1))
    np.testing.assert_allclose(classifier(grey).logits, wanted[1], rtol=2e-5, atol=2e-5)


def test_images_are_not_rounded_to_bytes(classifier):
    half_a_grey_level = np.full((1, 8, 8, 3), 0.5 / 128, np.float32)
    wanted = expected(half_a_grey_level)
    np.testing.assert_allclose(classifier(half_a_grey_level).features, wanted[2], atol=1e-6)


def test_any_number_of_images_goes_through_a_graph_made_for_one(classifier, monkeypatch):
    images = pictures((7, 8, 8, 3))
    together = classifier(images)
    monkeypatch.setattr(classifier, "batch_size", 3)
    for split, whole in zip(classifier(images), together, strict=True):
        np.testing.assert_allclose(split, whole, rtol=1e-5, atol=1e-6)


def test_a_recorded_batch_of_one_does_not_stay_in_the_static_shapes():
    with tf.Graph().as_default():
        pixels = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3))
        shapes = [tensor.shape.as_list() for tensor in _logits_and_features(tiny_graph(), pixels)]
    assert shapes == [[None, CLASSES], [None, FEATURES]]


def test_other_channels(classifier):
    with pytest.raises(InputError, match="4 channels, expected 3"):
        classifier(pictures((2, 8, 8, 4)))


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="missing.pb: no such file.*BUILD.md"):
        InceptionGraphClassifier(str(tmp_path / "missing.pb"))


@pytest.mark.parametrize("kind", ["truncated", "archive"])
def test_truncated_or_other_file(tmp_path, kind):
    path = tmp_path / "graph.pb"
    whole = tiny_graph().SerializeToString()
    path.write_bytes(whole[:-1000] if kind == "truncated" else b"\x1f\x8b\x08tgz")
    with pytest.raises(InputError, match="graph.pb: not a whole frozen graph"):
        InceptionGraphClassifier(str(path))


@pytest.mark.parametrize("name", ["ExpandDims", "pool_3", "softmax/logits/MatMul"])
def test_missing_node(tmp_path, name):
    graph = tiny_graph()
    for node in graph.node:
        if node.name == name:
            node.name = "renamed"
        node.input[:] = ["renamed" if source == name else source for source in node.input]
    with pytest.raises(InputError, match=f"no node '{name}'"):
        InceptionGraphClassifier(write(graph, tmp_path))


def test_empty_file(tmp_path):
    (tmp_path / "graph.pb").touch()
    with pytest.raises(InputError, match="no node 'ExpandDims' among the 0"):
        InceptionGraphClassifier(str(tmp_path / "graph.pb"))


def test_graph_with_an_edge_to_nowhere(tmp_path):
    graph = tiny_graph()
    del graph.node[[node.name for node in graph.node].index("Mul")]
    with pytest.raises(InputError, match="not the Inception graph"):
        InceptionGraphClassifier(write(graph, tmp_path))


def test_other_class_count(tmp_path):
    with pytest.raises(InputError, match="1001 classes, expected 1008"):
        InceptionGraphClassifier(write(tiny_graph(classes=1001), tmp_path))


def test_published_graph():
    path = os.environ.get("AMNAT_INCEPTION_GRAPH")
    if not path:
        pytest.skip("set AMNAT_INCEPTION_GRAPH to the published classify_image_graph_def.pb")
    classifier, images = InceptionGraphClassifier(path), pictures((3, 32, 32, 3))
    output = classifier(images)
    assert output.features.shape == (3, 2048) and output.features.min() >= 0
    np.testing.assert_allclose(output.probabilities.sum(axis=1), 1, rtol=1e-5)
    classifier.batch_size = 1
    np.testing.assert_allclose(classifier(images).features, output.features, rtol=1e-3, atol=1e-4)
