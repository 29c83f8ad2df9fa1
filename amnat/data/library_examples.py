"""One split of a data set as a library reads it, and which split and columns are meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amnat.errors import InputError

import numpy as np

_TEST_SPLITS = ("test", "validation")


@dataclass(frozen=True)
class Examples:
    """One split as a library reads it.

    Attributes:
      rows: (image file or uint8 array, its name for errors, label) of each image; the label is an
        integer, or None without `class_names`.
      count: the number of rows.
      class_names: the names of the labels; None for unlabelled images.
      is_own_split: whether the data has this split; otherwise a part has to be taken.
    """

    rows: Iterable[tuple[bytes | np.ndarray, str, int | None]]
    count: int
    class_names: list[str] | None
    is_own_split: bool


def choose(kind: str, found: list[str], preferred: list[str], where: str) -> str | None:
    """The only column of a kind, the preferred one, or the one that is named after the kind; None
    if there is none.

    Raises:
      InputError: if it is not clear which one is meant.
    """
    for names in ([name for name in preferred if name in found], [kind], found):
        if len(names) == 1 and names[0] in found:
            return names[0]
    if found:
        raise InputError(
            f"{where}: {', '.join(found)} may be the {kind}; name one with ?{kind}={found[0]}"
        )
    return None


def choose_split(splits: list[str], given: str | None, wanted: str, where: str) -> tuple[str, bool]:
    """(the split of a library's data to read, whether it is the wanted one as it is).

    Args:
      splits: the splits that there are.
      given: the split to train on, None for "train", or the only one.
      wanted: "train" or "test"; the latter is the library's "test" or "validation", unless another
        split than "train" is to be trained on.
      where: the beginning of errors.
    """
    if given is None:
        given = "train" if "train" in splits or len(splits) != 1 else splits[0]
    if given not in splits:
        raise InputError(f"{where}: no split '{given}', it has {', '.join(splits)}")
    tests = [name for name in _TEST_SPLITS if name in splits and given == "train"]
    if tests:
        return (given, True) if wanted == "train" else (tests[0], True)
    return given, False
