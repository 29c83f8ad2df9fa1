"""Runs a classifier over images, and remembers what it said of reference images.

Loads no TensorFlow by itself.
"""

import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile

from amnat.evaluation.sources import path_digest
from amnat.metrics.registry import Observed

import numpy as np
from tqdm import tqdm

# Part of every key: raise it when the way images reach a classifier changes.
VERSION = 1
PREPROCESSING = "bytes as (x - 127.5) / 128"
ARRAYS = ("probabilities", "features")


def observe(source, count, classifier, images_per_class=0, progress=True):
    """Classifies images in batches; memory holds their outputs, not the images.

    Args:
      source: `Source`.
      count: images to take.
      classifier: `Classifier`.
      images_per_class: images to keep of each class, the classifier's arg-max.
      progress: whether to show a bar with the time left on stderr.

    Returns: Observed.
    Raises: InputError: images that the classifier does not take.
    """
    kept = [[] for _ in range(classifier.num_classes)] if images_per_class else None
    arrays, done = None, 0
    bar = tqdm(total=count, desc=source.name, unit="img", disable=not progress, **_bar_options())
    with bar:
        for images in source.batches(count):
            outputs = classifier(images)
            pieces = (outputs.probabilities, outputs.features)
            if arrays is None:
                arrays = [np.empty((count, piece.shape[1]), np.float32) for piece in pieces]
            for array, piece in zip(arrays, pieces, strict=True):
                array[done : done + len(piece)] = piece
            done += len(images)
            if kept is not None:
                _keep(kept, images, outputs.probabilities.argmax(axis=1), images_per_class)
            bar.update(len(images))
    class_images = None if kept is None else [np.array(images) for images in kept]
    return Observed(*arrays, class_images)


def observe_reference(source, count, classifier, identity, cache_dir, progress=True):
    """`observe` of reference images, or what an earlier call with the same content found.

    Kept in `cache_dir`/references/, whole or not at all, under a key of the images' content, their
    number, the classifier's identity and the preprocessing. What was damaged is made again.

    Args:
      identity: dict of JSON values; equal dicts, equal outputs.
      others: as for `observe`.

    Returns: Observed, its arrays memory-mapped when they were cached.
    """
    key = {
        "version": VERSION,
        "images": source.content_key(),
        "count": count,
        "classifier": {name: value for name, value in identity.items() if name != "path"},
        "preprocessing": PREPROCESSING,
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    folder = pathlib.Path(cache_dir) / "references" / f"{_plain(source.name)}_{digest[:24]}"
    observed = _read(folder, key)
    if observed is None:
        observed = observe(source, count, classifier, progress=progress)
        try:
            _write(folder, key, observed)
        except OSError as error:
            # What was computed counts all the same.
            reason = error.strerror or error
            print(f"warning: {folder} was not written: {reason}", file=sys.stderr)
    return observed


def _keep(kept, images, labels, images_per_class):
    for image, label in zip(images, labels, strict=True):
        if len(kept[label]) < images_per_class:
            kept[label].append(image.copy())


def _bar_options():
    terminal = sys.stderr.isatty()
    return {"dynamic_ncols": terminal, "mininterval": 0.2 if terminal else 10.0}


def _plain(name):
    stem = pathlib.Path(name).name
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem)[:40]


def _read(folder, key):
    """The observations in a cache folder, None if there are none, others, or damaged ones."""
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        if record["key"] != json.loads(json.dumps(key)):
            return None
        arrays = []
        for name in ARRAYS:
            path = folder / f"{name}.npy"
            if path_digest(path) != record["sha256"][name]:
                return None
            arrays.append(np.load(path, mmap_mode="r", allow_pickle=False))
        return Observed(*arrays)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(folder, key, observed):
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
    try:
        digests = {}
        for name in ARRAYS:
            path = partial / f"{name}.npy"
            np.save(path, getattr(observed, name))
            digests[name] = path_digest(path)
        text = json.dumps({"key": key, "sha256": digests}, indent=1)
        (partial / "record.json").write_text(text, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.rename(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
