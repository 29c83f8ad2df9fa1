"""Draws images from a generator: by seed, by class, and between two seeds; needs TensorFlow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from amnat.sampling import walks
from amnat.training.generator_sources import GeneratorSource

import numpy as np
import tensorflow as tf

# The share of a batch that latents on the way between two others may take: with batch statistics,
# a batch of nothing else would be unlike any batch of training.
SHARE_OF_BATCH = 4


class ClassNotFound(Exception):
    """Too few images of a class were drawn; the message is one line."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A class to draw.

    Attributes:
      label: its number.
      name: its name.
      tell: callable (latents, images) of a whole batch -> int [N], their classes.
      max_draws: the largest number of images to draw in search of it.
    """

    label: int
    name: str
    tell: Callable[[np.ndarray, np.ndarray], np.ndarray]
    max_draws: int


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Images, and how they came about.

    Attributes:
      images: float [N, H, W, C] in [-1, 1].
      latents: float [N, Z].
      draws: number of images that were drawn.
    """

    images: np.ndarray
    latents: np.ndarray
    draws: int


def draw_images(
    source: GeneratorSource, count: int, wanted: Wanted | None = None, truncation: float = 0.0
) -> Drawn:
    """Draws `count` images, in batches of the source's size.

    Without a class they are the images that tools/evaluate.py scores with the same seed. Images of
    a class are those of ordinary batches that are of this class, so that batch statistics are those
    of training.

    Args:
      truncation: threshold of the noise, see `walks.truncated`; 0 for none.

    Raises: ClassNotFound.
    """
    images: list[np.ndarray] = []
    latents: list[np.ndarray] = []
    draws = 0
    for found, made in _batches(source, truncation):
        draws += len(made)
        rows: np.ndarray = np.arange(len(made))
        if wanted is not None:
            rows = np.flatnonzero(wanted.tell(found, made) == wanted.label)
        rows = rows[: count - len(images)]
        images += list(made[rows])
        latents += list(found[rows])
        if len(images) == count:
            break
        if wanted is not None and draws + source.batch_size > wanted.max_draws:
            raise ClassNotFound(
                f"class {wanted.name} turned up {len(images)} times in {draws:,} draws, and "
                f"{count} are wanted; lower --count, raise --max_draws, or try another --checkpoint"
            )
    return Drawn(np.stack(images), np.stack(latents), draws)


def _batches(source: GeneratorSource, truncation: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields (latents, images) of one batch after the other."""
    batch = 0
    while True:
        latents = source.latents(batch).numpy()
        if truncation:
            _, dim = walks.noise_of(source.draw, latents.shape[1])
            latents = walks.truncated(latents, dim, truncation)
        yield latents, source.generate(tf.constant(latents))
        batch += 1


def interpolate(
    source: GeneratorSource,
    seeds: tuple[int, int],
    count: int,
    wanted: Wanted | None = None,
    truncation: float = 0.0,
) -> Drawn:
    """Images on the way from the first image of one seed to that of another.

    Latents on the way replace a quarter of ordinary batches of the first seed. With batch
    statistics the ends therefore differ a little from the images that `draw_images` draws; with an
    export's standing statistics they do not.

    Args:
      source: the generator, whose own seed does not matter.
      count: number of images, with both ends.
      wanted: the class of the ends; None for any.

    Raises: ClassNotFound.
    """
    sources = [source.with_seed(seed) for seed in seeds]
    ends = [draw_images(each, 1, wanted, truncation) for each in sources]
    first, second = (end.latents[0] for end in ends)
    law, dim = walks.noise_of(source.draw, len(first))
    latents = walks.interpolated(first, second, count, dim, law)
    latents = _with_class_of(source.draw, latents)
    images = []
    step = max(1, source.batch_size // SHARE_OF_BATCH)
    for batch, start in enumerate(range(0, count, step)):
        part = latents[start : start + step]
        filled = sources[0].latents(batch).numpy()
        filled[: len(part)] = part
        images.append(source.generate(tf.constant(filled))[: len(part)])
    return Drawn(np.concatenate(images), latents, sum(end.draws for end in ends))


def _with_class_of(draw: Any, latents: np.ndarray) -> np.ndarray:
    """The latents with the class of the first one, if they have classes."""
    if hasattr(draw, "num_classes") and hasattr(draw, "dim"):
        part = slice(draw.dim, draw.dim + draw.num_classes)
        latents[:, part] = latents[0, part]
    return latents
