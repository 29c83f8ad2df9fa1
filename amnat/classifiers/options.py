"""How a classifier is trained: the options and their defaults per network and data set.

This module does not load TensorFlow: scripts resolve their flags with it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from typing import Any

from amnat.data.dataset import Dataset
from amnat.data.negatives import Negatives
from amnat.errors import InputError

import numpy as np

SCHEDULES = ("cosine", "step", "cosine_epochs")
AUGMENTATIONS = ("none", "shift", "shift_mirror", "crop_mirror")
MOMENTA = ("nesterov", "plain")
STANDARDISATIONS = ("pixels", "images")
LOSSES = ("cross_entropy", "binary_cross_entropy")
# Colour images of these data sets show characters, which mirroring would change into others.
COLOUR_CHARACTERS = ("svhn",)
# The small network sees about this many images in total, within bounds on its epochs, so that a
# small data set takes more epochs.
SMALL_IMAGES_SEEN = 60_000
SMALL_EPOCHS = (8, 30)

# The recipes of the networks' authors: kuangliu/pytorch-cifar (main.py) for three of them, AM-GAN's
# DenseNet (AM-GANs-for-reproduce, code/score.py).
_RECIPES: dict[str, dict[str, Any]] = {
    "densenet": {"epochs": 300, "batch_size": 64, "schedule": "step", "weight_decay": 1e-4},
    "small": {"learning_rate": 0.05},
}


@dataclasses.dataclass(frozen=True)
class ClassifierOptions:
    """What a trained classifier depends on, apart from its network and its data.

    Attributes:
      epochs: passes over the training images, at least 1.
      batch_size: images per step, at least 1.
      learning_rate: the initial rate, > 0.
      schedule: one of `SCHEDULES`, see `learning_rate`.
      augment: one of `AUGMENTATIONS`, see `amnat.classifiers.augmentation`.
      max_shift: the largest shift in pixels, at least 0.
      weight_decay: at least 0; the loss gains weight_decay / 2 times the squared norm of all
        trained weights, biases and normalisations included, as in both sources.
      seed: the seed of initial weights, order of data and augmentation, at least 0.
      momentum: one of `MOMENTA`, which is 0.9 in both cases.
      standardise: one of `STANDARDISATIONS`. Images lose their mean and are divided, per channel,
        by the standard deviation of all "pixels", or by the mean over all "images" of each one's
        own standard deviation, which is what the constants of kuangliu/pytorch-cifar are.
      loss: one of `LOSSES`, see `negative_aware.sample_losses`.

    Raises:
      InputError: a value outside these bounds.
    """

    epochs: int = 200
    batch_size: int = 128
    learning_rate: float = 0.1
    schedule: str = "cosine"
    augment: str = "shift_mirror"
    max_shift: int = 4
    weight_decay: float = 5e-4
    seed: int = 0
    momentum: str = "nesterov"
    standardise: str = "pixels"
    loss: str = "cross_entropy"

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("max_shift", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name}: {getattr(self, name)}, expected at least {least}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise InputError(f"learning_rate: {self.learning_rate}, expected more than 0")
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise InputError(f"weight_decay: {self.weight_decay}, expected at least 0")
        for name, known in (
            ("schedule", SCHEDULES),
            ("augment", AUGMENTATIONS),
            ("momentum", MOMENTA),
            ("standardise", STANDARDISATIONS),
            ("loss", LOSSES),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}: {getattr(self, name)!r}, expected one of {', '.join(known)}"
                )


def default_options(network: str, train: Dataset, **given: Any) -> ClassifierOptions:
    """The usual options of a network on a data set.

    Args:
      network: a name of `amnat.networks.classifiers`.
      train: `amnat.data.Dataset` of images.
      **given: fields of `ClassifierOptions`; those that are None are chosen here.

    Returns:
      ClassifierOptions. Images shift by up to an eighth of their size and mirror, as usual for
      CIFAR-10; characters, and all grey images, by a sixteenth, without mirroring.

    Raises:
      InputError: see `ClassifierOptions`.
    """
    chosen = dict(_RECIPES.get(network, {}))
    if network == "small":
        wanted = round(SMALL_IMAGES_SEEN / train.num_samples)
        chosen["epochs"] = int(np.clip(wanted, *SMALL_EPOCHS))
    height, _, channels = train.sample_shape
    pictures = channels > 1 and train.name not in COLOUR_CHARACTERS
    chosen["augment"] = "shift_mirror" if pictures else "shift"
    chosen["max_shift"] = round(height / (8 if pictures else 16))
    return ClassifierOptions(**chosen | {k: v for k, v in given.items() if v is not None})


def learning_rate(options: ClassifierOptions, progress: float) -> float:
    """The learning rate at a point of the training.

    Args:
      options: ClassifierOptions. 'cosine' falls from the initial rate to 0 along half a wave,
        'step' divides it by 10 at one half and again at three quarters; 'cosine_epochs' keeps the
        value of the wave at the beginning of each epoch throughout the epoch.
      progress: the completed share of all steps, in [0, 1).

    Returns: float.
    """
    if options.schedule == "cosine_epochs":
        # Rounding must not put the first step of an epoch into the one before.
        progress = math.floor(progress * options.epochs + 1e-6) / options.epochs
    if options.schedule != "step":
        return options.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
    drops = (progress >= 0.5) + (progress >= 0.75)
    return options.learning_rate * 0.1**drops


def content_key(dataset: Dataset | Negatives) -> str:
    """SHA-256 of a data set's samples and labels, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for array in (dataset.samples, dataset.labels):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def run_settings(network: str, train: Dataset, options: ClassifierOptions) -> dict[str, Any]:
    """Everything that a classifier depends on, as JSON values; equal settings give equal runs."""
    data = {"dataset": train.name, "content_key": content_key(train)}
    if train.origin is not None:
        data |= {"data_source": train.origin.spec}
    return {"network": network} | data | dataclasses.asdict(options)
