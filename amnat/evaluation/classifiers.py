"""Classifiers by a short text, the value of --classifier.

This module does not load TensorFlow until a classifier is opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.evaluation.sources import Source, path_digest
from amnat.metrics.classifier import Classifier

import numpy as np

SMALL_CNN = "small_cnn"
KINDS = {
    "inception": "the 2015 Inception graph, a classify_image_graph_def.pb",
    "tfhub": "TF-GAN's Inception module, by address or folder (tfhub without a path downloads it)",
    "densenet": "AM-GAN's own DenseNet, the folder of its meta graph and checkpoint",
}
HELP = (
    f"Classifier for the scores: {SMALL_CNN} (trained once on the reference data set), the .keras "
    "file that tools/train_classifier.py writes, another Keras file or SavedModel folder (whose "
    "input images are standardised by the reference), "
    + ", ".join(f"{kind}:PATH ({what})" for kind, what in KINDS.items())
    + "."
)


# What an identity also says of a classifier, and its outputs do not depend on.
_DESCRIPTIONS = ("path", "test_accuracy")


def what_outputs_depend_on(identity: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a classifier's identity that its outputs depend on, for keys and records."""
    return {name: value for name, value in identity.items() if name not in _DESCRIPTIONS}


def check_spec(spec: str, flag: str = "classifier") -> None:
    """Raises InputError about `flag` unless `spec` is a classifier that exists; see HELP."""
    if spec == SMALL_CNN or spec == "tfhub":
        return
    kind, path = split_spec(spec, flag)
    if kind == "tfhub" and "://" in path:
        return
    if not os.path.exists(path):
        raise InputError(f"--{flag}={spec}: {path}: no such file or folder")


def check_classes(spec: str, train: Dataset | None, flag: str = "classifier") -> None:
    """Raises InputError about `flag` if a classifier would be trained on data of one class."""
    if spec == SMALL_CNN and train is not None and train.num_classes < 2:
        raise InputError(
            f"--{flag}={SMALL_CNN} is trained on the classes of the reference, and {train.name} "
            "has one; give another classifier, such as inception:FILE"
        )


def is_imagenet(spec: str) -> bool:
    """Whether the classifier has ImageNet's classes, whatever the data."""
    return spec.partition(":")[0] in ("inception", "tfhub")


def split_spec(spec: str, flag: str = "classifier") -> tuple[str, str]:
    """(kind, path) of a spec; a plain path has kind 'model'."""
    kind, colon, path = spec.partition(":")
    if colon and kind in KINDS:
        return kind, path
    if os.path.exists(spec) or spec.endswith(".keras"):
        return "model", spec
    known = ", ".join([SMALL_CNN, "FILE.keras", *(f"{kind}:PATH" for kind in KINDS)])
    raise InputError(f"--{flag}={spec}: expected {known}")


def open_classifier(
    spec: str,
    reference: Source,
    train: Dataset | None,
    load_test: Callable[[], Dataset],
    cache_dir: str | os.PathLike[str],
) -> tuple[Classifier, dict[str, Any]]:
    """Opens a classifier.

    Args:
      spec: see HELP.
      reference: `Source` of the reference images, whose statistics some classifiers need.
      train: the reference `amnat.data.Dataset`, None if the reference is not a data set.
      load_test: callable without arguments that returns the data set's test split.
      cache_dir: folder for trained small classifiers.

    Returns:
      (Classifier, dict of JSON values that identify it). Its entry `sha256` is that of the weights
      or files: equal dicts mean equal outputs, also if `path` and `test_accuracy` differ.

    Raises:
      InputError: if the classifier cannot be read or does not fit the reference.
    """
    if spec == SMALL_CNN:
        return _small_cnn(train, load_test, cache_dir)
    kind, path = ("tfhub", "") if spec == "tfhub" else split_spec(spec)
    classifier, identity = _open(kind, path, reference)
    fits = train is None or classifier.num_classes == train.num_classes
    if train is not None and not fits and not is_imagenet(spec):
        raise InputError(
            f"--classifier={spec}: {classifier.num_classes} classes, expected the "
            f"{train.num_classes} of {train.name}; use one that was trained on it"
        )
    return classifier, identity


def _open(kind: str, path: str, reference: Source) -> tuple[Classifier, dict[str, Any]]:
    identity: dict[str, Any] = {"kind": kind, "path": path}
    if kind == "inception":
        from amnat.metrics.inception_graph import InceptionGraphClassifier

        identity |= {"sha256": path_digest(path), "resize": "in graph, 299x299, bilinear"}
        return InceptionGraphClassifier(path), identity
    if kind == "tfhub":
        from amnat.metrics.hub_classifier import INCEPTION_HANDLE, HubInceptionClassifier

        path = path or INCEPTION_HANDLE
        classifier = HubInceptionClassifier(path)
        # Some addresses are read where they are, without a copy.
        is_copied = os.path.isdir(classifier.folder)
        identity |= {"sha256": path_digest(classifier.folder)} if is_copied else {"handle": path}
        identity |= {"path": path, "resize": "299x299, TensorFlow 1 bilinear"}
        return classifier, identity
    return _standardised(kind, path, reference, identity)


def _small_cnn(
    train: Dataset | None, load_test: Callable[[], Dataset], cache_dir: str | os.PathLike[str]
) -> tuple[Classifier, dict[str, Any]]:
    from amnat.metrics.small_cnn import cached_small_cnn

    if train is None:
        raise InputError(
            f"--classifier={SMALL_CNN} is trained on the reference, which is not a data set; give "
            "another classifier"
        )
    check_classes(SMALL_CNN, train)
    classifier, accuracy = cached_small_cnn(cache_dir, train, load_test())
    identity = {
        "kind": SMALL_CNN,
        "trained_on": train.name,
        "test_accuracy": accuracy,
        "sha256": classifier.digest(),
    }
    return classifier, identity


def _standardised(
    kind: str, path: str, reference: Source, identity: dict[str, Any]
) -> tuple[Classifier, dict[str, Any]]:
    """A classifier that uses the channel statistics of the reference images, or its own."""
    from amnat.metrics.keras_classifier import KerasClassifier
    from amnat.metrics.meta_graph_classifier import DenseNetMetaGraphClassifier
    from amnat.metrics.saved_model_classifier import load_classifier

    identity |= {"sha256": path_digest(path)}
    assert reference.available is not None, "a reference has an end"
    images = np.concatenate(list(reference.batches(reference.available)))
    classifier: Classifier
    if kind == "densenet":
        classifier = DenseNetMetaGraphClassifier(path, images)
    else:
        classifier = load_classifier(path, reference_images=images)
    if isinstance(classifier, KerasClassifier):
        return classifier, classifier.metadata | identity
    return classifier, identity | {"standardised_by": reference.content_key()}
