"""A classifier that is a Keras model, with its class names, in one file."""

import json
import os
import tempfile
import zipfile

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput
from amnat.metrics.keras_files import read_archive

import tensorflow as tf

# A .keras file is a zip archive; Keras ignores entries that it does not know.
METADATA_ENTRY = "amnat_classifier.json"


class KerasClassifier(Classifier):
    """A Keras model whose outputs are {"logits": [N, K], "features": [N, F]}.

    The model takes float32 images [N, H, W, C] in [-1, 1] and holds its own standardisation, so
    that two users of one file cannot preprocess differently.

    Args:
      model: the keras.Model.
      class_names: K names in the order of the logits; None numbers them.
      metadata: dict of JSON values that `save` keeps beside the weights (data, accuracy, ...).

    Raises:
      InputError: another number of names than the model has logits, or other outputs.
    """

    def __init__(self, model, class_names=None, metadata=None):
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

    def _outputs(self, images):
        outputs = self.model(images, training=False)
        return tf.nn.softmax(outputs["logits"]), outputs["logits"], outputs["features"]

    def _predict(self, images):
        return ClassifierOutput(*(output.numpy() for output in self._forward(images)))

    def save(self, path):
        """Writes model, class names and metadata to `path` (.keras), whole or not at all."""
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        record = {"class_names": list(self.class_names), "metadata": self.metadata}
        handle, partial = tempfile.mkstemp(suffix=".keras", dir=folder)
        os.close(handle)
        try:
            self.model.save(partial, save_format="keras")
            with zipfile.ZipFile(partial, "a") as archive:
                archive.writestr(METADATA_ENTRY, json.dumps(record))
            os.chmod(partial, 0o644)
            os.replace(partial, path)
        finally:
            if os.path.exists(partial):
                os.remove(partial)

    @classmethod
    def load(cls, path):
        """Reads a classifier that `save` wrote.

        Raises:
          InputError: no such file, or not a whole file of this kind.
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
