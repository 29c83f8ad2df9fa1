"""Images to be scored after they were written and read as JPEG. Does not load TensorFlow."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

from amnat.data.dataset import scale, unscale
from amnat.evaluation.sources import GivenLabels, Source
from amnat.metrics.classifier import check_images

import numpy as np
import PIL
from PIL import Image

# Pillow's own default, with colours at half the resolution; msgan's images get it through skimage.
QUALITY = 75


def through_jpeg(images: np.ndarray, quality: int = QUALITY) -> np.ndarray:
    """Encodes and decodes uint8 [N, H, W, C], C 1 or 3, one by one; returns the same shape."""
    made = np.empty_like(images)
    for number, image in enumerate(images):
        is_grey = image.shape[2] == 1
        file = io.BytesIO()
        Image.fromarray(image[:, :, 0] if is_grey else image).save(file, "JPEG", quality=quality)
        with Image.open(file) as decoded:
            made[number] = np.asarray(decoded).reshape(image.shape)
    return made


class JpegSource(Source):
    """The images of another source, rounded to 8 bits and sent through JPEG.

    Args:
      source: the images, of 1 or 3 channels.
      quality: of the JPEG files, 1 to 95.

    Attributes:
      settings: those of the source, and "jpeg" with the quality and the library.
    """

    def __init__(self, source: Source, quality: int = QUALITY):
        self.source = source
        self.quality = quality
        self.name = source.name
        self.available = source.available
        self.image_shape = source.image_shape

    @property
    def settings(self) -> dict[str, Any]:  # type: ignore[override]  # It grows with the source's.
        jpeg = {"quality": self.quality, "library": f"Pillow {PIL.__version__}"}
        return self.source.settings | {"jpeg": jpeg}

    def batches(self, count: int) -> Iterator[np.ndarray]:
        for batch in self.source.batches(count):
            # Rounding would hide values that are not finite.
            batch = check_images(batch, name=self.name, judges_range=False)
            yield scale(through_jpeg(unscale(batch), self.quality))

    def given_labels(self, count: int) -> GivenLabels | None:
        return self.source.given_labels(count)

    def content_key(self) -> str:
        key = f"{self.source.content_key()}|JPEG|{self.quality}|{PIL.__version__}"
        return hashlib.sha256(key.encode()).hexdigest()
