"""The bodies of predict requests. This module does not load TensorFlow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from amnat.serving.request_errors import RequestError
from amnat.serving.tensors import TensorInfo, array_of, is_base64, kind_of, shown

import numpy as np
import orjson

DEFAULT_SIGNATURE = "serving_default"
_ROWS, _COLUMNS, _SIGNATURE = "instances", "inputs", "signature_name"


@dataclasses.dataclass(frozen=True)
class Body:
    """A request that was parsed, but not compared with a signature yet.

    Attributes:
      signature: name of the signature.
      value: what "instances" or "inputs" holds.
      is_row: whether it is "instances".
    """

    signature: str
    value: Any
    is_row: bool


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises RequestError 400."""
    if not data:
        raise RequestError(400, "JSON Parse error: The document is empty")
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise RequestError(
            400, f"JSON Parse error: Invalid value. {error.msg} at offset: {error.pos}"
        ) from error
    if not isinstance(found, dict):
        raise RequestError(400, f"JSON Value: {shown(found)} Is not object")
    return found


def read(found: Mapping[str, Any]) -> Body:
    """Finds out what a parsed body asks for; raises RequestError 400."""
    signature = found.get(_SIGNATURE, "")
    if not isinstance(signature, str):
        raise RequestError(
            400,
            f"JSON Value: {shown(signature)} not formatted correctly. '{_SIGNATURE}' key must be "
            "a string value.",
        )
    has_rows, has_columns = _ROWS in found, _COLUMNS in found
    if has_rows and has_columns:
        raise RequestError(
            400,
            f"Not formatted correctly expecting only one of '{_COLUMNS}' or '{_ROWS}' keys to "
            "exist",
        )
    if not has_rows and not has_columns:
        raise RequestError(400, f"Missing '{_COLUMNS}' or '{_ROWS}' key")
    value = found[_ROWS if has_rows else _COLUMNS]
    if has_rows and not isinstance(value, list):
        raise RequestError(400, f"Expecting '{_ROWS}' to be an list/array, not {kind_of(value)}")
    if has_rows and not value:
        raise RequestError(400, f"No values in '{_ROWS}' array")
    return Body(signature or DEFAULT_SIGNATURE, value, has_rows)


def inputs_of(body: Body, infos: Mapping[str, TensorInfo]) -> dict[str, np.ndarray]:
    """The arrays of a request, which fit the signature.

    Args:
      infos: what the signature takes, at least one input.

    Raises: RequestError 400 or 501 (`tensors.array_of`).
    """
    values = _columns_of_rows(body.value, infos) if body.is_row else _columns(body.value, infos)
    return {name: array_of(values[name], info, name) for name, info in infos.items()}


def _columns(value: Any, infos: Mapping[str, TensorInfo]) -> dict[str, Any]:
    if isinstance(value, dict) and not is_base64(value):
        for name in infos:
            if name not in value:
                raise RequestError(400, f"Missing named input: {name} in '{_COLUMNS}' object.")
        return value
    if len(infos) > 1:
        raise RequestError(
            400,
            f"{_COLUMNS} is a plain value/list, but expecting an object as multiple input tensors "
            f"required: {', '.join(infos)}",
        )
    return dict.fromkeys(infos, value)


def _columns_of_rows(rows: list[Any], infos: Mapping[str, TensorInfo]) -> dict[str, Any]:
    def is_named(row: Any) -> bool:
        return isinstance(row, dict) and not is_base64(row)

    named = is_named(rows[0])
    if not named and len(infos) > 1:
        raise RequestError(
            400,
            f"{_ROWS} is a plain list, but expecting list of objects as multiple input tensors "
            f"required: {', '.join(infos)}",
        )
    for number, row in enumerate(rows):
        if is_named(row) != named:
            expected, found = ("object", "list") if named else ("value/list", "object")
            raise RequestError(
                400, f"Expecting {expected} but got {found} at item {number} of input list"
            )
        if named and row.keys() != infos.keys():
            raise RequestError(
                400,
                f"Failed to process element: {number} of '{_ROWS}' list. JSON object: "
                f"{shown(row)} must only have keys: {', '.join(sorted(infos))}",
            )
    if not named:
        return dict.fromkeys(infos, rows)
    return {name: [row[name] for row in rows] for name in infos}
