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

DEFAULT_DATA_DIR = "dataset"
# These are not imported when data sets are looked up, because a script checks its flags before it
# loads TensorFlow.
_LOADS_TENSORFLOW = frozenset({"pipeline"})

_entries: dict[str, DatasetInfo] = {}


@dataclass(frozen=True)
class DatasetInfo:
    """The properties of a data set that are known before it is read.

    Attributes:
      name: the name for `load`.
      loader: callable (data_dir, split, download) -> Dataset.
      num_classes: the number of classes, None if it depends on the files.
      sample_shape: (H, W, C) or (D,), None if it depends on the files.
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
    """Registers a data set under a name; see `DatasetInfo` for the arguments.

    Raises:
      ValueError: if the name is already registered.
    """
    if name in _entries:
        raise ValueError(f"a data set named '{name}' is already registered")
    _entries[name] = DatasetInfo(name, loader, num_classes, sample_shape)


def names() -> list[str]:
    """The names of all data sets, sorted."""
    _import_data_sets()
    return sorted(_entries)


def describe(name: str) -> DatasetInfo:
    """The properties of a data set that are known without reading it, for checks of flags.

    Raises:
      InputError: if no data set has this name.
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
        folder "dataset" in the current directory. "~" is expanded. Data sets that need no files
        (digits, toy) ignore it.
      split: "train" or "test".
      download: whether to download the published files if data_dir has none of them.

    Returns:
      The samples in the order of the published files.

    Raises:
      InputError: if the name or split is unknown, or a file is missing, truncated or mislabelled;
        the message names the file.
    """
    entry = describe(name)
    if split not in SPLITS:
        raise InputError(f"unknown split '{split}' of {name}, expected train or test")
    data_dir = os.path.expanduser(DEFAULT_DATA_DIR if data_dir is None else data_dir)
    return entry.loader(data_dir, split, download)


@functools.cache
def _import_data_sets() -> None:
    package = importlib.import_module("amnat.data")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in _LOADS_TENSORFLOW:
            importlib.import_module(f"amnat.data.{module.name}")
