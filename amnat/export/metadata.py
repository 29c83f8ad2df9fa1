"""The metadata of an export, assets.extra/amnat_export.json. Does not load TensorFlow."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError

if TYPE_CHECKING:
    from amnat.export.signatures import Field, Signature

FILE_NAME = "amnat_export.json"
# TensorFlow Serving and TensorFlow ignore other files in this folder.
EXTRA = "assets.extra"
VERSION = 1


def describe_signature(signature: Signature, output_specs: Mapping[str, Any]) -> dict[str, Any]:
    """Describes a `Signature` as JSON values.

    Args:
      signature: `Signature`.
      output_specs: {output name: tf.TensorSpec or tensor}.
    """

    def describe(field: Field, spec: Any) -> dict[str, Any]:
        found = {"dtype": spec.dtype.name, "shape": spec.shape.as_list()}
        found["meaning"] = field.meaning
        if field.minimum is not None or field.maximum is not None:
            found["range"] = [field.minimum, field.maximum]
        return found

    return {
        "inputs": {
            name: describe(field, signature.specs[name]) for name, field in signature.inputs.items()
        },
        "outputs": {
            name: describe(field, output_specs[name]) for name, field in signature.outputs.items()
        },
    }


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Reads the metadata of a SavedModel folder; None if amnat did not write it.

    Raises:
      InputError: if the metadata is damaged or of another version.
    """
    file = pathlib.Path(path) / EXTRA / FILE_NAME
    try:
        metadata = json.loads(file.read_text(encoding="utf-8"))
        version = metadata["version"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file}: cannot be read ({type(error).__name__})") from error
    if version != VERSION:
        raise InputError(f"{file}: version {version}, expected {VERSION}; export the run again")
    return metadata
