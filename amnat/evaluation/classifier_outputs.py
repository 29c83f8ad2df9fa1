"""Runs a classifier on images, and caches its outputs for reference images.

This module does not load TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from amnat import json_text
from amnat.data.cache import read_or_make
from amnat.evaluation.classifiers import what_outputs_depend_on
from amnat.evaluation.sources import Source, path_digest
from amnat.metrics.classifier import Classifier
from amnat.metrics.registry import ClassifierOutputs

import numpy as np
import PIL
from tqdm import tqdm

# This is part of every key: raise it when the way in which images reach a classifier changes.
VERSION = 2
PREPROCESSING = "bytes as (x - 127.5) / 128"
ARRAYS = ("probabilities", "features")


def classify(
    source: Source,
    count: int,
    classifier: Classifier,
    images_per_class: int = 0,
    progress: bool = True,
) -> ClassifierOutputs:
    """Classifies images in batches; only their outputs are kept in memory, not the images.

    Args:
      source: `Source`.
      count: number of images.
      classifier: `Classifier`.
      images_per_class: number of images to keep of each class: the one that they were given
        (`Source.given_labels`), or otherwise the classifier's arg-max.
      progress: whether to show a bar with the remaining time on stderr.

    Returns: ClassifierOutputs.
    Raises: InputError if the classifier does not accept the images.
    """
    given = source.given_labels(count) if images_per_class else None
    kept: list[list[np.ndarray]] | None = None
    if images_per_class:
        kept = [[] for _ in range(given.num_classes if given else classifier.num_classes)]
    arrays: list[np.ndarray] = []
    done = 0
    bar = tqdm(total=count, desc=source.name, unit="img", disable=not progress, **_bar_options())
    with bar:
        for images in source.batches(count):
            outputs = classifier(images)
            pieces = (outputs.probabilities, outputs.features)
            if not arrays:
                arrays = [np.empty((count, piece.shape[1]), np.float32) for piece in pieces]
            start, done = done, done + len(images)
            for array, piece in zip(arrays, pieces, strict=True):
                array[start:done] = piece
            if kept is not None:
                judged = outputs.probabilities.argmax(axis=1)
                labels = given.labels[start:done] if given else judged
                _keep(kept, images, labels, images_per_class)
            bar.update(len(images))
    class_images = None if kept is None else [np.array(images) for images in kept]
    probabilities, features = arrays
    return ClassifierOutputs(probabilities, features, class_images)


def given_class_images(
    source: Source, count: int, images_per_class: int
) -> list[np.ndarray] | None:
    """The first images of each class that the first `count` images of a source were given.

    Returns: a list of float32 [at most `images_per_class`, H, W, C], one for each class; None if
      they were given no classes.
    """
    given = source.given_labels(count)
    if given is None:
        return None
    kept: list[list[np.ndarray]] = [[] for _ in range(given.num_classes)]
    done = 0
    for images in source.batches(count):
        _keep(kept, images, given.labels[done : done + len(images)], images_per_class)
        done += len(images)
        if all(len(found) == images_per_class for found in kept):
            break
    return [np.array(found) for found in kept]


def classify_reference(
    source: Source,
    count: int,
    classifier: Classifier,
    identity: Mapping[str, Any],
    cache_dir: str | os.PathLike[str],
    progress: bool = True,
) -> ClassifierOutputs:
    """Calls `classify` for reference images, or reads the result of an earlier call.

    The result is stored in `cache_dir`/references/ under `reference_key`. A damaged result is made
    again. If several processes need it at once, one of them makes it (`amnat.data.cache`).

    Args:
      others: see `classify` and `reference_key`.

    Returns: ClassifierOutputs, with memory-mapped arrays if they were cached.
    """
    key = reference_key(source, count, identity) | {
        "version": VERSION,
        "libraries": _releases(),
    }
    digest = hashlib.sha256(json_text.dumps(key, sort_keys=True).encode()).hexdigest()
    folder = pathlib.Path(cache_dir) / "references" / f"{_plain(source.name)}_{digest[:24]}"
    # Only a folder that exists can hold the lock.
    with contextlib.suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
    return read_or_make(
        folder,
        lambda: _read(folder, key),
        lambda: classify(source, count, classifier, progress=progress),
        lambda outputs: _write(folder, key, outputs),
    )


def reference_key(source: Source, count: int, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the outputs for reference images depend on, as JSON values.

    Args:
      source: `Source`, whose images enter with their content.
      count: number of images.
      identity: dict of JSON values that identify the classifier (`classifiers.open_classifier`).
    """
    return {
        "images": source.content_key(),
        "count": count,
        "classifier": what_outputs_depend_on(identity),
        "preprocessing": PREPROCESSING,
    }


def _releases() -> dict[str, str]:
    """The releases of what decodes the images and runs the classifier: others give slightly other
    outputs."""
    found = {"Pillow": PIL.__version__}
    if "tensorflow" in sys.modules:
        found["TensorFlow"] = sys.modules["tensorflow"].__version__
    return found


def _keep(
    kept: list[list[np.ndarray]], images: np.ndarray, labels: np.ndarray, images_per_class: int
) -> None:
    for image, label in zip(images, labels, strict=True):
        if len(kept[label]) < images_per_class:
            kept[label].append(image.copy())


def _bar_options() -> dict[str, Any]:
    terminal = sys.stderr.isatty()
    return {"dynamic_ncols": terminal, "mininterval": 0.2 if terminal else 10.0}


def _plain(name: str) -> str:
    stem = pathlib.Path(name).name
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem)[:40]


def _read(folder: pathlib.Path, key: Mapping[str, Any]) -> ClassifierOutputs | None:
    """Reads a cache folder; None if its content is missing, damaged, or has another key."""
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        if record["key"] != json.loads(json_text.dumps(key)):
            return None
        arrays = []
        for name in ARRAYS:
            path = folder / f"{name}.npy"
            if path_digest(path) != record["sha256"][name]:
                return None
            arrays.append(np.load(path, mmap_mode="r", allow_pickle=False))
        return ClassifierOutputs(*arrays)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(folder: pathlib.Path, key: Mapping[str, Any], outputs: ClassifierOutputs) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
    try:
        digests = {}
        for name in ARRAYS:
            path = partial / f"{name}.npy"
            np.save(path, getattr(outputs, name))
            digests[name] = path_digest(path)
        text = json_text.dumps({"key": key, "sha256": digests}, indent=1)
        (partial / "record.json").write_text(text, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.rename(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
