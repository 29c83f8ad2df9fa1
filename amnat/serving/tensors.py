"""Tensors as JSON, in the row and column formats of TensorFlow Serving's REST interface.

What is accepted, how it is converted, and the words of the errors that clients may look for follow
TensorFlow Serving (util/json_tensor.cc). One thing is stricter: NaN and infinities are refused.
Shapes and ranges are checked here, so TensorFlow only sees arrays that fit the signature.
This module does not load TensorFlow.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from amnat import json_text
from amnat.serving.request_errors import RequestError

import numpy as np
import orjson

# Names ending so hold bytes, which are written as base64 (TensorFlow Serving's rule).
BYTES_SUFFIX = "_bytes"
_B64 = "b64"
# The longest part of a request's value that an error repeats.
_LONGEST_VALUE = 60
_LEVELS_SHOWN, _ITEMS_SHOWN = 3, 4
# Lists in more levels are no tensors: NumPy has 64, and many operations of TensorFlow 8.
_MOST_LEVELS = 32
# The types of JSON that a client may write for each kind of tensor.
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float32", "float64")
# TensorFlow's short names of types, as they are in the errors of its server.
_SHORT_NAMES = {"float32": "float", "float64": "double"}
# The largest whole number up to which a float has all whole numbers.
_LARGEST_WHOLE = {"float32": 2**24 - 1, "float64": 2**53 - 1}


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """What a signature takes or returns under a name.

    Attributes:
      dtype: NumPy's name of the type; 'string' for bytes.
      shape: the sizes, None for one that is free; None if even the rank is free.
    """

    dtype: str
    shape: tuple[int | None, ...] | None

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of this shape fits."""
        return self.shape is None or (
            len(shape) == len(self.shape)
            and all(own in (None, size) for own, size in zip(self.shape, shape, strict=True))
        )


def shape_text(shape: tuple[int | None, ...] | None) -> str:
    """A shape as text, such as [N, 28, 28, 1]."""
    if shape is None:
        return "[...]"
    return f"[{', '.join('N' if size is None else str(size) for size in shape)}]"


def is_base64(value: Any) -> bool:
    """Whether a JSON value is {"b64": text}."""
    return isinstance(value, dict) and list(value) == [_B64] and isinstance(value[_B64], str)


def shown(value: Any) -> str:
    """A JSON value for an error, shortened: it may be as deep and as long as a request."""
    text = _shortened(value, _LEVELS_SHOWN)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


def _shortened(value: Any, levels: int) -> str:
    if isinstance(value, str):
        return json_text.dumps(value[:_LONGEST_VALUE])
    if not isinstance(value, list | dict):
        return json_text.dumps(value)
    opening, closing = "[]" if isinstance(value, list) else "{}"
    if not levels:
        return f"{opening}...{closing}"
    items = list(itertools.islice(value, _ITEMS_SHOWN))
    if isinstance(value, dict):
        texts = [
            f"{json_text.dumps(key[:_LONGEST_VALUE])}: {_shortened(value[key], levels - 1)}"
            for key in items
        ]
    else:
        texts = [_shortened(item, levels - 1) for item in items]
    more = ["..."] if len(value) > _ITEMS_SHOWN else []
    return f"{opening}{', '.join(texts + more)}{closing}"


def kind_of(value: Any) -> str:
    """What a JSON value is, as TensorFlow Serving calls it."""
    names: dict[type, str] = {dict: "Object", list: "Array", str: "String", type(None): "Null"}
    if isinstance(value, bool):
        return str(value)
    return names.get(type(value), "Number")


def array_of(value: Any, info: TensorInfo, name: str) -> np.ndarray:
    """The tensor of a JSON value.

    Args:
      value: a number, text, bool or {"b64": text}, or lists of them, nested to any depth.
      info: what the signature takes.
      name: of the input, for errors.

    Returns: an array of `info.dtype`; of objects (bytes) for strings.
    Raises: RequestError 400 if the lists are ragged, a value has another type or is out of the
      type's range, or the shape does not fit; 501 for types that JSON has no form for.
    """
    shape, leaves = _flattened(value)
    array = _converter(info.dtype)(leaves, info.dtype)
    if len(shape) > _MOST_LEVELS:
        raise RequestError(
            400, f"Input {name} has lists in {len(shape)} levels, expected {_MOST_LEVELS} at most"
        )
    if not info.accepts(shape):
        raise RequestError(
            400,
            f"Input {name} has the shape {shape_text(shape)}, expected {shape_text(info.shape)}",
        )
    return array.reshape(shape)


def _flattened(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """(shape, values in order) of nested lists that are all equally long at a level."""
    shape: list[int] = []
    level = [value]
    while level and isinstance(level[0], list):
        size = len(level[0])
        for item in level:
            if not isinstance(item, list):
                raise RequestError(
                    400,
                    f"JSON Value: {shown(item)} found at incorrect level: {len(shape) + 1} in the "
                    "JSON DOM; expected a list there, as its neighbours are",
                )
            if len(item) != size:
                raise RequestError(
                    400,
                    f"Encountered list at unexpected size: {len(item)} at level: {len(shape)} "
                    f"expected size: {size}",
                )
        shape.append(size)
        level = list(itertools.chain.from_iterable(level))
    if any(isinstance(item, list) for item in level):
        raise RequestError(
            400, f"Encountered list at unexpected level: {len(shape)} expected < {len(shape)}"
        )
    return tuple(shape), level


def _converter(dtype: str) -> Callable[[list[Any], str], np.ndarray]:
    if dtype in _INTEGERS:
        return _integers
    if dtype in _FLOATS:
        return _floats
    if dtype == "bool":
        return _booleans
    if dtype == "string":
        return _strings
    raise RequestError(501, f"Conversion of JSON values to type: {dtype} is not supported")


def _check_types(leaves: list[Any], allowed: set[type], dtype: str) -> None:
    if not set(map(type, leaves)) <= allowed:
        wrong = next(item for item in leaves if type(item) not in allowed)
        raise RequestError(
            400,
            f"JSON Value: {shown(wrong)} Type: {kind_of(wrong)} is not of expected type: "
            f"{_SHORT_NAMES.get(dtype, dtype)}",
        )


def _integers(leaves: list[Any], dtype: str) -> np.ndarray:
    _check_types(leaves, {int}, dtype)
    bounds = np.iinfo(dtype)
    for extreme in (min(leaves, default=0), max(leaves, default=0)):
        if not bounds.min <= extreme <= bounds.max:
            raise RequestError(
                400,
                f"JSON Value: {extreme} Type: Number is not of expected type: {dtype}, which has "
                f"{bounds.min} to {bounds.max}",
            )
    return np.array(leaves, dtype)


def _floats(leaves: list[Any], dtype: str) -> np.ndarray:
    _check_types(leaves, {int, float}, dtype)
    whole = _LARGEST_WHOLE[dtype]
    lossy = next((x for x in leaves if type(x) is int and not -whole <= x <= whole), None)
    with np.errstate(over="ignore"):
        array = np.array(leaves, np.float64).astype(dtype)
    if lossy is None and not np.isfinite(array).all():
        lossy = leaves[int(np.argmin(np.isfinite(array)))]
    if lossy is not None:
        raise RequestError(
            400,
            f"Cannot convert JSON value: {shown(lossy)} to {_SHORT_NAMES[dtype]} without loss of "
            "precision.",
        )
    return array


def _booleans(leaves: list[Any], dtype: str) -> np.ndarray:
    _check_types(leaves, {bool}, dtype)
    return np.array(leaves, bool)


def _strings(leaves: list[Any], dtype: str) -> np.ndarray:
    array = np.empty(len(leaves), object)
    for number, item in enumerate(leaves):
        if isinstance(item, dict):
            array[number] = _decoded(item)
        else:
            _check_types([item], {str}, dtype)
            array[number] = item.encode("utf-8")
    return array


def _decoded(value: dict[str, Any]) -> bytes:
    if not is_base64(value):
        raise RequestError(
            400, f"JSON Value: {shown(value)} not formatted correctly for base64 data"
        )
    text = "".join(value[_B64].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(400, "Unable to base64 decode") from error


def answer(outputs: Mapping[str, np.ndarray], is_row: bool) -> bytes:
    """The body of an answer, JSON in UTF-8.

    Args:
      outputs: {name: array}.
      is_row: whether the request had the row format; its outputs need the same first size.

    Raises: RequestError 400 if the outputs cannot be written as rows.
    """
    if is_row:
        return _dumped({"predictions": _rows(outputs)}, outputs)
    columns: Any = {name: _plain(name, array) for name, array in outputs.items()}
    if len(columns) == 1:
        (columns,) = columns.values()
    return _dumped({"outputs": columns}, outputs)


def _rows(outputs: Mapping[str, np.ndarray]) -> Any:
    sizes = set()
    for name, array in outputs.items():
        if array.ndim == 0:
            raise RequestError(400, f"Tensor name: {name} has no shape information")
        if len(array) == 0:
            raise RequestError(400, f"Tensor name: {name} has invalid batch size: 0")
        sizes.add(len(array))
    if len(sizes) > 1:
        raise RequestError(
            400,
            f"Outputs have inconsistent batch size: {', '.join(map(str, sorted(sizes)))}; ask for "
            "columns with 'inputs'",
        )
    columns = {name: _plain(name, array) for name, array in outputs.items()}
    if len(columns) == 1:
        (rows,) = columns.values()
        return rows
    return [
        {name: _row(column, row) for name, column in columns.items()} for row in range(sizes.pop())
    ]


def _row(column: Any, row: int) -> Any:
    item = column[row]
    return item.item() if isinstance(item, np.generic) else item


def _plain(name: str, array: np.ndarray) -> Any:
    """An array that orjson writes, or lists where it does not."""
    if array.dtype == object:
        return _texts(array.tolist(), name.endswith(BYTES_SUFFIX))
    if array.ndim == 0:
        return array.item()
    return np.ascontiguousarray(array)


def _texts(values: Any, as_base64: bool) -> Any:
    if isinstance(values, list):
        return [_texts(value, as_base64) for value in values]
    if as_base64:
        return {_B64: base64.b64encode(values).decode("ascii")}
    return values.decode("utf-8", "replace")


def _dumped(body: Any, outputs: Mapping[str, np.ndarray]) -> bytes:
    floats = [array for array in outputs.values() if array.dtype.kind == "f"]
    if all(np.isfinite(array).all() for array in floats):
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    # TensorFlow Serving writes NaN and Infinity, which orjson does not.
    return json_text.dumps(body, default=lambda value: value.tolist()).encode()
