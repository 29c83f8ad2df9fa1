"""Parts of a data set by class: the first classes, a range, or listed names."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from amnat.data.dataset import Dataset, GaussianMixture
from amnat.errors import InputError

import numpy as np

# A selection of classes: the number of first classes, a range, or names.
Classes = int | slice | Sequence[str]

_NAMES_SHOWN = 5


def class_subset(dataset: Dataset, classes: Classes) -> Dataset:
    """The samples of some classes, which become classes 0 to k-1.

    Args:
      dataset: the whole data set.
      classes: k for the first k classes; a slice without a step, whose ends must be in [-K, K]
        (slice(-20, None) for the last 20); or class names in their new order, which `find_class`
        looks up.

    Returns:
      A data set of the same name; the samples keep their order. `mixture` keeps the components of
      these classes.

    Raises:
      InputError: if no class or no sample is selected, a range is too long, or a name is unknown,
        ambiguous or listed twice.
    """
    where = f"data set '{dataset.name}' ({dataset.split})"
    chosen = choose(dataset.class_names, classes, where)
    new_label = np.full(dataset.num_classes, -1, np.int32)
    new_label[chosen] = np.arange(len(chosen))
    labels = new_label[dataset.labels]
    kept = labels >= 0
    return dataclasses.replace(
        dataset,
        samples=dataset.samples[kept],
        labels=labels[kept],
        num_classes=len(chosen),
        class_names=tuple(dataset.class_names[label] for label in chosen),
        mixture=None if dataset.mixture is None else _components(dataset.mixture, chosen),
    )


def choose(class_names: Sequence[str], classes: Classes, where: str) -> list[int]:
    """The indices of the classes that `classes` selects, as `class_subset` describes.

    Args:
      class_names: the names of all classes.
      classes: the selection.
      where: the beginning of every error.

    Raises:
      InputError: as for `class_subset`.
    """
    count = len(class_names)
    if isinstance(classes, int):
        if classes < 1:
            raise InputError(f"{where}: the first {classes} classes, expected 1 to {count}")
        classes = slice(0, classes)
    if isinstance(classes, slice):
        ends = [end for end in (classes.start, classes.stop) if end is not None]
        chosen = list(range(count)[classes])
        if not chosen or not all(-count <= end <= count for end in ends):
            start, stop = ("" if end is None else end for end in (classes.start, classes.stop))
            raise InputError(
                f"{where}: no classes {start}:{stop}, expected a range within its {count} classes"
            )
        return chosen
    chosen = [find_class(class_names, name, where) for name in classes]
    if not chosen:
        raise InputError(f"{where}: no class is selected, expected at least one")
    twice = [class_names[label] for label in sorted(set(chosen)) if chosen.count(label) > 1]
    if twice:
        raise InputError(f"{where}: classes selected twice: {listing(twice)}")
    return chosen


def find_class(class_names: Sequence[str], name: str, where: str) -> int:
    """The index of the class with this name or, if no class has it, with this synonym.

    Raises:
      InputError: if there is no such class or more than one; the message begins with `where`.
    """
    if name in class_names:
        found = [label for label, other in enumerate(class_names) if other == name]
    else:
        wanted = synonyms(name)
        found = [label for label, other in enumerate(class_names) if wanted & synonyms(other)]
    if not found:
        raise InputError(f"{where}: unknown class '{name}', it has {listing(class_names)}")
    if len(found) > 1:
        several = listing([class_names[label] for label in found])
        raise InputError(f"{where}: '{name}' may be any of the classes {several}")
    return found[0]


def synonyms(class_name: str) -> frozenset[str]:
    """The comma-separated names of a class in a normal form that can be compared.

    Case is ignored, and so are the differences between spaces, "_" and "-": "pickup_truck" and
    "Pickup truck" are equal.
    """
    parts = (re.sub(r"[\s_-]+", " ", part).strip().casefold() for part in class_name.split(","))
    return frozenset(filter(None, parts))


def listing(names: Sequence[str]) -> str:
    """A few of the names and the number of the others, for errors."""
    shown = ", ".join(f"'{name}'" for name in names[:_NAMES_SHOWN])
    return shown + (f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else "")


def _components(mixture: GaussianMixture, chosen: list[int]) -> GaussianMixture:
    weights = mixture.weights[chosen]
    return GaussianMixture(mixture.means[chosen], mixture.stddevs[chosen], weights / weights.sum())
