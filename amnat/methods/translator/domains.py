"""Images of several domains, between which a generator translates: folders, classes, or a data set
and a transformed copy of it, for which the correct translation is known."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from amnat.data import own_data, registry
from amnat.data.class_subset import class_subset, listing
from amnat.data.dataset import SPLITS, Dataset
from amnat.data.folder import load_folder
from amnat.data.image_files import fit
from amnat.data.resized import resized
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

TRANSFORMATIONS = ("inverted", "coloured")
# Random crops are taken from images that are larger by this factor (info-cycle-sim-gan, regan.py).
ENLARGEMENT = 1.12

_EXPECTED = (
    "a folder with trainA/, trainB/, ... or train/A/, train/B/, ..., folder=PATH with a folder per "
    "domain, NAME[class+class], NAME:inverted or NAME:coloured"
)
_LAYOUT = "trainA/, trainB/, ... or train/A/, train/B/, ..."
_CLASSES = re.compile(r"(?P<name>\w+)\[(?P<classes>[^\[\]]+)\]")
_TRANSFORMED = re.compile(r"(?P<name>\w+):(?P<how>\w+)")
# The colours (red, green, blue) that black and white become.
_DARK, _BRIGHT = np.array([32.0, 16.0, 112.0]), np.array([255.0, 208.0, 64.0])


@dataclasses.dataclass(frozen=True, eq=False)
class Domains:
    """One split of several domains.

    Attributes:
      data: uint8 images of one size, domain after domain; labels and class names are the domains'.
      larger: larger versions of the images, uint8 [N, L, L, C], for random crops; or None.
      truth: with two domains, every image as it is in the other one, uint8 [N, H, W, C]; None if
        that is not known.
    """

    data: Dataset
    larger: np.ndarray | None = None
    truth: np.ndarray | None = None

    @property
    def sizes(self) -> list[int]:
        """The number of images of each domain."""
        return np.bincount(self.data.labels, minlength=self.data.num_classes).tolist()


@dataclasses.dataclass(frozen=True)
class DomainSource:
    """Where domains come from; see `parse_domains`.

    Attributes:
      spec: the specification as it was given.
      kind: 'folder', 'own', 'classes' or 'transformed'.
      name: the name of the folder or the data set.
      detail: the classes, or the transformation.
    """

    spec: str
    kind: str
    name: str
    detail: tuple[str, ...] = ()

    @property
    def folder_name(self) -> str:
        """The specification as part of a folder's name."""
        if self.kind == "own":
            return registry.describe(self.spec).label
        text = os.path.basename(os.path.abspath(self.spec)) if self.kind == "folder" else self.spec
        return re.sub(r"\W+", "_", text).strip("_")


def parse_domains(spec: str) -> DomainSource:
    """Checks a specification without reading any data.

    - `NAME[class+class+...]`: classes of a data set, each of which is a domain.
    - `NAME:inverted`, `NAME:coloured`: a data set, and its images in negative or, for grey images,
      in colours. In training no image is in both domains.
    - `folder=PATH`, `tfds:NAME` or `hf:PATH`: one's own images, of which each class is a domain; a
      folder may also be as below.
    - anything else: a folder, see `load_domains`.

    Raises:
      InputError: an unknown data set or transformation.
    """
    spec = spec.strip()
    if own_data.parse(spec) is not None:
        return DomainSource(spec, "own", spec)
    classes, transformed = _CLASSES.fullmatch(spec), _TRANSFORMED.fullmatch(spec)
    if classes:
        names = tuple(name.strip() for name in classes["classes"].split("+"))
        if len(names) < 2:
            raise InputError(
                f"--dataset_name={spec}: one class, expected at least two, joined by +"
            )
        with _naming(spec):
            registry.describe(classes["name"])
        return DomainSource(spec, "classes", classes["name"], names)
    if transformed:
        if transformed["how"] not in TRANSFORMATIONS:
            known = " or ".join(TRANSFORMATIONS)
            raise InputError(
                f"--dataset_name={spec}: unknown '{transformed['how']}', expected {known}"
            )
        with _naming(spec):
            registry.describe(transformed["name"])
        return DomainSource(spec, "transformed", transformed["name"], (transformed["how"],))
    if not spec:
        raise InputError(f"--dataset_name=: expected {_EXPECTED}")
    return DomainSource(spec, "folder", spec)


@contextlib.contextmanager
def _naming(spec: str) -> Iterator[None]:
    """A context whose errors begin with the flag."""
    try:
        yield
    except InputError as error:
        raise InputError(f"--dataset_name={spec}: {error}") from error


def load_domains(
    source: DomainSource,
    data_dir: str | os.PathLike | None,
    split: str,
    sample_shape: tuple[int, int, int],
    crops: bool = False,
) -> Domains | None:
    """Reads one split.

    A folder, in the current one or in `data_dir`, has train<domain>/, test<domain>/ or
    train/<domain>/, test/<domain>/, at least two of each, in the order of their names; domains may
    differ in size. The largest square in the middle of each image is resized with Pillow's
    bicubic filter; grey and colour are converted into each other (`image_files.decode`).

    Args:
      source: see `parse_domains`.
      data_dir: see `data.load`.
      split: 'train' or 'test'.
      sample_shape: (H, W, C) of the samples, H = W, C 1 or 3.
      crops: whether to return `larger` as well.

    Returns:
      Domains; None for a folder without a test split.

    Raises:
      InputError: there is nothing, only one domain, an empty or a missing folder, or an image that
        cannot be decoded; the message names it.
    """
    if split not in SPLITS:
        raise InputError(f"unknown split '{split}', expected train or test")
    height, width, channels = sample_shape
    side = int(ENLARGEMENT * height)
    sizes = {"larger": (side, side, channels)} if crops else {}
    if source.kind == "own":
        return _load_own(source, data_dir, split, sample_shape, sizes)
    if source.kind == "folder":
        return _load_folders(source, data_dir, split, sample_shape, sizes)
    data = registry.load(source.name, data_dir, split)
    if not data.is_image:
        raise InputError(f"--dataset_name={source.spec}: points, expected images")
    make = _by_class if source.kind == "classes" else _transformed
    domains = make(source, data, sample_shape)
    if crops:
        larger = make(source, data, sizes["larger"]).data.samples
        domains = dataclasses.replace(domains, larger=larger)
    return domains


def _by_class(source: DomainSource, data: Dataset, shape: tuple[int, int, int]) -> Domains:
    with _naming(source.spec):
        data = class_subset(data, list(source.detail))
    data = _shaped(data.subset(np.argsort(data.labels, kind="stable")), shape)
    return Domains(dataclasses.replace(data, name=source.folder_name))


def _shaped(data: Dataset, shape: tuple[int, int, int]) -> Dataset:
    data = resized(data, shape[0])
    return dataclasses.replace(data, samples=fit(data.samples, shape, f"data set '{data.name}'"))


def _transformed(source: DomainSource, data: Dataset, shape: tuple[int, int, int]) -> Domains:
    (how,) = source.detail
    data = _shaped(data, shape)
    plain, changed = data.samples, transform(data.samples, how, source.spec)
    first = second = slice(None)
    if data.split == "train":
        first, second = slice(0, None, 2), slice(1, None, 2)
    samples = np.concatenate([plain[first], changed[second]])
    labels = np.repeat(np.arange(2, dtype=np.int32), [len(plain[first]), len(changed[second])])
    pair = Dataset(
        source.folder_name, data.split, samples, labels, 2, (source.name, f"{how} {source.name}")
    )
    return Domains(pair, truth=np.concatenate([changed[first], plain[second]]))


def transform(images: np.ndarray, how: str, where: str) -> np.ndarray:
    """The known transformations.

    Args:
      images: uint8 [N, H, W, C].
      how: 'inverted': 255 less the byte; 'coloured': grey images of three equal channels from
        dark blue to yellow instead of from black to white.
      where: the beginning of error messages.

    Returns: uint8 of the same shape.
    """
    if how == "inverted":
        return 255 - images
    grey = images.shape[-1] == 3 and (images == images[..., :1]).all()
    if not grey:
        raise InputError(f"{where}: expected grey images, in three channels (--channels=3)")
    # The byte of each channel for every grey level.
    levels = _DARK + (_BRIGHT - _DARK) * np.arange(256)[:, None] / 255
    return np.rint(levels).astype(np.uint8)[images[..., 0]]


def _load_folders(
    source: DomainSource,
    data_dir: str | os.PathLike[str] | None,
    split: str,
    shape: tuple[int, int, int],
    sizes: dict[str, tuple[int, int, int]],
) -> Domains | None:
    root = _find_folder(source.name, data_dir)
    parent, folders = _domain_folders(root, split)
    if not folders and split == "test":
        return None
    names = sorted(folders)
    if len(names) < 2:
        found = f"only {listing(names)}" if names else "no domains"
        raise InputError(
            f"--dataset_name={source.spec}: {root} has {found} for {split}, expected {_LAYOUT}"
        )
    side = sizes.get("larger", shape)
    loaded = load_folder(parent, side, [folders[name] for name in names], split, _middle_square)
    samples = loaded.samples
    if side != shape:
        samples = fit(samples, shape, f"'{root}'")
    data = dataclasses.replace(
        loaded, name=source.folder_name, class_names=tuple(names), samples=samples
    )
    return Domains(data, loaded.samples if sizes else None)


def _load_own(
    source: DomainSource,
    data_dir: str | os.PathLike[str] | None,
    split: str,
    shape: tuple[int, int, int],
    sizes: dict[str, tuple[int, int, int]],
) -> Domains | None:
    own = own_data.parse(source.spec)
    assert own is not None, "the source has been parsed"
    path = os.path.expanduser(own.place)
    if own.kind == "folder" and os.path.isdir(path) and _domain_folders(path, "train")[1]:
        layout = dataclasses.replace(source, kind="folder", name=path)
        return _load_folders(layout, data_dir, split, shape, sizes)
    side = sizes.get("larger", shape)
    form = ImageForm(side[0], "crop", side[2])
    # Sheets and errors are of images that are not trained on.
    loaded = registry.load(source.spec, data_dir, split, form=form, holds_out=True)
    if loaded.num_classes < 2:
        raise InputError(
            f"--dataset_name={source.spec}: one class, expected a folder for each domain, at least "
            "two"
        )
    loaded = loaded.subset(np.argsort(loaded.labels, kind="stable"))
    samples = loaded.samples if side == shape else fit(loaded.samples, shape, source.spec)
    data = dataclasses.replace(loaded, name=source.folder_name, samples=samples)
    return Domains(data, loaded.samples if sizes else None)


def _find_folder(name: str, data_dir: str | os.PathLike[str] | None) -> str:
    tried = [os.path.expanduser(name)]
    if data_dir is not None and not os.path.isabs(tried[0]):
        tried.append(os.path.join(os.path.expanduser(data_dir), name))
    for path in tried:
        if os.path.isdir(path):
            return path
    raise InputError(f"--dataset_name={name}: no such folder or data set, expected {_EXPECTED}")


def _domain_folders(root: str, split: str) -> tuple[str, dict[str, str]]:
    """(the folder that holds the domains' folders, {domain: name of its folder})."""
    inner = os.path.join(root, split)
    if os.path.isdir(inner):
        return inner, {name: name for name in _folders_in(inner)}
    found = (name for name in _folders_in(root) if name.startswith(split) and name != split)
    return root, {name.removeprefix(split).lstrip("_-"): name for name in found}


def _folders_in(path: str) -> list[str]:
    try:
        entries = sorted(os.listdir(path))
    except OSError as error:
        raise InputError(f"'{path}': cannot be listed ({error.strerror})") from error
    return [
        name
        for name in entries
        if os.path.isdir(os.path.join(path, name)) and not name.startswith((".", "__MACOSX"))
    ]


def _middle_square(image: Image.Image, shape: tuple[int, int, int]) -> np.ndarray:
    from PIL.Image import Resampling

    height, width, channels = shape
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    pixels = np.asarray(image.resize((width, height), Resampling.BICUBIC, box))
    return pixels.reshape(height, width, channels)
