"""JSON of what programs compute: NumPy's numbers and arrays are written as plain ones.

`json` refuses an int64 or a bool of NumPy, and which functions return one differs between NumPy's
releases. Everything in this package that is written as JSON goes through here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """The value with lists, dicts with str keys, and Python's own numbers, as `json` has them.

    Args:
      value: a nest of dicts, lists and tuples with str, numbers, bool, None, paths, and NumPy's
        scalars and arrays, which become lists. Anything else is returned as it is.
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def dumps(value: Any, **options: Any) -> str:
    """`json.dumps` of the `plain` value.

    Args:
      value: see `plain`.
      **options: of `json.dumps`.

    Raises: TypeError if a part of the value is no JSON value, as `json.dumps` does.
    """
    return json.dumps(plain(value), **options)
