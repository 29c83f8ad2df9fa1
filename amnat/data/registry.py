"""Data sets by name, or by the place of one's own images (`own_data`)."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amnat.data import download as downloads
from amnat.data import own_data
from amnat.data.class_subset import class_subset
from amnat.data.dataset import SPLITS, Dataset, Origin
from amnat.data.own_data import OwnData
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

Loader = Callable[[str, str, bool], Dataset]

# The folder that holds data sets where no other is given, in the current folder.
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
      loader: callable (data_dir, split, download) -> Dataset; None for one's own images.
      num_classes: the number of classes, None if it depends on the files.
      sample_shape: (H, W, C) or (D,), None if it depends on the files.
      own: where one's own images are; None for a registered data set.
    """

    name: str
    loader: Loader | None
    num_classes: int | None = None
    sample_shape: tuple[int, ...] | None = None
    own: OwnData | None = None

    @property
    def label(self) -> str:
        """The name as part of a folder's name."""
        return self.own.label if self.own else self.name

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

    Args:
      name: one of `names()`, or a specification of one's own images (`own_data.parse`).

    Raises:
      InputError: if no data set has this name, or the specification is wrong.
    """
    known = names()
    if name in known:
        return _entries[name]
    own = own_data.parse(str(name))
    if own is not None:
        return DatasetInfo(own.spec, None, own=own)
    nearest = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    hint = own_data.hint(str(name)) or hint
    raise InputError(
        f"unknown data set '{name}', expected one of {', '.join(known)}, or your own images: "
        f"{own_data.FORMS}{hint}"
    )


def load(
    name: str,
    data_dir: str | os.PathLike | None = None,
    split: str = "train",
    download: bool = True,
    form: ImageForm | None = None,
    holds_out: bool = False,
) -> Dataset:
    """Reads one split of a data set into memory.

    Args:
      name: one of `names()`, or one's own images: "folder=PATH" (`own_folder.load_own_folder`),
        "tfds:NAME" or "hf:PATH" (`library_data.load_library_data`).
      data_dir: the folder that holds the published files, packed or unpacked; None means the
        folder "dataset" in the current directory. "~" is expanded. Data sets that need no files
        (digits, toy) ignore it. A relative "folder=PATH" is searched in the current folder, then
        here.
      split: "train" or "test".
      download: whether to download the published files if data_dir has none of them.
      form: the size and channels of images; None for a published data set's own, and
        `ImageForm()` for one's own images.
      holds_out: whether images to test on are left out of "train" if one's own images have no part
        to test on.

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
    if entry.own is not None:
        return _load_own(entry.own.absolute(data_dir), data_dir, split, download, form, holds_out)
    assert entry.loader is not None, "registered data sets have loaders"
    dataset = entry.loader(data_dir, split, download)
    if form is None or not dataset.is_image:
        return dataset
    from amnat.data.resized import formed

    return formed(dataset, form)


def _load_own(
    own: OwnData,
    data_dir: str,
    split: str,
    download: bool,
    form: ImageForm | None,
    holds_out: bool,
) -> Dataset:
    form = form or ImageForm()
    if own.kind == "folder":
        from amnat.data.own_folder import load_own_folder

        dataset = load_own_folder(own.place, split, form, holds_out)
    else:
        from amnat.data.library_data import load_library_data

        may_download = download and not downloads.is_forbidden()
        dataset = load_library_data(own, data_dir, split, may_download, form, holds_out)
    return dataclasses.replace(dataset, origin=Origin(own.spec, form.resize, holds_out))


def load_again(
    name: str,
    origin: Mapping[str, Any] | None,
    sample_shape: Sequence[int],
    class_names: Sequence[str],
    data_dir: str | os.PathLike | None = None,
    split: str = "train",
) -> Dataset:
    """Loads the data set of a run again: its classes, in the form that its samples had.

    Args:
      name: the name of the data set.
      origin: the attributes of its `Origin`; None for a data set as it is published.
      sample_shape: (H, W, C) or (D,) of its samples.
      class_names: its classes.
      data_dir, split: as for `load`.

    Raises:
      InputError: see `load`.
    """
    found = Origin(name, "stretch") if origin is None else Origin(**origin)
    form = None
    if len(sample_shape) == 3 and (origin is not None or not _is_published(name, sample_shape)):
        form = ImageForm(sample_shape[0], found.resize, sample_shape[2])
    dataset = load(found.spec, data_dir, split, form=form, holds_out=found.holds_out)
    same = tuple(class_names) == dataset.class_names
    return dataset if same else class_subset(dataset, list(class_names))


def _is_published(name: str, sample_shape: Sequence[int]) -> bool:
    """Whether a data set is known to have this shape, so that nothing needs to be converted."""
    return describe(name).sample_shape in (None, tuple(sample_shape))


@functools.cache
def _import_data_sets() -> None:
    package = importlib.import_module("amnat.data")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in _LOADS_TENSORFLOW:
            importlib.import_module(f"amnat.data.{module.name}")
