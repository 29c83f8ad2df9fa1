"""The DenseNet with which AM-GAN's authors compute the AM Score: a meta graph and checkpoint."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput, check_images
from amnat.metrics.graph_session import check_nodes, new_session, reason

import numpy as np
import tensorflow as tf

CHECKPOINT_NAME = "model.chkpt"
INPUT_NODE, TRAINING_NODE = "input_images", "Placeholder"
PROBABILITY_NODE, FEATURE_NODE = "Softmax", "Transition_to_classes/Reshape"
STATISTICS_BLOCK = 1000


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of each channel, over all images and positions.

    Args:
      images: float array [N, H, W, C].

    Returns:
      Two float64 arrays [C].
    """
    sums = np.zeros((2, images.shape[-1]))
    for start in range(0, len(images), STATISTICS_BLOCK):
        # The images are converted in blocks: 50,000 CIFAR-10 images in float64 would need 1.2 GB.
        block = images[start : start + STATISTICS_BLOCK].astype(np.float64)
        sums += [block.sum(axis=(0, 1, 2)), np.square(block).sum(axis=(0, 1, 2))]
    mean, mean_of_squares = sums / np.prod(images.shape[:-1])
    return mean, np.sqrt(np.maximum(mean_of_squares - np.square(mean), 0))


class DenseNetMetaGraphClassifier(Classifier):
    """A TensorFlow 1 meta graph like the DenseNet-BC (40 layers, growth 40) for CIFAR-10.

    As in the authors' code, all images are standardised per channel with mean and standard
    deviation of the reference images (for generated images those of the training set), and the
    network runs in inference mode. All images are in [-1, 1], like the authors' data; the
    standardisation cancels the scale. The logits are the input of the Softmax node; the authors
    only use its probabilities.

    Args:
      folder: folder with `checkpoint`, model.chkpt.meta, .index and .data-00000-of-00001.
      reference_images: float array [N, H, W, C] in [-1, 1]; only its statistics are kept.
      class_names: K names in the order of the logits; None numbers them.

    Raises:
      InputError: if a file is missing or damaged; if there is no node input_images, Placeholder,
        Softmax or Transition_to_classes/Reshape; if the number of names differs from that of the
        classes; or if the reference images have another size or range, or a constant channel.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        reference_images: np.ndarray,
        class_names: Sequence[str] | None = None,
    ):
        prefix = _checkpoint_prefix(folder)
        graph, saver = _import_graph(f"{prefix}.meta")
        self._images, self._is_training, probabilities, features = (
            graph.get_tensor_by_name(f"{name}:0")
            for name in (INPUT_NODE, TRAINING_NODE, PROBABILITY_NODE, FEATURE_NODE)
        )
        self._outputs = ClassifierOutput(probabilities, probabilities.op.inputs[0], features)
        self.image_shape = tuple(self._images.shape[1:])
        self.num_classes = probabilities.shape[-1]
        self.class_names = tuple(class_names or map(str, range(self.num_classes)))
        if len(self.class_names) != self.num_classes:
            raise InputError(
                f"{prefix}.meta: {self.num_classes} classes, expected {len(self.class_names)} "
                "(one per class name); use the DenseNet of this data set"
            )
        self._mean, self._std = self._reference_statistics(reference_images)
        self._session = new_session(graph)
        try:
            # Outside a graph, the Saver would look for TensorFlow 2 variables.
            with graph.as_default():
                saver.restore(self._session, prefix)
        except Exception as error:  # The files may be truncated, pointers, or of another graph.
            raise _damaged(prefix, error) from error

    def _reference_statistics(self, reference_images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        reference_images = check_images(reference_images, self.image_shape, "reference_images")
        mean, std = channel_statistics(reference_images)
        # Rounding gives a constant channel a standard deviation of up to about 1e-8.
        if std.min() < 1e-6:
            raise InputError(
                f"reference_images: channel {std.argmin()} has one value, {mean[std.argmin()]:g}, "
                "in all images; expected the training images"
            )
        return mean, std

    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        standardised = (images - self._mean) / self._std
        return self._session.run(
            self._outputs, {self._images: standardised, self._is_training: False}
        )


def _checkpoint_prefix(folder: str | os.PathLike[str]) -> str:
    """Finds the path of the checkpoint in `folder`, without extension; all three files exist."""
    if not os.path.isdir(folder):
        raise InputError(
            f"{folder}: no such folder; expected the DenseNet of AM-GAN (BUILD.md says where to "
            "get it)"
        )
    state = tf.train.get_checkpoint_state(folder)
    # A `checkpoint` file may contain the path on the machine that wrote it.
    name = os.path.basename(state.model_checkpoint_path) if state else CHECKPOINT_NAME
    prefix = os.path.join(folder, name)
    for extension in (".meta", ".index", ".data-*"):
        if not glob.glob(glob.escape(prefix) + extension):
            raise InputError(
                f"{prefix}{extension}: no such file; expected {name}.meta, .index and "
                ".data-00000-of-00001 in this folder (BUILD.md says where to get them)"
            )
    return prefix


def _import_graph(path: str) -> tuple[tf.Graph, tf.compat.v1.train.Saver]:
    """Imports the meta graph and checks its nodes; returns the tf.Graph and its Saver."""
    meta_graph = tf.compat.v1.MetaGraphDef()
    try:
        with open(path, "rb") as file:
            meta_graph.ParseFromString(file.read())
    except Exception as error:
        raise _damaged(path, error) from error
    names = (INPUT_NODE, TRAINING_NODE, PROBABILITY_NODE, FEATURE_NODE)
    check_nodes(meta_graph.graph_def, names, path)
    types = {node.name: node.op for node in meta_graph.graph_def.node}
    if types[PROBABILITY_NODE] != "Softmax":
        raise InputError(
            f"{path}: node {PROBABILITY_NODE!r} is a {types[PROBABILITY_NODE]}, expected Softmax"
        )
    # Collections are only needed for training; one makes TensorFlow print a meaningless error.
    meta_graph.ClearField("collection_def")
    graph = tf.Graph()
    try:
        with graph.as_default():
            saver = tf.compat.v1.train.import_meta_graph(meta_graph, clear_devices=True)
    except Exception as error:  # Importing a damaged graph raises nearly anything.
        raise _damaged(path, error) from error
    return graph, saver


def _damaged(path: str, error: BaseException) -> InputError:
    return InputError(f"{path}: not a whole DenseNet of AM-GAN ({reason(error)}); get it again")
