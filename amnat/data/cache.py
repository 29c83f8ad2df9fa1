"""Caches an array that takes long to compute beside the data that it is computed from."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable

import numpy as np


def cached_array(
    path: str, key: str, shape: tuple[int | None, ...], make: Callable[[], np.ndarray]
) -> np.ndarray:
    """Returns the array that an earlier call stored at `path` with the same key, or a new one.

    A file that is damaged or has another key is made again and replaced. The file only appears
    under its name when it is complete. It is no error if the folder is full or cannot be written
    to: the array is then made at every call.

    Args:
      path: the .npz file.
      key: a text that changes with everything that `make` depends on.
      shape: the shape of the array; None for a length that is not known before.
      make: callable that returns the array, uint8.

    Returns:
      uint8 array of that shape.
    """
    found = _load(path, key, shape)
    if found is not None:
        return found
    array = make()
    # A folder that is full or cannot be written to only raises OSError.
    with contextlib.suppress(OSError):
        _save(path, key, array)
    return array


def _load(path: str, key: str, shape: tuple[int | None, ...]) -> np.ndarray | None:
    try:
        with np.load(path, allow_pickle=False) as content:
            if str(content["key"]) != key:
                return None
            array = content["array"]
    # NumPy documents no narrower set of errors for a damaged file, and the reason does not matter.
    except Exception:
        return None
    fits = array.ndim == len(shape) and all(
        expected in (None, found) for expected, found in zip(shape, array.shape, strict=True)
    )
    return array if array.dtype == np.uint8 and fits else None


def _save(path: str, key: str, array: np.ndarray) -> None:
    folder, file = os.path.split(path)
    temporary = os.path.join(folder, f".{file}.{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "wb") as stream:
            np.savez(stream, key=np.array(key), array=array)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
