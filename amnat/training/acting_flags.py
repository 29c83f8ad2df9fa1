"""Flags as they act: with the defaults that a script derives, without those that change nothing.

This module does not load TensorFlow.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from amnat.training.declarations import declaration

from absl import flags


def acting(flag: flags.Flag, effective: Callable[[str], Any]) -> flags.Flag | None:
    """A flag with its effective value; None if a condition of its declaration does not hold.

    Args:
      flag: the flag, which stays as it is.
      effective: name -> effective value, as `declarations.check` takes it.
    """
    found = declaration(flag.name)
    if found is not None and not all(each.holds(effective(each.name)) for each in found.only_with):
        return None
    value = effective(flag.name)
    if value == flag.value:
        return flag
    changed = copy.deepcopy(flag)
    changed.value = value
    return changed
