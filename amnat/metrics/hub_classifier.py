"""The Inception network of 2015 as TensorFlow GAN publishes it: a TensorFlow Hub module."""

from __future__ import annotations

import os
import warnings
from typing import Any

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput
from amnat.metrics.graph_session import reason
from amnat.metrics.inception_graph import NUM_CLASSES, to_rgb

import numpy as np
import tensorflow as tf

with warnings.catch_warnings():
    # TF-Hub still uses it; no user can fix that.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated")
    import tensorflow_hub as hub

INCEPTION_HANDLE = "https://tfhub.dev/tensorflow/tfgan/eval/inception/1"
IMAGE_SIZE = 299


class HubInceptionClassifier(Classifier):
    """tfgan/eval/inception/1: 1008 classes, 2048 features, from its handle or a local copy.

    It takes images [N, H, W, 1 or 3] in [-1, 1] of any size. They are resized to 299 x 299 with the
    bilinear kernel of TensorFlow 1 (align_corners and half_pixel_centers False), as in the
    published graph and in TF-GAN's examples. tf.image.resize of TensorFlow 2 has a different kernel
    and gives different scores.

    The logits are those of the module. `InceptionGraphClassifier` leaves out the bias, so only
    compare Inception Scores of the same classifier. According to TF-GAN, the weights are the same.

    Args:
      handle: a TF-Hub address, which is downloaded once (TFHUB_CACHE_DIR is the folder for it), or
        the folder of a SavedModel with the same outputs, {"logits": [N, 1008], "pool_3":
        [N, ...]}.

    Attributes:
      folder: the folder of the module, which is that of the downloaded copy for an address.

    Raises:
      InputError: if the folder does not exist; if the module cannot be downloaded or read, cannot
        be called with images or lacks an output; or if it has other than 1008 classes.
    """

    num_classes = NUM_CLASSES
    class_names = tuple(map(str, range(NUM_CLASSES)))
    image_shape = (None, None, None)
    # One image needs 5.5 MB in the largest layer, 147 x 147 x 64, and a few such tensors are alive.
    batch_size = 50

    def __init__(self, handle: str = INCEPTION_HANDLE):
        # The functions of a module hold its variables weakly; this reference keeps them alive.
        self._module, self.folder = _load(handle)
        signature = tf.TensorSpec((None, None, None, 3), tf.float32)
        # AutoGraph would wrap the module's errors in text that starts with "in user code".
        self._forward = tf.function(self._outputs, input_signature=[signature], autograph=False)
        try:
            outputs = self._forward(tf.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 3)))
        except Exception as error:  # A module may be any code.
            raise InputError(
                f"{handle}: does not classify images [N, {IMAGE_SIZE}, {IMAGE_SIZE}, 3] into "
                f'"logits" and "pool_3" ({reason(error)}); expected tfgan/eval/inception/1'
            ) from error
        if outputs.logits.shape[-1] != NUM_CLASSES:
            raise InputError(
                f"{handle}: {outputs.logits.shape[-1]} classes, expected {NUM_CLASSES}; "
                "use tfgan/eval/inception/1"
            )

    def _outputs(self, images: tf.Tensor) -> ClassifierOutput:
        size = (IMAGE_SIZE, IMAGE_SIZE)
        outputs = self._module(
            tf.raw_ops.ResizeBilinear(
                images=images, size=size, align_corners=False, half_pixel_centers=False
            )
        )
        missing = {"logits", "pool_3"} - set(outputs)
        if missing:
            raise ValueError(f"no output {' and '.join(sorted(missing))} in {sorted(outputs)}")
        # TF-GAN flattens the outputs too, because pool_3 may be [N, 1, 1, 2048].
        logits, features = (
            tf.reshape(outputs[name], (tf.shape(images)[0], -1)) for name in ("logits", "pool_3")
        )
        return ClassifierOutput(tf.nn.softmax(logits), logits, features)

    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        return ClassifierOutput(*(output.numpy() for output in self._forward(to_rgb(images))))


def _load(handle: str) -> tuple[Any, str]:
    """Loads (the module at an address or in a folder, its folder)."""
    if "://" not in handle and not os.path.isdir(handle):
        raise InputError(
            f"{handle}: no such folder; expected an unpacked TF-Hub module or an address like "
            f"{INCEPTION_HANDLE}"
        )
    try:
        return hub.load(handle), hub.resolve(handle)
    except Exception as error:  # The network, the archive and the model raise different errors.
        raise InputError(
            f"{handle}: cannot load this TF-Hub module ({reason(error)}); without a network, "
            "give the folder of an unpacked copy (BUILD.md)"
        ) from error
