"""The value that every loader returns, and the fixed scaling of images."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amnat.errors import InputError

import numpy as np

SPLITS = ("train", "test")


def scale(images: np.ndarray) -> np.ndarray:
    """Maps bytes to the range of the generators: (x - 127.5) / 128.

    Args:
      images: uint8, any shape.

    Returns:
      float32 of the same shape, in [-0.99609375, 0.99609375]. The result is exact, without
      rounding.

    Raises:
      TypeError: if `images` is not uint8 (scaling twice would go unnoticed).

    Source: the AM-GAN authors' code.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(f"scale expects uint8 images, found {images.dtype}")
    scaled = images.astype(np.float32)
    scaled -= 127.5
    scaled /= 128.0
    return scaled


def unscale(images: np.ndarray) -> np.ndarray:
    """The inverse of `scale` for display: round(x * 128 + 127.5), clipped to [0, 255].

    Args:
      images: floating point, any shape; -1 and 1, the limits of tanh, become 0 and 255. NaN
        becomes 0, so that the samples of a diverged run can still be drawn.

    Returns:
      uint8 of the same shape.
    """
    pixels = np.rint(np.asarray(images, np.float32) * 128.0 + 127.5)
    return np.clip(np.nan_to_num(pixels, nan=0.0), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """K isotropic Gaussians in the plane.

    Attributes:
      means: float64 [K, 2].
      stddevs: float64 [K], the standard deviation along each axis, > 0.
      weights: float64 [K], the probability of each component; they sum to 1.
    """

    means: np.ndarray
    stddevs: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.means)
        shapes = self.means.shape, self.stddevs.shape, self.weights.shape
        if shapes != ((count, 2), (count,), (count,)):
            raise InputError(
                "a Gaussian mixture needs means [K, 2], stddevs [K] and weights [K], found "
                + ", ".join(str(list(shape)) for shape in shapes)
            )
        if (self.stddevs <= 0).any() or (self.weights < 0).any():
            raise InputError("a Gaussian mixture needs stddevs > 0 and weights >= 0")
        if not np.isclose(self.weights.sum(), 1.0):
            raise InputError(
                f"the weights of a Gaussian mixture sum to {self.weights.sum():g}, expected 1"
            )


@dataclass(frozen=True)
class Origin:
    """How to load a data set again that is one's own or has another form than the published one.

    Attributes:
      spec: what `amnat.data.load` takes; paths are absolute.
      resize: how images got their size, one of `resizing.RESIZINGS`.
      holds_out: see `amnat.data.load`.
    """

    spec: str
    resize: str = "crop"
    holds_out: bool = False


@dataclass(frozen=True, eq=False)
class Dataset:
    """One split of a data set, held in memory.

    Attributes:
      name: the registered name, for instance "cifar10".
      split: "train" or "test".
      samples: uint8 [N, H, W, C] for images, float32 [N, D] for points; N >= 1.
      labels: int32 [N], in [0, num_classes).
      num_classes: the number of classes K, >= 1.
      class_names: K strings.
      mixture: the distribution that points were drawn from; None if it is unknown.
      origin: how to load the data again, if its name does not say it.

    Raises:
      InputError: if the arrays contradict this description.
    """

    name: str
    split: str
    samples: np.ndarray
    labels: np.ndarray
    num_classes: int
    class_names: tuple[str, ...]
    mixture: GaussianMixture | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        where = f"data set '{self.name}' ({self.split})"
        samples, labels = self.samples, self.labels
        layout = (samples.dtype.name, samples.ndim)
        if layout not in (("uint8", 4), ("float32", 2)):
            raise InputError(
                f"{where}: samples are {layout[0]} of rank {layout[1]}, expected uint8 "
                "[N, H, W, C] or float32 [N, D]"
            )
        if labels.dtype != np.int32 or labels.shape != (len(samples),):
            raise InputError(
                f"{where}: labels are {labels.dtype} {list(labels.shape)}, expected one int32 "
                f"label for each of the {len(samples)} samples"
            )
        if samples.size == 0:
            raise InputError(f"{where}: it is empty, expected at least one sample")
        if len(self.class_names) != self.num_classes:
            raise InputError(
                f"{where}: {len(self.class_names)} class names, expected {self.num_classes}"
            )
        check_labels(labels, self.num_classes, where)

    @property
    def num_samples(self) -> int:
        return len(self.samples)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(H, W, C) or (D,)."""
        return self.samples.shape[1:]

    @property
    def is_image(self) -> bool:
        return self.samples.ndim == 4

    @property
    def is_own(self) -> bool:
        """Whether the samples are a user's own; their name is then that of a folder."""
        return self.origin is not None and self.origin.spec != self.name

    @property
    def images(self) -> np.ndarray:
        """The inputs of networks: float32 `scale`d images [N, H, W, C], or the points unchanged.

        Every access scales the images again, into four times the memory of `samples`.
        """
        return scale(self.samples) if self.is_image else self.samples

    def identity(self) -> dict[str, Any]:
        """JSON values that tell this data set from others, images by their content.

        Points are computed anew on every machine, with other last digits, so only their number
        counts.
        """
        found = {"name": self.name, "split": self.split, "num_samples": self.num_samples}
        digest = {"sha256": array_digest(self.samples, self.labels)} if self.is_image else {}
        return found | digest

    def subset(self, indices: Sequence[int] | np.ndarray | slice) -> Dataset:
        """The samples at `indices` (integers [M], a boolean mask [N] or a slice), in that order.

        Raises:
          InputError: if an index is out of range or nothing is selected.
        """
        if not isinstance(indices, slice):
            indices = np.asarray(indices)
            # An empty list becomes float64, which NumPy refuses as an index.
            indices = indices.astype(np.int64) if indices.size == 0 else indices
        try:
            samples, labels = self.samples[indices], self.labels[indices]
        except IndexError as error:
            raise InputError(f"data set '{self.name}' ({self.split}): {error}") from error
        return dataclasses.replace(self, samples=samples, labels=labels)


def array_digest(*arrays: np.ndarray) -> str:
    """The SHA-256 of arrays' types, shapes and bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def check_labels(labels: np.ndarray, num_classes: int, where: str, first: int = 0) -> None:
    """Raises InputError for the first label that is not one of the `num_classes` integers from
    `first` on; the message begins with `where`."""
    outside = (labels < first) | (labels >= first + num_classes)
    if outside.any():
        row = int(np.argmax(outside))
        raise InputError(
            f"{where}: label {labels[row]} at row {row}, expected {first} to "
            f"{first + num_classes - 1}"
        )
