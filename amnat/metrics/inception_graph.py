"""The Inception network of 2015 from its frozen graph, which published IS and FID are based on."""

from __future__ import annotations

import os

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput
from amnat.metrics.graph_session import check_nodes, new_session, reason

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

NUM_CLASSES = 1008
INPUT_NODE, FEATURE_NODE, LOGIT_NODE = "ExpandDims", "pool_3", "softmax/logits/MatMul"


def to_rgb(images: np.ndarray) -> np.ndarray:
    """Converts images [N, H, W, 1 or 3] to three channels; grey is repeated, as is usual.

    Raises:
      InputError: if there is another number of channels.
    """
    channels = images.shape[-1]
    if channels not in (1, 3):
        raise InputError(f"images: {channels} channels, expected 3 (RGB) or 1 (grey)")
    return np.repeat(images, 3, axis=-1) if channels == 1 else images


class InceptionGraphClassifier(Classifier):
    """classify_image_graph_def.pb of inception-2015-12-05.tgz, 1008 classes, 2048 features.

    It takes images [N, H, W, 1 or 3] in [-1, 1] of any size; the graph itself resizes them to
    299 x 299 (bilinear, no half-pixel centres, no antialiasing). As in the AM-GAN authors' code,
    the graph gets x * 128 + 128 as floats, without rounding. The logits are pool_3 @ W without the
    bias of the published classifier, as in the code of Salimans et al. 2016, which is the reference
    for the Inception Score. With the bias the scores differ.

    Args:
      path: the frozen GraphDef; BUILD.md says where to get it.

    Raises:
      InputError: if the file does not exist, is not a complete graph, lacks one of the nodes
        ExpandDims, pool_3 and softmax/logits/MatMul, or has other than 1008 classes.
    """

    num_classes = NUM_CLASSES
    class_names = tuple(map(str, range(NUM_CLASSES)))
    image_shape = (None, None, None)
    # One image needs 5.5 MB in the largest layer, 147 x 147 x 64, and a few such tensors are alive.
    batch_size = 50

    def __init__(self, path: str | os.PathLike[str]):
        graph_def = _read_graph(path)
        graph = tf.Graph()
        with graph.as_default():
            self._pixels = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3])
            try:
                logits, features = _logits_and_features(graph_def, self._pixels)
            except Exception as error:  # Importing a damaged graph raises nearly anything.
                raise InputError(
                    f"{path}: not the Inception graph ({reason(error)}); download it again"
                ) from error
            if logits.shape[-1] != NUM_CLASSES:
                raise InputError(
                    f"{path}: {logits.shape[-1]} classes, expected {NUM_CLASSES}; "
                    "use the graph of inception-2015-12-05.tgz"
                )
            self._outputs = ClassifierOutput(tf.nn.softmax(logits), logits, features)
        self._session = new_session(graph)

    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        pixels = to_rgb(images) * np.float32(128) + np.float32(128)
        return self._session.run(self._outputs, {self._pixels: pixels})


def _read_graph(path: str | os.PathLike[str]) -> tf.compat.v1.GraphDef:
    """Reads the tf.GraphDef in the file `path`, and checks that it has the required nodes."""
    if not os.path.isfile(path):
        raise InputError(
            f"{path}: no such file; expected classify_image_graph_def.pb (BUILD.md says where "
            "to get it)"
        )
    graph_def = tf.compat.v1.GraphDef()
    try:
        with open(path, "rb") as file:
            graph_def.ParseFromString(file.read())
    except (OSError, DecodeError) as error:
        raise InputError(
            f"{path}: not a whole frozen graph ({reason(error)}); unpack "
            "inception-2015-12-05.tgz again and give its classify_image_graph_def.pb"
        ) from error
    check_nodes(graph_def, (INPUT_NODE, FEATURE_NODE, LOGIT_NODE), path)
    return graph_def


def _logits_and_features(
    graph_def: tf.compat.v1.GraphDef, pixels: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Imports the graph on top of `pixels`; returns tensors [N, 1008] and [N, 2048].

    The published graph reads one JPEG at a time. Its input node is the decoded picture with an
    added batch dimension of 1, and after pool_3 it reshapes to a constant [1, 2048], which fails
    for a batch. Code for TensorFlow 1 overwrote the static shapes of all tensors in place, which
    TensorFlow 2 does not allow. Nothing up to pool_3 depends on the batch size, so a placeholder
    with any batch size replaces the input node, and the shapes are inferred again from it. This
    function then makes the operations after pool_3, the reshape and the product with W.
    """
    for node in graph_def.node:
        # Recorded shapes would be merged into the inferred ones and bring back the batch size 1.
        node.attr.pop("_output_shapes", None)
    pool, product = tf.import_graph_def(
        graph_def,
        input_map={f"{INPUT_NODE}:0": pixels},
        return_elements=[f"{FEATURE_NODE}:0", LOGIT_NODE],
        name="",
    )
    features = tf.squeeze(pool, axis=[1, 2])
    return tf.matmul(features, product.inputs[1]), features
