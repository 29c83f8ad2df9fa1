"""Negative samples from a specification: data sets, some of their classes, folders, or noise.

Source: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), sections 3.1 and 3.2.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from amnat.data import own_data
from amnat.data.class_subset import class_subset, listing, synonyms
from amnat.data.dataset import SPLITS, Dataset, array_digest, scale
from amnat.data.folder import NAT_WNIDS, load_folder, read_class_list
from amnat.data.image_files import fit
from amnat.data.registry import describe, load
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np

# The label of every negative, as on the authors' page.
LABEL = -1
# This is the number of test images of CIFAR-100, the paper's other unseen negatives.
NOISE_SAMPLES = 10_000

_MAX_NOISE_BYTES = 4 << 30
_NOISE_SEED = 20200829
_SPEC = re.compile(r"(?P<source>.+?)(?:\[(?P<classes>[^\[\]]*)\])?", re.DOTALL)
_RANGE = re.compile(r"\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*")
_FORMS = (
    "expected NAME, NAME[0:10], NAME[-20:], NAME[class+class], NAME[@list.txt], folder=PATH, "
    "tfds:NAME, hf:PATH or noise"
)


@dataclass(frozen=True, eq=False)
class Negatives:
    """Samples that belong to no class, held in memory.

    Attributes:
      name: the specification that they come from.
      samples: uint8 [N, H, W, C] for images; float32 [N, ...] in the range of the networks for
        points and noise; N >= 1.
      class_names: the classes in the data set that they come from; () for noise.
    """

    name: str
    samples: np.ndarray
    class_names: tuple[str, ...] = ()

    @property
    def num_samples(self) -> int:
        return len(self.samples)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(H, W, C) or (D,)."""
        return self.samples.shape[1:]

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @property
    def labels(self) -> np.ndarray:
        """The labels, int32 [N]; all are `LABEL`."""
        return np.full(len(self.samples), LABEL, np.int32)

    @property
    def is_image(self) -> bool:
        """Whether the samples are bytes that have to be scaled, as for `Dataset.is_image`."""
        return self.samples.dtype == np.uint8

    def identity(self) -> dict[str, Any]:
        """JSON values that tell them from others, images by their content; see `Dataset`."""
        found = {"name": self.name, "num_samples": self.num_samples}
        return found | ({"sha256": array_digest(self.samples)} if self.is_image else {})

    @property
    def images(self) -> np.ndarray:
        """The inputs of networks, float32; every access scales bytes again."""
        return scale(self.samples) if self.is_image else self.samples


@dataclass(frozen=True)
class Source:
    """A parsed specification.

    Attributes:
      spec: the whole specification.
      kind: "dataset", "folder" or "noise".
      name: the name of the data set, or the path.
      classes: the selected classes, None for all.
      count: the number of noise samples.
    """

    spec: str
    kind: str
    name: str = ""
    classes: slice | list[str] | None = None
    count: int = NOISE_SAMPLES


def parse_source(spec: str) -> Source:
    """Parses and checks a specification; it only reads a file of class names and no other data.

    - `NAME`: a data set of `amnat.data.names()`.
    - `folder=PATH`: a folder, .zip or .tar of PATH/<class>/<image> (`folder.load_folder`); a
      relative path is searched in the current folder and in that of the data. Without classes, the
      images may also lie in PATH itself.
    - `tfds:NAME` or `hf:PATH`: see `own_data`.
    - Each of them with `[a:b]`: classes a to b-1, counted as in Python (`[-20:]` is the last 20);
      with `[name+name]`: the listed classes; with `[@FILE]`: the classes in a text file, one per
      line, where `[@nat]` is the NAT paper's list of ILSVRC-2012 wnids.
    - `noise` or `noise=COUNT`: Gaussian noise (`gaussian_noise`), by default 10,000 samples.

    Raises:
      InputError: if the data set or the form is unknown, or a list cannot be read.
    """
    match = _SPEC.fullmatch(spec.strip())
    source, classes = (match["source"].strip(), match["classes"]) if match else ("", None)
    own = None if source.startswith("folder=") else own_data.parse(source)
    if own is not None:
        selected = None if classes is None else parse_classes(classes, f"negatives '{spec}'")
        return Source(spec, "dataset", own.spec, selected)
    kind, separator, value = source.partition("=")
    if not source or (separator and kind not in ("folder", "noise")):
        raise InputError(f"negatives '{spec}': {_FORMS}")
    if kind == "noise":
        return _noise_source(spec, value if separator else str(NOISE_SAMPLES), classes)
    selected = None if classes is None else parse_classes(classes, f"negatives '{spec}'")
    if separator:
        if not value:
            raise InputError(f"negatives '{spec}': no path after folder=, {_FORMS}")
        return Source(spec, "folder", value, selected)
    try:
        describe(source)
    except InputError as error:
        raise InputError(f"negatives '{spec}': {error}") from error
    return Source(spec, "dataset", source, selected)


def _noise_source(spec: str, count: str, classes: str | None) -> Source:
    if classes is not None or not re.fullmatch(r"\d{1,9}", count) or int(count) < 1:
        raise InputError(f"negatives '{spec}': expected noise or noise=COUNT, COUNT at least 1")
    return Source(spec, "noise", count=int(count))


def parse_classes(text: str, where: str) -> slice | list[str]:
    """Parses the text in the brackets of a specification: "a:b", "name+name" or "@FILE".

    Raises:
      InputError: if a name is empty, in which case the message begins with `where`, or if a list
        cannot be read.
    """
    text = text.strip()
    if text.startswith("@"):
        file = text[1:].strip()
        return read_class_list(NAT_WNIDS if file == "nat" else file)
    match = _RANGE.fullmatch(text)
    if match:
        return slice(*(None if end is None else int(end) for end in match.groups()))
    names = [name.strip() for name in text.split("+")]
    if not all(names):
        raise InputError(f"{where}: a class name is empty, expected a:b, name+name or @FILE")
    return names


def load_negatives(
    spec: str,
    like: Dataset,
    data_dir: str | os.PathLike | None = None,
    split: str = "train",
    *,
    seed: int = 0,
    per_batch: int = 1,
    download: bool = True,
) -> Negatives:
    """Reads negatives and converts them to the shape of the positives.

    Images are resized and converted to grey or RGB like the positives (`image_files.fit`).

    Args:
      spec: see `parse_source`.
      like: the positives.
      data_dir: as for `amnat.data.load`; a relative `folder=PATH` is searched in the current
        folder, then here.
      split: "train" or "test"; folders, which have no splits, ignore it.
      seed: the seed of noise.
      per_batch: the number of negatives that a batch will take.
      download: as for `amnat.data.load`.

    Returns:
      The negatives in the order of their data set.

    Raises:
      InputError: see `parse_source`; also if a file is missing or damaged, classes are unknown, the
        shape cannot be converted, there are fewer samples than `per_batch`, or a class is also one
        of the positives (`check_disjoint`).
    """
    source = parse_source(spec)
    if split not in SPLITS:
        raise InputError(f"unknown split '{split}' of negatives, expected train or test")
    if source.kind == "noise":
        negatives = Negatives(spec, gaussian_noise(source.count, like.sample_shape, seed, split))
    else:
        negatives = _from_classes(source, like, data_dir, split, download)
    if per_batch > negatives.num_samples:
        raise InputError(
            f"negatives '{spec}': {negatives.num_samples} samples, expected at least the "
            f"{per_batch} of one batch"
        )
    return negatives


def _from_classes(
    source: Source, like: Dataset, data_dir: str | os.PathLike | None, split: str, download: bool
) -> Negatives:
    where = f"negatives '{source.spec}'"
    if source.kind == "folder":
        data = _load_folder(source, like, split, data_dir)
    else:
        form = None
        if own_data.parse(source.name) is not None and like.is_image:
            form = ImageForm(like.sample_shape[0], channels=like.sample_shape[2])
        data = load(source.name, data_dir, split, download, form)
        if source.classes is not None:
            data = class_subset(data, source.classes)
    check_disjoint(like, data, where)
    if data.is_image != like.is_image or not (
        data.is_image or data.sample_shape == like.sample_shape
    ):
        raise InputError(
            f"{where}: samples of shape {list(data.sample_shape)} cannot become those of the "
            f"positives '{like.name}', {list(like.sample_shape)}"
        )
    samples = fit(data.samples, like.sample_shape, where) if data.is_image else data.samples
    return Negatives(source.spec, samples, data.class_names)


def _load_folder(
    source: Source, like: Dataset, split: str, data_dir: str | os.PathLike | None
) -> Dataset:
    path = source.name
    if data_dir is not None and not os.path.exists(os.path.expanduser(path)):
        beside = os.path.join(os.path.expanduser(data_dir), path)
        path = beside if os.path.exists(beside) else path
    if isinstance(source.classes, slice):
        return class_subset(load_folder(path, like.sample_shape, split=split), source.classes)
    allows_flat = source.classes is None
    return load_folder(path, like.sample_shape, source.classes, split, allows_flat=allows_flat)


def check_disjoint(positives: Dataset, negatives: Dataset, where: str) -> None:
    """Raises InputError if a class is both positive and negative; the message begins with `where`.

    Within one data set, classes are the same if they have the same name; between two data sets,
    also if they share a synonym (`class_subset.synonyms`). Only names are compared: the user has to
    decide whether "pickup_truck" is a "truck", and leave it out.
    """
    if positives.name == negatives.name:
        both = [name for name in negatives.class_names if name in set(positives.class_names)]
    else:
        known = frozenset().union(*map(synonyms, positives.class_names))
        both = [name for name in negatives.class_names if known & synonyms(name)]
    if both:
        raise InputError(
            f"{where}: classes that are also positive, in '{positives.name}': {listing(both)}; "
            "leave them out"
        )


def gaussian_noise(
    count: int, shape: tuple[int, ...], seed: int = 0, split: str = "train"
) -> np.ndarray:
    """Independent N(0, 1) numbers in the units of the networks' inputs, without clipping.

    The paper only says "Gaussian noise N(0, 1)", after normalisation. Clipping to the range of
    images, about [-1, 1], would put a third of all values at its ends.

    The numbers come from `np.random.default_rng([20200829, seed, s])` with s = 0 for train and 1
    for test, so they are the same every time, and less noise is the beginning of more noise.

    Args:
      count: N.
      shape: the shape of each sample.
      seed: the seed, at least 0.
      split: "train" or "test".

    Returns:
      float32 [N, *shape].

    Raises:
      InputError: if the noise needs more than 4 GiB.
    """
    if 4 * count * int(np.prod(shape)) > _MAX_NOISE_BYTES:
        raise InputError(
            f"{count} noise samples of shape {list(shape)} need more than 4 GiB, expected fewer"
        )
    rng = np.random.default_rng([_NOISE_SEED, seed, SPLITS.index(split)])
    return rng.standard_normal((count, *shape), dtype=np.float32)
