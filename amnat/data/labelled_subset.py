"""Chooses the samples of a data set that have labels, for semi-supervised learning."""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.errors import InputError

import numpy as np


def choose_labelled(dataset: Dataset, count: int, seed: int, flag: str = "num_labels") -> Dataset:
    """Draws a part of a data set with the same number of samples of each class.

    Args:
      dataset: the training split.
      count: the number of samples, a multiple of the number of classes.
      seed: the seed of the choice; with one seed, a larger choice contains any smaller one.
      flag: the flag that errors name.

    Returns: the chosen samples, class after class.

    Raises:
      InputError: if `count` is no such multiple or a class has fewer samples.
    """
    classes = dataset.num_classes
    if count < classes or count % classes:
        raise InputError(
            f"--{flag}={count}: expected a multiple of the {classes} classes of {dataset.name}, "
            "at least one of each"
        )
    order = np.random.default_rng([seed, 0]).permutation(dataset.num_samples)
    each = count // classes
    rows = [order[dataset.labels[order] == label][:each] for label in range(classes)]
    fewest = min(len(found) for found in rows)
    if fewest < each:
        label = next(label for label, found in enumerate(rows) if len(found) < each)
        raise InputError(
            f"--{flag}={count}: {each} samples per class, but class {label} of {dataset.name} has "
            f"{fewest}"
        )
    return dataset.subset(np.concatenate(rows))
