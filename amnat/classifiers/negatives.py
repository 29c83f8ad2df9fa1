"""Negatives in a classifier's batches, for negative-aware training.

This module does not load TensorFlow.

Source: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), sections 2.1 and 3.1, whose
authors changed kuangliu/pytorch-cifar (main.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amnat.classifiers.options import ClassifierOptions, content_key, default_options
from amnat.data.dataset import Dataset, scale
from amnat.data.negatives import Negatives
from amnat.errors import InputError

import numpy as np
from numpy.typing import ArrayLike

EPOCHS = 200
# Part of the seed, so that the draws of negatives and the order of the positives are independent.
_RNG_KEY = 20200831
_COUNTS = re.compile(r"(?P<fewest>\d{1,9})(?::(?P<most>\d{1,9}))?")


def nat_options(network: str, train: Dataset, **given: Any) -> ClassifierOptions:
    """The options of pytorch-cifar's main.py, which the paper does not change.

    Batches of 128 in 200 epochs, rate 0.1, a cosine by epochs, plain momentum, weight decay 5e-4,
    crops of the padded images and mirroring. The network "small" has its own rate and epochs;
    characters and grey images shift as in `default_options`.

    Args:
      network: a name of `amnat.networks.classifiers`.
      train: `amnat.data.Dataset` of images.
      **given: fields of `ClassifierOptions` to change; those that are None stay as they are.

    Raises:
      InputError: see `ClassifierOptions`.
    """
    usual = default_options(network, train)
    recipe = {
        "epochs": usual.epochs if network == "small" else EPOCHS,
        "batch_size": 128,
        "schedule": "cosine_epochs",
        "augment": "crop_mirror" if usual.augment == "shift_mirror" else usual.augment,
        "weight_decay": 5e-4,
        "momentum": "plain",
        "standardise": "images",
    }
    return default_options(
        network, train, **recipe | {k: v for k, v in given.items() if v is not None}
    )


def parse_counts(text: str) -> tuple[int, int]:
    """A range such as "5:25" as (5, 25), both included, and "8" as (8, 8).

    Raises:
      InputError: another form, less than 1, or the larger number first.
    """
    match = _COUNTS.fullmatch(text.strip())
    fewest = int(match["fewest"]) if match else 0
    most = int(match["most"] or fewest) if match else 0
    if not 1 <= fewest <= most:
        raise InputError(
            f"--negatives_per_batch={text}: expected a number of at least 1, or a range A:B such "
            "as 5:25"
        )
    return fewest, most


@dataclass(frozen=True, eq=False)
class NegativeBatches:
    """Which negatives a training step takes.

    Their number is uniform in [fewest, most]; that many different samples are then drawn from all
    sources together, each sample with the same probability. Both depend only on the seed and the
    step.

    Attributes:
      sources: images or noise of the positives' shape; at least one.
      fewest, most: the smallest and the largest number of negatives per batch.
      every: steps 0, every, 2 * every, ... of the whole training take negatives. The paper has
        them in every batch; for GANs, its authors' page advises every tenth.
      weight: the weight of the mean loss of negatives beside that of the positives, which outlier
        exposure sets to 0.5; None gives every sample of a batch the same weight, as in the paper.
      apart: whether negatives pass the network in a batch of their own, with statistics of its own;
        the moving averages are then those of the positives.

    Raises:
      InputError: `most` is more than there are, `fewest` not in [1, most], `every` less than 1, or
        `weight` not above 0.
    """

    sources: Sequence[Negatives]
    fewest: int
    most: int
    every: int = 1
    weight: float | None = None
    apart: bool = False

    def __post_init__(self) -> None:
        if self.weight is not None and not (math.isfinite(self.weight) and self.weight > 0):
            raise InputError(f"--negative_weight={self.weight}: expected a number of more than 0")
        if self.every < 1:
            raise InputError(f"--negative_every={self.every}: expected at least 1")
        if not 1 <= self.fewest <= self.most <= self.num_samples:
            raise InputError(
                f"--negatives_per_batch={self.counts}: expected 1 to {self.num_samples}, the "
                f"number of negatives in {', '.join(source.name for source in self.sources)}"
            )

    @property
    def num_samples(self) -> int:
        return sum(source.num_samples for source in self.sources)

    @property
    def counts(self) -> str:
        """The range as text that `parse_counts` takes."""
        return f"{self.fewest}:{self.most}" if self.fewest < self.most else str(self.fewest)

    @property
    def settings(self) -> dict[str, Any]:
        """What a classifier depends on here, as JSON values."""
        return {
            "negatives": [source.name for source in self.sources],
            "negatives_keys": [content_key(source) for source in self.sources],
            "negatives_per_batch": self.counts,
            "negative_every": self.every,
            "negative_weight": self.weight,
            "negatives_apart": self.apart,
        }

    def draw(
        self, iteration: int, options: ClassifierOptions, mean: ArrayLike, variance: ArrayLike
    ) -> np.ndarray:
        """The negatives of one step.

        Images are augmented like the positives: in the authors' code both are rows of one batch,
        and differ by their labels. Noise is not augmented.

        Args:
          iteration: number of steps since the beginning of the training.
          options: the options of the positives.
          mean, variance: C floats each, with which the classifier standardises images.

        Returns:
          float32 [k, H, W, C] in the units that networks take; k is 0 in steps without negatives.
        """
        # Loads TensorFlow.
        from amnat.classifiers.augmentation import augmented

        rng = np.random.default_rng([_RNG_KEY, options.seed, iteration])
        pieces = [np.empty((0, *self.sources[0].sample_shape), np.float32)]
        if iteration % self.every:
            return pieces[0]
        count = rng.integers(self.fewest, self.most + 1)
        chosen = rng.choice(self.num_samples, count, replace=False)
        for source in self.sources:
            rows = chosen[(chosen >= 0) & (chosen < source.num_samples)]
            chosen = chosen - source.num_samples
            samples = source.samples[rows]
            if source.is_image and len(rows):
                samples = augmented(samples, options, rng)
            pieces.append(network_images(samples, mean, variance))
        return np.concatenate(pieces)

    def __str__(self) -> str:
        names = ", ".join(source.name for source in self.sources)
        when = "every batch" if self.every == 1 else f"a batch, every {self.every} batches"
        weight = "" if self.weight is None else f", weight {self.weight:g}"
        apart = ", in batches of their own" if self.apart else ""
        return f"{names}: {self.num_samples:,} samples, {self.counts} in {when}{weight}{apart}"


def network_images(samples: np.ndarray, mean: ArrayLike, variance: ArrayLike) -> np.ndarray:
    """Converts negatives to a classifier's input.

    Args:
      samples: of `Negatives`: uint8 [N, H, W, C], or float32 noise N(0, 1). The paper normalises
        images and leaves the noise unchanged. amnat's classifiers standardise all their inputs, so
        the noise gets their mean and variance here.
      mean, variance: C floats each, the classifier's.

    Returns:
      float32 [N, H, W, C].
    """
    if samples.dtype == np.uint8:
        return scale(samples)
    return (samples * np.sqrt(variance) + mean).astype(np.float32)
