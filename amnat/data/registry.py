"""Data sets by name."""

from __future__ import annotations

import difflib
import functools
import importlib
import os
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from amnat.data.dataset import SPLITS, Dataset
from amnat.errors import InputError

Loader = Callable[[str, str, bool], Dataset]

_DEFAULT_DATA_DIR = "dataset"
# Not imported when data sets are looked up: a script checks its flags before TensorFlow loads.
_LOADS_TENSORFLOW = frozenset({"pipeline"})

_entries: dict[str, DatasetInfo] = {}


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is read.

    Attributes:
      name: the name that `load` takes.
      loader: called as loader(data_dir, split, download).
      num_classes: the number of classes, None if only the files tell.
      sample_shape: (H, W, C) or (D,), None if only the files tell.
    """

    name: str
    loader: Loader
    num_classes: int | None = None
    sample_shape: tuple[int, ...] | None = None

    @property
    def is_image(self) -> bool:
        """True unless the samples are known to be points."""
        return self.sample_shape is None or len(self.sample_shape) == 3


def register(
    name: str,
    loader: Loader,
    *,
    num_classes: int | None = None,
    sample_shape: tuple[int, ...] | None = None,
) -> None:
    """Makes a data set known by name; see `DatasetInfo` for the arguments.

    Raises:
      ValueError: the name is taken.
    """
    if name in _entries:
        raise ValueError(f"a data set named '{name}' is already registered")
    _entries[name] = DatasetInfo(name, loader, num_classes, sample_shape)


def names() -> list[str]:
    """The names of all data sets, sorted."""
    _import_data_sets()
    return sorted(_entries)


def describe(name: str) -> DatasetInfo:
    """What is known of a data set without reading it, to check flags against.

    Raises:
      InputError: no data set has this name.
    """
    known = names()
    if name in known:
        return _entries[name]
    nearest = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    raise InputError(f"unknown data set '{name}', expected one of {', '.join(known)}{hint}")


def load(
    name: str,
    data_dir: str | os.PathLike | None = None,
    split: str = "train",
    download: bool = True,
) -> Dataset:
    """Reads one split of a data set into memory.

    Args:
      name: one of `names()`.
      data_dir: the folder that holds the published files, packed or unpacked; None means the
        folder "dataset" under the current directory. "~" is expanded. Data sets that need no
        files (digits, toy) ignore it.
      split: "train" or "test".
      download: whether to fetch the published files when data_dir holds none of them.

    Returns:
      The samples in the order of the published files.

    Raises:
      InputError: unknown name or split; a missing, truncated or mislabelled file, by its name.
    """
    entry = describe(name)
    if split not in SPLITS:
        raise InputError(f"unknown split '{split}' of {name}, expected train or test")
    data_dir = os.path.expanduser(_DEFAULT_DATA_DIR if data_dir is None else data_dir)
    return entry.loader(data_dir, split, download)


@functools.cache
def _import_data_sets() -> None:
    package = importlib.import_module("amnat.data")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in _LOADS_TENSORFLOW:
            importlib.import_module(f"amnat.data.{module.name}")
