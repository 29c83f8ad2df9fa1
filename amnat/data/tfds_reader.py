"""Reads TensorFlow Datasets; only for `amnat.data.library_process`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

from amnat.data.library_examples import Examples, choose, choose_split
from amnat.errors import InputError

_FILES = ("dataset_info.json", "features.json")
_MAX_JSON_BYTES = 16 << 20


def read_tfds(request: dict[str, Any]) -> Examples:
    """Reads a split; prepared data without any network.

    The prepared files are searched in --data_dir, then in the library's folder. They are read
    without the code that has made them. Only data that is nowhere prepared is downloaded, with the
    code of the library itself, if that is allowed.

    Raises:
      InputError: see `library_data.load_library_data`.
    """
    import tensorflow_datasets as tfds

    where = f"data set '{request['spec']}'"
    default = os.environ.get("TFDS_DATA_DIR") or tfds.core.constants.DATA_DIR
    data_dir = request["data_dir"]
    roots = [data_dir, os.path.join(data_dir, "tensorflow_datasets"), os.path.expanduser(default)]
    folder = _prepared(request["place"], roots, where)
    if folder is None:
        builder = _download(tfds, request, os.path.expanduser(default), where)
    else:
        _check_features(folder, where)
        builder = tfds.builder_from_directory(folder)
    options = request["options"]
    image, label = _columns(tfds, builder.info, options, where)
    split, is_own = choose_split(
        sorted(builder.info.splits), options.get("split"), request["split"], where
    )
    data = builder.as_dataset(
        split=split, shuffle_files=False, decoders={image: tfds.decode.SkipDecoding()}
    )
    feature = builder.info.features[label] if label else None
    if label and not isinstance(feature, tfds.features.ClassLabel):
        raise InputError(f"{where}: feature '{label}' has no labels (it is no ClassLabel)")
    names = [*feature.names] if feature is not None else None

    def rows() -> Iterator[tuple[Any, str, Any]]:
        for number, example in enumerate(tfds.as_numpy(data)):
            name = f"{where} ({split}) image {number}"
            yield example[image], name, None if label is None else int(example[label])

    return Examples(rows(), builder.info.splits[split].num_examples, names, is_own)


def _prepared(name: str, roots: list[str], where: str) -> str | None:
    """The folder of the newest prepared version, or None."""
    for root in roots:
        found: dict[str, list[str]] = {}
        top = os.path.join(root, *name.split("/"))
        for folder, subfolders, files in os.walk(top):
            if set(_FILES) <= set(files):
                found.setdefault(os.path.dirname(folder), []).append(folder)
                subfolders.clear()
        if len(found) > 1:
            configs = ", ".join(sorted(os.path.relpath(config, root) for config in found))
            raise InputError(f"{where}: '{root}' holds {configs}; name one of them after tfds:")
        for versions in found.values():
            return max(versions, key=_version)
    return None


def _version(folder: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", os.path.basename(folder)))


def _check_features(folder: str, where: str) -> None:
    """Raises InputError if prepared data names classes outside the library, which would import
    them."""
    path = os.path.join(folder, "features.json")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(_MAX_JSON_BYTES)
        names = set(_class_names(json.loads(text)))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: '{path}' cannot be read ({type(error).__name__})") from error
    foreign = sorted(name for name in names if not name.startswith("tensorflow_datasets."))
    if foreign:
        raise InputError(f"{where}: '{path}' names code outside the library: {foreign[0]}")


def _class_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("pythonClassName", "type") and isinstance(inner, str) and "." in inner:
                yield inner
            yield from _class_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _class_names(inner)


def _download(tfds: Any, request: dict[str, Any], root: str, where: str) -> Any:
    name = request["place"]
    if not request["download"]:
        raise InputError(
            f"{where}: not prepared in '{request['data_dir']}' nor in '{root}', and nothing may be "
            "downloaded (a dry run downloads nothing)"
        )
    try:
        builder = tfds.builder(name, data_dir=root, try_gcs=False)
        builder.download_and_prepare()
    # The code of many data sets and their servers fails in many ways.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise InputError(
            f"{where}: not prepared in '{request['data_dir']}' nor in '{root}', and preparing it "
            f"failed ({reason})"
        ) from error
    return builder


def _columns(tfds: Any, info: Any, options: dict[str, str], where: str) -> tuple[str, str | None]:
    """(the name of the image feature, that of the label or None)."""
    features = info.features
    keys = info.supervised_keys or ()
    supervised = [key for key in keys if isinstance(key, str) and key in features]
    images = [name for name in features if isinstance(features[name], tfds.features.Image)]
    labels = [name for name in features if isinstance(features[name], tfds.features.ClassLabel)]
    for option in ("image", "label"):
        given = options.get(option)
        if given is not None and given not in features:
            raise InputError(f"{where}: no feature '{given}', it has {', '.join(sorted(features))}")
    image = options.get("image") or choose("image", images, supervised, where)
    if image is None:
        raise InputError(f"{where}: no feature is an image ({', '.join(sorted(features))})")
    return image, options.get("label") or choose("label", labels, supervised, where)
