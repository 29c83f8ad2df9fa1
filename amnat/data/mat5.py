"""Numeric arrays in MATLAB files of version 5.

SciPy's reader crashes the process on some damaged files and unpacks without a bound. This reader
supports less and refuses everything else.

Source: "MAT-File Format", The MathWorks, chapter 1 (level 5).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Iterator

from amnat.data.file_reading import read_bounded
from amnat.errors import InputError

import numpy as np

_HEADER_BYTES = 128
_VERSION_5 = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_INT8, _INT32, _UINT32 = 1, 5, 6
# The types of stored numbers, and the classes of arrays; an array may be stored in a smaller type.
_STORED = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"
}  # fmt: skip
_CLASSES = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"
}  # fmt: skip
_COMPLEX = 0x800
# An object's element has other content in the place of an array's shape and name.
_OPAQUE = 17
_MAX_RANK = 8


def read_mat5(path: str, names: Collection[str], limit: int) -> dict[str, np.ndarray]:
    """Reads real numeric arrays.

    Args:
      path: the file.
      names: the names of the wanted arrays; others are skipped.
      limit: the maximum number of bytes of the file, and of its unpacked content.

    Returns:
      {name: array} of the wanted arrays that the file holds, with MATLAB's shapes (at least rank 2)
      and in native byte order; they may be read-only.

    Raises:
      InputError: if the file cannot be read, has another version, is truncated, damaged or too
        large, or if a wanted array is complex, sparse or not numeric.
    """
    data = memoryview(read_bounded(path, limit))
    order = _VERSION_5.get(bytes(data[_HEADER_BYTES - 4 : _HEADER_BYTES]))
    if order is None:
        raise InputError(f"'{path}': not a MATLAB file of version 5, expected the published file")
    arrays: dict[str, np.ndarray] = {}
    try:
        for kind, content in _elements(data[_HEADER_BYTES:], order):
            if kind == _COMPRESSED:
                kind, content = _unpacked(content, order, limit)
                limit -= len(content)
            if kind == _MATRIX:
                arrays |= _array(content, order, names)
    except _Damaged as error:
        raise InputError(f"'{path}': {error}, expected the published file") from error
    return arrays


class _Damaged(Exception):
    """The damage of the file, as the middle part of an error message."""


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yields (type, content) for each of the consecutive elements in `data`."""
    start = 0
    while start < len(data):
        if len(data) - start < 8:
            raise _Damaged("truncated or damaged")
        kind, size = (int(word) for word in np.frombuffer(data, f"{order}u4", 2, start))
        if kind >> 16:
            # The small form has two half words, and up to four bytes instead of the size.
            kind, size = kind & 0xFFFF, kind >> 16
            begin, end, start = start + 4, start + 4 + size, start + 8
            if size > 4:
                raise _Damaged("damaged")
        else:
            begin = start + 8
            end = begin + size
            start = end if kind == _COMPRESSED else end + -end % 8
        if end > len(data):
            raise _Damaged("truncated or damaged")
        yield kind, data[begin:end]


def _unpacked(data: memoryview, order: str, limit: int) -> tuple[int, memoryview]:
    """The single element in a compressed element."""
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(data, limit + 1)
    except zlib.error as error:
        raise _Damaged(f"damaged ({error})") from error
    if len(content) > limit:
        raise _Damaged("too large when unpacked")
    if not inflate.eof:
        raise _Damaged("truncated or damaged")
    elements = list(_elements(memoryview(content), order))
    if len(elements) != 1:
        raise _Damaged("damaged")
    return elements[0]


def _array(data: memoryview, order: str, names: Collection[str]) -> dict[str, np.ndarray]:
    """{name: array} for a matrix element, or {} if it is not wanted."""
    parts = _elements(data, order)
    flags = _part(parts, _UINT32, f"{order}u4")
    number_class = int(flags[0]) & 0xFF if len(flags) else 0
    if number_class == _OPAQUE:
        return {}
    shape = _part(parts, _INT32, f"{order}i4").tolist()
    name = _part(parts, _INT8, "u1").tobytes().decode("latin-1")
    if name not in names:
        return {}
    if number_class not in _CLASSES or flags[0] & _COMPLEX:
        raise _Damaged(f"'{name}' is not an array of real numbers")
    kind, content = next(parts, (0, b""))
    dtype = np.dtype(order + _STORED.get(kind, "u1"))
    fits = 2 <= len(shape) <= _MAX_RANK and min(shape) >= 0
    if kind not in _STORED or not fits or math.prod(shape) * dtype.itemsize != len(content):
        raise _Damaged(f"damaged ('{name}' has {len(content)} bytes for a shape of {shape})")
    array = np.frombuffer(content, dtype).reshape(shape, order="F")
    return {name: array.astype(_CLASSES[number_class], copy=False)}


def _part(parts: Iterator[tuple[int, memoryview]], kind: int, dtype: str) -> np.ndarray:
    """The numbers of the next element, which must be of type `kind`."""
    found, content = next(parts, (0, b""))
    if found != kind or len(content) % np.dtype(dtype).itemsize:
        raise _Damaged("damaged")
    return np.frombuffer(content, dtype)
