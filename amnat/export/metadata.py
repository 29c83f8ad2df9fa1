"""What an export says of itself: assets.extra/amnat_export.json. Loads no TensorFlow."""

import json
import pathlib

from amnat.errors import InputError

FILE_NAME = "amnat_export.json"
# TensorFlow Serving and TensorFlow leave what lies there alone.
EXTRA = "assets.extra"
VERSION = 1


def describe_signature(signature, output_specs):
    """A `Signature` as JSON values.

    Args:
      output_specs: {output name: tf.TensorSpec or tensor}.
    """

    def describe(field, spec):
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


def read_metadata(path):
    """The metadata of a SavedModel folder, None if it is not one of amnat's.

    Raises:
      InputError: damaged, or of another version.
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
