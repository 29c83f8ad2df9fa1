"""Images to be scored, at the size of the reference. Does not load TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amnat.data.dataset import scale, unscale
from amnat.data.file_reading import note
from amnat.data.image_files import fit
from amnat.evaluation.sources import GivenLabels, Source
from amnat.metrics.classifier import check_images

import numpy as np

_HOW = "8 bits per value, Pillow's bilinear filter"


class ResizedSource(Source):
    """The images of another source with another size or number of channels.

    They are rounded to 8 bits and resized as training images are (`amnat.data.image_files.fit`):
    the whole image is kept, and its proportions are not.

    Args:
      source: the images, of 1 or 3 channels.
      image_shape: (H, W, C) of the result.

    Attributes:
      settings: those of the source, and "resized" with both shapes.

    Raises:
      InputError: if the numbers of channels cannot be converted into each other.
    """

    def __init__(self, source: Source, image_shape: tuple[int, ...]):
        self.source = source
        self.name = source.name
        self.available = source.available
        self.image_shape = tuple(image_shape)
        # What cannot be converted is refused here, before the work.
        fit(np.zeros((1, *source.image_shape), np.uint8), self.image_shape, source.name)

    @property
    def settings(self) -> dict[str, Any]:  # type: ignore[override]  # It grows with the source's.
        shapes = {"from": list(self.source.image_shape), "to": list(self.image_shape)}
        return self.source.settings | {"resized": shapes | {"how": _HOW}}

    def given_labels(self, count: int) -> GivenLabels | None:
        return self.source.given_labels(count)

    def batches(self, count: int) -> Iterator[np.ndarray]:
        for batch in self.source.batches(count):
            # Rounding would hide values that are not finite.
            batch = check_images(batch, name=self.name, judges_range=False)
            yield scale(fit(unscale(batch), self.image_shape, self.name))

    def notice(self) -> str:
        """What happens to the images, as text."""
        height, width, channels = self.source.image_shape
        to_height, to_width, to_channels = self.image_shape
        changes = []
        if (height, width) != (to_height, to_width):
            is_stretched = height * to_width != width * to_height
            changes.append(
                f"resized from {width}x{height} to {to_width}x{to_height}"
                + (", which changes their proportions" if is_stretched else "")
            )
        if channels != to_channels:
            changes.append("made grey" if to_channels == 1 else "grey, repeated in 3 channels")
        return " and ".join(changes)


def at_size_of(source: Source, reference: Source, says: bool = True) -> Source:
    """A source at the size of a reference: itself, or a `ResizedSource`, which is announced.

    Args:
      source: the images.
      reference: the images that have the size.
      says: whether to print what happens.

    Raises: InputError, like `ResizedSource`.
    """
    if source.image_shape == reference.image_shape:
        return source
    resized = ResizedSource(source, reference.image_shape)
    if says:
        note(f"{source.name}: images are {resized.notice()}, as in the reference {reference.name}")
    return resized
