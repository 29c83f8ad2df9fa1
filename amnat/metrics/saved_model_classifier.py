"""Classifiers from elsewhere: any SavedModel folder or Keras model file."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput, check_images
from amnat.metrics.graph_session import reason
from amnat.metrics.keras_classifier import METADATA_ENTRY, KerasClassifier
from amnat.metrics.keras_files import load_keras_file
from amnat.metrics.meta_graph_classifier import channel_statistics

import numpy as np
import tensorflow as tf
import tf_keras as keras

SIGNATURES = ("serving_default", "classify")
PROBE_IMAGES = 4
# The shape of the probe if neither the model nor reference images determine it.
DEFAULT_SIZE, DEFAULT_CHANNELS = 32, 3
# A function of images that returns outputs by name.
_Call = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def load_classifier(
    path: str | os.PathLike[str],
    class_names: Sequence[str] | None = None,
    reference_images: np.ndarray | None = None,
    signature: str | None = None,
) -> KerasClassifier | SavedModelClassifier:
    """Loads a classifier from a file or folder: one that amnat trained, or one from elsewhere.

    Args:
      path, class_names, reference_images, signature: as for `SavedModelClassifier`. A classifier of
        amnat standardises images itself and does not use `reference_images`.

    Returns: KerasClassifier or SavedModelClassifier.
    Raises: InputError, as for these classes, or if the number of class names differs.
    """
    path = os.fspath(path)
    if not (os.path.isfile(path) and _is_own(path)):
        return SavedModelClassifier(path, class_names, reference_images, signature)
    classifier = KerasClassifier.load(path)
    _check_names(path, class_names, classifier.num_classes)
    return classifier


def _is_own(path: str) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return METADATA_ENTRY in archive.namelist()


class SavedModelClassifier(Classifier):
    """A trained model that maps images to logits or probabilities.

    The model takes one float32 tensor [N, H, W, C]. It returns one tensor [N, K], or several by
    name: `logits`, `probabilities` and, optionally, `features` [N, F]. An output with another name
    counts as probabilities if its rows are distributions for random images, and as logits
    otherwise. If there are no logits, log probabilities replace them (the softmax of both is the
    same). If there are no features, the logits replace them, and scores that compare features (FID,
    KID, precision) then compare logits.

    A SavedModel is a program: TensorFlow runs its operations, which may read and write files. Only
    load models that you trust. Keras files that could run code are refused.

    Args:
      path: a SavedModel folder, or a Keras file with architecture and weights (.keras, .h5).
      class_names: K names in the order of the logits; None numbers them.
      reference_images: float array [N, H, W, C] in [-1, 1], the images that the model was trained
        on. All images are standardised per channel with their mean and standard deviation. With
        None, images are passed as they are, in [-1, 1].
      signature: the name of a SavedModel's signature. None uses `serving_default`, `classify` or
        the only signature; without any signature the model itself is called.

    Raises:
      InputError: if the path does not exist or is not a model; if there is no signature or several
        to choose from; if the input is not one tensor of float images; if outputs have other ranks
        or names; if the number of names differs from K; or if reference images have another size,
        number of channels or range.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        class_names: Sequence[str] | None = None,
        reference_images: np.ndarray | None = None,
        signature: str | None = None,
    ):
        self.path = os.fspath(path)
        if os.path.isdir(self.path):
            # This keeps the model alive, because its functions only hold its variables weakly.
            self._model, self._call, spec = _load_saved_model(self.path, signature)
        else:
            self._model = load_keras_file(self.path)
            self._call, spec = _keras_call(self._model, self.path)
        self.image_shape = _image_shape(spec, self.path)
        self._mean: float | np.ndarray = 0.0
        self._std: float | np.ndarray = 1.0
        if reference_images is not None:
            images = check_images(reference_images, self.image_shape, "reference_images")
            self._mean, self._std = _standardisation(images)
            self.image_shape = tuple(images.shape[1:])
        self._probe()
        _check_names(self.path, class_names, self.num_classes)
        self.class_names = tuple(class_names or map(str, range(self.num_classes)))

    def _probe(self) -> None:
        """Determines the meaning of the outputs with random images."""
        height, width, channels = self.image_shape
        shape = (height or DEFAULT_SIZE, width or DEFAULT_SIZE, channels or DEFAULT_CHANNELS)
        images = np.random.RandomState(0).uniform(-1, 1, (PROBE_IMAGES, *shape))
        try:
            outputs = self._run(images.astype(np.float32))
        except Exception as error:  # A model may be any code.
            raise InputError(
                f"{self.path}: does not take images [N, {', '.join(map(str, shape))}] "
                f"({reason(error)})"
            ) from error
        for name, output in outputs.items():
            if output.ndim != 2 or len(output) != PROBE_IMAGES:
                raise InputError(
                    f"{self.path}: output {name!r} has shape {list(output.shape)} for "
                    f"{PROBE_IMAGES} images, expected [{PROBE_IMAGES}, K]"
                )
        self._scores, self._are_logits = _find_scores(outputs, self.path)
        self.num_classes = outputs[self._scores].shape[1]
        if self.num_classes < 2:
            raise InputError(
                f"{self.path}: output {self._scores!r} has 1 class, expected 2 or more"
            )

    def _run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Runs the model on a batch; returns {name: float32 array}."""
        standardised = ((images - self._mean) / self._std).astype(np.float32)
        outputs = self._call(tf.constant(standardised))
        return {name: np.asarray(output, np.float32) for name, output in outputs.items()}

    def _predict(self, images: np.ndarray) -> ClassifierOutput:
        outputs = self._run(images)
        scores = outputs[self._scores].astype(np.float64)
        if not self._are_logits:
            scores = np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        probabilities, logits = (x.astype(np.float32) for x in (probabilities, scores))
        return ClassifierOutput(probabilities, logits, outputs.get("features", logits))


def _load_saved_model(path: str, signature: str | None) -> tuple[Any, _Call, tf.TensorSpec]:
    """Loads (the object, function of images -> {name: tensor}, TensorSpec of its input)."""
    if not os.path.isfile(os.path.join(path, "saved_model.pb")):
        raise InputError(f"{path}: not a SavedModel, there is no saved_model.pb in this folder")
    try:
        model = tf.saved_model.load(path)
    except Exception as error:  # Damaged files raise nearly anything.
        raise InputError(f"{path}: not a whole SavedModel ({reason(error)})") from error
    name = _choose_signature(list(model.signatures), signature, path)
    if name is None:
        return model, *_callable_model(model, path)
    function = model.signatures[name]
    arguments = function.structured_input_signature[1]
    if len(arguments) != 1:
        raise InputError(
            f"{path}: signature {name!r} takes {len(arguments)} tensors "
            f"({', '.join(sorted(arguments))}), expected one, of images"
        )
    ((key, spec),) = arguments.items()
    return model, lambda images: function(**{key: images}), spec


def _choose_signature(known: Sequence[str], wanted: str | None, path: str) -> str | None:
    listed = ", ".join(sorted(known)) or "none"
    if wanted is not None:
        if wanted not in known:
            raise InputError(f"{path}: no signature {wanted!r}, there are: {listed}")
        return wanted
    for name in SIGNATURES:
        if name in known:
            return name
    if len(known) > 1:
        raise InputError(
            f"{path}: several signatures ({listed}) and none of them is one of "
            f"{', '.join(SIGNATURES)}; say which to use"
        )
    return known[0] if known else None


def _callable_model(model: Any, path: str) -> tuple[_Call, tf.TensorSpec]:
    """(function of images -> {name: tensor}, TensorSpec) of a model without signatures."""
    for function in model.__call__.concrete_functions if callable(model) else ():
        specs = tf.nest.flatten(function.structured_input_signature)
        if len(specs) == 1 and isinstance(specs[0], tf.TensorSpec):
            return lambda images: _named(model(images)), specs[0]
    raise InputError(
        f"{path}: no signature, and the model cannot be called with images; expected a signature "
        f"{' or '.join(SIGNATURES)}, or a callable of one tensor"
    )


def _keras_call(model: keras.Model, path: str) -> tuple[_Call, tf.TensorSpec]:
    if len(model.inputs or ()) != 1:
        raise InputError(
            f"{path}: a model of {len(model.inputs or ())} inputs, expected one, of images"
        )
    function = tf.function(lambda images: model(images, training=False), autograph=False)
    spec = tf.TensorSpec(model.inputs[0].shape, model.inputs[0].dtype)
    return lambda images: _named(function(images), model.output_names), spec


def _named(outputs: Any, names: Sequence[str] | None = None) -> dict[str, tf.Tensor]:
    """A model's outputs by name, whatever structure it returned."""
    if isinstance(outputs, dict):
        return outputs
    outputs = tf.nest.flatten(outputs)
    if names is None or len(names) != len(outputs):
        names = [f"output_{index}" for index in range(len(outputs))]
    return dict(zip(names, outputs, strict=True))


def _image_shape(spec: tf.TensorSpec, path: str) -> tuple[int | None, ...]:
    if spec.shape.rank not in (None, 4) or spec.dtype != tf.float32:
        raise InputError(
            f"{path}: takes {spec.dtype.name} {spec.shape}, expected float32 images [N, H, W, C]"
        )
    return tuple(spec.shape[1:]) if spec.shape.rank else (None, None, None)


def _standardisation(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, std = channel_statistics(images)
    # Rounding gives a constant channel a standard deviation of up to about 1e-8.
    if std.min() < 1e-6:
        raise InputError(
            f"reference_images: channel {std.argmin()} has one value, {mean[std.argmin()]:g}, "
            "in all images; expected the training images"
        )
    return mean, std


def _find_scores(outputs: Mapping[str, np.ndarray], path: str) -> tuple[str, bool]:
    """(name of the output [N, K], whether it holds logits)."""
    for name in ("logits", "probabilities"):
        if name in outputs:
            return name, name == "logits"
    others = [name for name in outputs if name != "features"]
    if len(others) != 1:
        raise InputError(
            f"{path}: outputs {', '.join(map(repr, sorted(outputs)))}, expected 'logits' or "
            "'probabilities' and, optionally, 'features'"
        )
    scores = outputs[others[0]]
    sums_to_one = np.allclose(scores.sum(axis=1), 1, atol=1e-3)
    return others[0], not (scores.min() >= 0 and sums_to_one)


def _check_names(path: str, class_names: Sequence[str] | None, num_classes: int) -> None:
    if class_names is not None and len(class_names) != num_classes:
        raise InputError(
            f"{path}: {num_classes} classes, expected {len(class_names)} (one per class name); "
            "use a classifier of this data set"
        )
