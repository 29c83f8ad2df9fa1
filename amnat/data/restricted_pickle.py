"""Reads the pickles of published data sets without running any code that they name.

The CIFAR archives are pickles, and a pickle can name any function to call. Here the few names that
the published files use become inert records, and any other name is refused. Not even NumPy's own
unpickling runs on the content of a file.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import Literal

from amnat.errors import InputError

import numpy as np


def load_dict(data: bytes, where: str, ignored: tuple[str, ...] = ()) -> dict[str, object]:
    """Reads a pickled dictionary of integers, strings, lists and uint8 arrays.

    It reads files that were written by Python 2 (keys are bytes) or by Python 3 with any NumPy.

    Args:
      data: the whole file.
      where: the name of the file, for errors.
      ignored: keys to leave out, whatever their values are.

    Returns:
      The dictionary with str keys; byte strings in its values stay bytes, arrays are uint8.

    Raises:
      InputError: if the data is not a pickle, is truncated, names something else to import, or
        holds an array of another dtype.
    """
    try:
        _check_memo(data)
        content = _Unpickler(io.BytesIO(data), encoding="bytes").load()
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    # pickle.Unpickler documents no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"{where}: damaged or not a pickle ({reason}), expected the published file"
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{where}: holds a {type(content).__name__}, expected a dictionary")
    named = {_key(key, where): (key, value) for key, value in content.items()}
    return {name: _value(*found, where) for name, found in named.items() if name not in ignored}


def _key(key: object, where: str) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if isinstance(key, str):
        return key
    raise InputError(f"{where}: a key is a {type(key).__name__}, expected a string")


def _value(key: object, value: object, where: str) -> object:
    if not isinstance(value, _Array):
        return value
    try:
        return value.to_numpy()
    except InputError as error:
        raise InputError(f"{where}: {_key(key, where)} is {error}") from error


def _check_memo(data: bytes) -> None:
    """Refuses memo indices that no writer produces.

    Writers number the memo consecutively. The C unpickler allocates and clears a table as large as
    the largest index, so a single flipped byte could ask for 64 GiB.
    """
    for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if opcode.name not in ("PUT", "BINPUT", "LONG_BINPUT"):
            continue
        if not isinstance(argument, int) or argument > count + 1:
            raise InputError(f"damaged (memo index {argument} after {count} operations)")


class _Inert:
    """Replaces a name that a pickle may mention. It has no attribute that a pickle can set."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        raise InputError("damaged (state for an object that has none)")


class _Encode(_Inert):
    """`_codecs.encode`, with which Python 3 writes bytes in protocol 2; it only allows Latin-1."""

    __slots__ = ()

    def __call__(self, text: object, encoding: object) -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
            raise InputError("damaged (bytes that are not text encoded as 'latin1')")
        return text.encode("latin-1")


class _NdarrayType(_Inert):
    """`numpy.ndarray`, which only occurs as an argument of _reconstruct."""

    __slots__ = ()


class _Dtype(_Inert):
    """The result of `numpy.dtype(code, align, copy)`."""

    __slots__ = ("code",)

    def __init__(self, code: str):
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Ignores byte order and fields, which do not matter for single bytes."""


class _DtypeType(_Inert):
    __slots__ = ()

    def __call__(self, code: object, *_: object) -> _Dtype:
        if not isinstance(code, str | bytes):
            raise InputError("damaged (a dtype whose code is not a string)")
        return _Dtype(code.decode("latin-1") if isinstance(code, bytes) else code)


class _Array(_Inert):
    """The result of `numpy.core.multiarray._reconstruct`; the array's content is its state."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state

    def to_numpy(self) -> np.ndarray:
        if not (isinstance(self.state, tuple) and len(self.state) == 5):
            raise InputError("an incomplete array")
        _, shape, dtype, fortran_order, content = self.state
        if not isinstance(dtype, _Dtype) or dtype.code not in ("u1", "|u1", "uint8"):
            code = dtype.code[:20] if isinstance(dtype, _Dtype) else "?"
            raise InputError(f"an array of dtype {code!r}, expected uint8")
        if not (
            isinstance(shape, tuple)
            and len(shape) <= 8
            and all(type(size) is int and size >= 0 for size in shape)
        ):
            raise InputError("an array with a damaged shape")
        found = len(content) if isinstance(content, bytes) else None
        if found != math.prod(shape):
            raise InputError(
                f"an array of shape {list(shape)} with {found} bytes, expected {math.prod(shape)}"
            )
        order: Literal["F", "C"] = "F" if fortran_order else "C"
        return np.frombuffer(content, np.uint8).reshape(shape, order=order)


class _Reconstruct(_Inert):
    __slots__ = ()

    def __call__(self, array_type: object, shape: object, code: object) -> _Array:
        if not isinstance(array_type, _NdarrayType):
            raise InputError("damaged (an array of an unknown type)")
        return _Array()


_ALLOWED: dict[tuple[str, str], _Inert] = {
    ("_codecs", "encode"): _Encode(),
    ("numpy", "ndarray"): _NdarrayType(),
    ("numpy", "dtype"): _DtypeType(),
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct(),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> _Inert:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise InputError(
                f"refused, because it asks to import {f'{module}.{name}'[:80]!r}; expected a "
                "dictionary of numbers, strings and NumPy arrays"
            ) from None
