"""Reads Hugging Face datasets; only for `amnat.data.library_process`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from amnat.data.file_reading import read_bounded
from amnat.data.library_examples import Examples, choose, choose_split
from amnat.errors import InputError

import numpy as np

# Earlier versions may run scripts that belong to a data set.
_FIRST_VERSION = 4
_MAX_IMAGE_BYTES = 64 << 20
# The names of images and labels where the data does not say what it is.
_IMAGE_NAMES = ("image", "img", "images", "pixels")
_SPLIT_OF_FILE = re.compile(r"(train|test|validation|valid|val)(?=[^a-z]|$)")


def read_hf(request: dict[str, Any]) -> Examples:
    """Reads a split; never from the network.

    Args:
      request: its place is a folder of save_to_disk, an .arrow or .parquet file, a folder of
        .parquet files, or the name of a data set in the library's cache.

    Raises:
      InputError: see `library_data.load_library_data`.
    """
    import datasets

    where = f"data set '{request['spec']}'"
    if int(datasets.__version__.partition(".")[0]) < _FIRST_VERSION:
        raise InputError(
            f"{where}: datasets {datasets.__version__} is installed, expected at least "
            f"{_FIRST_VERSION}, which runs no code of data sets: pip install -U datasets"
        )
    datasets.disable_progress_bars()
    try:
        parts = _open(datasets, request["place"], request["options"].get("config"), where)
    # The library fails in many ways for damaged or missing data.
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise InputError(f"{where}: cannot be read ({reason})") from error
    options = request["options"]
    split, is_own = choose_split(sorted(parts), options.get("split"), request["split"], where)
    data = parts[split]
    image, label = _columns(datasets, data.features, options, where)
    if isinstance(data.features[image], datasets.Image):
        # The library would decode in another way.
        data = data.cast_column(image, datasets.Image(decode=False))
    feature = data.features[label] if label else None
    values: list[Any] | None = None
    if label and not isinstance(feature, datasets.ClassLabel):
        values = _values(parts["train" if "train" in parts else split], label, where)
    names = values or list(getattr(feature, "names", ()))
    data = data.select_columns([image] + ([label] if label else []))

    def rows() -> Iterator[tuple[Any, str, Any]]:
        for number, row in enumerate(data):
            name = f"{where} ({split}) row {number}"
            value = row[label] if label else None
            if values is not None:
                value = _position(value, values, name)
            yield _content(row[image], name), name, value

    return Examples(rows(), len(data), [*map(str, names)] if label else None, is_own)


def _values(data: Any, label: str, where: str) -> list[Any]:
    """The different values of a column, each of which is a class."""
    found = data.unique(label)
    if len({type(value) for value in found}) != 1 or not isinstance(found[0], (bool, int, str)):
        raise InputError(f"{where}: column '{label}' has no labels: numbers or texts in every row")
    return sorted(found)


def _position(value: Any, values: list[Any], name: str) -> int:
    if value not in values:
        raise InputError(f"{name}: the label '{value}' is not in the training images")
    return values.index(value)


def _open(datasets: Any, place: str, config: str | None, where: str) -> dict[str, Any]:
    """{split: its `datasets.Dataset`}."""
    if not os.path.exists(place):
        return _from_cache(datasets, place, config, where)
    if os.path.isdir(place):
        entries = set(os.listdir(place))
        if "dataset_dict.json" in entries:
            return dict(datasets.load_from_disk(place))
        if "state.json" in entries:
            return {"train": datasets.load_from_disk(place)}
        files = sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(place)
            for name in names
            if name.endswith((".parquet", ".arrow")) and not name.startswith((".", "cache-"))
        )
    else:
        files = [place] if place.endswith((".parquet", ".arrow")) else []
    if not files:
        raise InputError(
            f"{where}: '{place}' is no folder of save_to_disk, and has no .parquet or .arrow file"
        )
    by_split: dict[str, list[str]] = {}
    for file in files:
        found = _SPLIT_OF_FILE.search(os.path.relpath(file, os.path.dirname(place)).lower())
        name = found[1] if found and len(files) > 1 else "train"
        by_split.setdefault(
            {"val": "validation", "valid": "validation"}.get(name, name), []
        ).append(file)
    return {split: _from_files(datasets, own) for split, own in by_split.items()}


def _from_files(datasets: Any, files: list[str]) -> Any:
    tables = [
        datasets.Dataset.from_file(file)
        if file.endswith(".arrow")
        # The library would copy the file into its cache.
        else datasets.Dataset.from_parquet(file, cache_dir=os.path.abspath("cache"))
        for file in files
    ]
    return tables[0] if len(tables) == 1 else datasets.concatenate_datasets(tables)


def _from_cache(datasets: Any, name: str, config: str | None, where: str) -> dict[str, Any]:
    arguments = f"'{name}'" + (f", '{config}'" if config else "")
    try:
        return dict(datasets.load_dataset(name, config))
    # Without network and cache, the library raises errors of several packages.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise InputError(
            f"{where}: no such file or folder, and not in the local cache ({reason}); fill that "
            f'first: python -c "from datasets import load_dataset; load_dataset({arguments})"'
        ) from error


def _columns(
    datasets: Any, features: Any, options: dict[str, str], where: str
) -> tuple[str, str | None]:
    """(the name of the image column, that of the label or None)."""
    for option in ("image", "label"):
        given = options.get(option)
        if given is not None and given not in features:
            raise InputError(f"{where}: no column '{given}', it has {', '.join(sorted(features))}")
    images = [name for name in features if isinstance(features[name], datasets.Image)]
    images = images or [name for name in _IMAGE_NAMES if name in features]
    labels = [name for name in features if isinstance(features[name], datasets.ClassLabel)]
    if not labels:
        labels = [name for name in ("label", "labels") if name in features]
    image = options.get("image") or choose("image", images, [], where)
    if image is None:
        raise InputError(
            f"{where}: no column is an image ({', '.join(sorted(features))}); name it with "
            "?image=COLUMN"
        )
    return image, options.get("label") or choose("label", labels, [], where)


def _content(value: Any, name: str) -> bytes | np.ndarray:
    """The file of an image, or its pixels."""
    if isinstance(value, dict) and set(value) >= {"bytes"}:
        if value["bytes"] is not None:
            return value["bytes"]
        path = value.get("path")
        if not path or not os.path.isabs(path):
            raise InputError(f"{name}: an image without content ({path})")
        return read_bounded(path, _MAX_IMAGE_BYTES)
    if isinstance(value, bytes):
        return value
    pixels = np.asarray(value)
    if pixels.dtype.kind in "iu" and pixels.size and pixels.min() >= 0 and pixels.max() <= 255:
        return pixels.astype(np.uint8)
    raise InputError(f"{name}: not an image ({type(value).__name__})")
