"""A classifier from a Keras model, stored with its class names in one file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from amnat import json_text
from amnat.data.dataset import array_digest
from amnat.errors import InputError
from amnat.files import writing
from amnat.metrics.classifier import Classifier, ClassifierOutput
from amnat.metrics.keras_files import read_archive

import numpy as np
import tensorflow as tf
import tf_keras as keras

# A .keras file is a zip archive; Keras ignores entries that it does not know.
METADATA_ENTRY = "amnat_classifier.json"


class KerasClassifier(Classifier):
    """A Keras model whose outputs are {"logits": [N, K], "features": [N, F]}.

    The model takes float32 images [N, H, W, C] in [-1, 1] and contains its own standardisation, so
    two users of one file cannot preprocess differently.

    Args:
      model: the keras.Model.
      class_names: K names in the order of the logits; None numbers them.
      metadata: dict of JSON values that `save` stores with the weights (data, accuracy, etc.).

    Raises:
      InputError: if the model has other outputs, or the number of names differs from K.
    """

    def __init__(
        self,
        model: keras.Model,
        class_names: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ):
        shapes = model.output_shape
        if not isinstance(shapes, dict) or set(shapes) != {"logits", "features"}:
            raise InputError(
                f"classifier {model.name}: outputs {shapes}, expected a dict of "
                '"logits" [N, K] and "features" [N, F]'
            )
        self.model = model
        self.metadata = dict(metadata or {})
        self.num_classes = shapes["logits"][-1]
        self.class_names = tuple(class_names or map(str, range(self.num_classes)))
        if len(self.class_names) != self.num_classes:
            raise InputError(
                f"classifier {model.name}: {self.num_classes} classes, expected "
                f"{len(self.class_names)} (one per class name)"
            )
        self.image_shape = tuple(model.input_shape[1:])
        signature = tf.TensorSpec((None, *self.image_shape), tf.float32)
        self._forward = tf.function(self._outputs, input_signature=[signature])

    def _outputs(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        outputs = self.model(images, training=False)
        return tf.nn.softmax(outputs["logits"]), outputs["logits"], outputs["features"]

    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        return ClassifierOutput(*(output.numpy() for output in self._forward(images)))

    def digest(self) -> str:
        """The SHA-256 of the layers and weights, in hexadecimal digits.

        It is the same before `save` and after `load`, whatever names Keras has made up for layers.
        """
        config = self.model.get_config()
        names = {layer.name: f"layer {i}" for i, layer in enumerate(self.model.layers)}
        text = json_text.dumps(_renamed(config, names), sort_keys=True, default=str)
        weights = array_digest(*self.model.get_weights())
        return hashlib.sha256(f"{text} {weights}".encode()).hexdigest()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes model, class names and metadata to `path` (.keras) atomically.

        Raises: OutputError if that is not possible, e.g. because the disk is full.
        """
        with writing(str(path)):
            self._save(path)

    def _save(self, path: str | os.PathLike[str]) -> None:
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        record = {"class_names": list(self.class_names), "metadata": self.metadata}
        handle, partial = tempfile.mkstemp(prefix=".partial-", suffix=".keras", dir=folder)
        os.close(handle)
        try:
            self.model.save(partial, save_format="keras")
            with zipfile.ZipFile(partial, "a") as archive:
                archive.writestr(METADATA_ENTRY, json_text.dumps(record))
            os.chmod(partial, 0o644)
            os.replace(partial, path)
        finally:
            if os.path.exists(partial):
                os.remove(partial)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> KerasClassifier:
        """Reads a classifier that `save` wrote.

        Raises:
          InputError: if the file does not exist or is not a complete file of this kind.
        """
        if not os.path.isfile(path):
            raise InputError(f"{path}: no such file; expected a classifier (.keras)")
        try:
            with zipfile.ZipFile(path) as archive:
                record = json.loads(archive.read(METADATA_ENTRY))
                model = read_archive(archive, path)
        except InputError:
            raise
        except Exception as error:  # The readers of damaged files raise nearly anything.
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"{path}: not a classifier saved by amnat ({reason}); train it again"
            ) from error
        return cls(model, record["class_names"], record["metadata"])


def _renamed(config: Any, names: Mapping[str, str]) -> Any:
    """A configuration (nested dicts and sequences) with other names."""
    if isinstance(config, dict):
        return {key: _renamed(value, names) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_renamed(value, names) for value in config]
    return names.get(config, config) if isinstance(config, str) else config
