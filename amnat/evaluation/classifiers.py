"""Classifiers by a short text, as --classifier takes it.

Loads no TensorFlow until one is opened.
"""

import os

from amnat.errors import InputError
from amnat.evaluation.sources import path_digest

import numpy as np

SMALL_CNN = "small_cnn"
KINDS = {
    "inception": "the 2015 Inception graph, a classify_image_graph_def.pb",
    "tfhub": "TF-GAN's Inception module, by address or folder (tfhub alone downloads it)",
    "densenet": "AM-GAN's own DenseNet, the folder of its meta graph and checkpoint",
}
HELP = (
    f"Who judges: {SMALL_CNN} (trained on the reference data set, once), the .keras file that "
    "tools/train_classifier.py writes, another Keras file or SavedModel folder (given images that "
    "are standardised by the reference), "
    + ", ".join(f"{kind}:PATH ({what})" for kind, what in KINDS.items())
    + "."
)


def check_spec(spec, flag="classifier"):
    """Raises InputError, naming `flag`, unless `spec` is a classifier that exists; see HELP."""
    if spec == SMALL_CNN or spec == "tfhub":
        return
    kind, path = split_spec(spec, flag)
    if kind == "tfhub" and "://" in path:
        return
    if not os.path.exists(path):
        raise InputError(f"--{flag}={spec}: {path}: no such file or folder")


def is_imagenet(spec):
    """Whether the classifier's classes are ImageNet's, whatever the data."""
    return spec.partition(":")[0] in ("inception", "tfhub")


def split_spec(spec, flag="classifier"):
    """(kind, path) of a spec; a plain path has kind 'model'."""
    kind, colon, path = spec.partition(":")
    if colon and kind in KINDS:
        return kind, path
    if os.path.exists(spec) or spec.endswith(".keras"):
        return "model", spec
    known = ", ".join([SMALL_CNN, "FILE.keras", *(f"{kind}:PATH" for kind in KINDS)])
    raise InputError(f"--{flag}={spec}: expected {known}")


def open_classifier(spec, reference, train, load_test, cache_dir):
    """Opens a classifier.

    Args:
      spec: see HELP.
      reference: `Source` of the reference images, whose statistics some classifiers take.
      train: the reference `amnat.data.Dataset`, None if the reference is none.
      load_test: callable without arguments, gives the data set's test split.
      cache_dir: folder for trained small classifiers.

    Returns:
      (Classifier, dict of JSON values that identify it: equal dicts, equal outputs).

    Raises:
      InputError: it cannot be read, or does not fit the reference.
    """
    if spec == SMALL_CNN:
        return _small_cnn(train, load_test, cache_dir)
    kind, path = ("tfhub", None) if spec == "tfhub" else split_spec(spec)
    classifier, identity = _open(kind, path, reference)
    own = not is_imagenet(spec) and train is not None
    if own and classifier.num_classes != train.num_classes:
        raise InputError(
            f"--classifier={spec}: {classifier.num_classes} classes, expected the "
            f"{train.num_classes} of {train.name}; use one that was trained on it"
        )
    return classifier, identity


def _open(kind, path, reference):
    identity = {"kind": kind, "path": path}
    if kind == "inception":
        from amnat.metrics.inception_graph import InceptionGraphClassifier

        identity |= {"sha256": path_digest(path), "resize": "in graph, 299x299, bilinear"}
        return InceptionGraphClassifier(path), identity
    if kind == "tfhub":
        from amnat.metrics.hub_classifier import INCEPTION_HANDLE, HubInceptionClassifier

        path = path or INCEPTION_HANDLE
        identity["path"] = path
        identity |= {"sha256": path_digest(path)} if os.path.isdir(path) else {"handle": path}
        identity["resize"] = "299x299, TensorFlow 1 bilinear"
        return HubInceptionClassifier(path), identity
    return _standardised(kind, path, reference, identity)


def _small_cnn(train, load_test, cache_dir):
    from amnat.metrics.small_cnn import cached_small_cnn, content_key

    if train is None:
        raise InputError(
            f"--classifier={SMALL_CNN} is trained on the reference, which is no data set; give "
            "another classifier"
        )
    classifier, accuracy = cached_small_cnn(cache_dir, train, load_test())
    identity = {
        "kind": SMALL_CNN,
        "trained_on": train.name,
        "test_accuracy": accuracy,
        "sha256": content_key(train),
    }
    return classifier, identity


def _standardised(kind, path, reference, identity):
    """A classifier that takes the channel statistics of the reference images, or its own."""
    from amnat.metrics.keras_classifier import KerasClassifier
    from amnat.metrics.meta_graph_classifier import DenseNetMetaGraphClassifier
    from amnat.metrics.saved_model_classifier import load_classifier

    identity |= {"sha256": path_digest(path)}
    images = np.concatenate(list(reference.batches(reference.available)))
    if kind == "densenet":
        classifier = DenseNetMetaGraphClassifier(path, images)
    else:
        classifier = load_classifier(path, reference_images=images)
    if isinstance(classifier, KerasClassifier):
        return classifier, identity | classifier.metadata
    return classifier, identity | {"standardised_by": reference.content_key()}
