"""Reads Keras model files (.keras, .h5) from elsewhere without running code that they contain.

A model file is a list of layers by name, and some of them can run code: Lambda layers hold Python
code, "module" entries import any module and call any function in it, and the layers that Keras
makes from plain TensorFlow functions name these functions. `tf_keras` itself only refuses the first
kind.
"""

from __future__ import annotations

import builtins
import json
import os
import zipfile
from typing import Any

from amnat.errors import InputError
from amnat.files import scratch_folder
from amnat.metrics.graph_session import reason

import h5py
import tf_keras as keras

_KERAS_PACKAGES = ("keras", "tf_keras")
_FUNCTION_LAYERS = ("TFOpLambda", "SlicingOpLambda")
# These are pure functions of tensors, such as tf.math.add, but not tf.io.write_file or
# tf.load_op_library.
_PURE_FUNCTIONS = {
    *("__operators__", "linalg", "math", "nn", "image.resize"),
    *("cast", "clip_by_value", "concat", "expand_dims", "identity", "pad", "repeat", "reshape"),
    *("squeeze", "stack", "tile", "transpose"),
}


def load_keras_file(path: str | os.PathLike[str]) -> keras.Model:
    """Reads a model, uncompiled.

    Args:
      path: a .keras archive or an HDF5 file (.h5, .hdf5) with architecture and weights.

    Returns: keras.Model.
    Raises:
      InputError: if the file does not exist, is not a complete model file of Keras 2, or could run
        code: a Lambda layer, an object from outside Keras, a TensorFlow function with side effects.
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such file; expected a Keras model (.keras, .h5)")
    version = None
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                version = json.loads(archive.read("metadata.json"))["keras_version"]
                return read_archive(archive, path)
        with h5py.File(path, "r") as file:
            check_config(json.loads(file.attrs["model_config"]), path)
        return keras.models.load_model(path, compile=False)
    except InputError:
        raise
    except Exception as error:  # The readers of damaged files raise nearly anything.
        raise InputError(
            f"{path}: not a model file that tf-keras reads ({reason(error)}); " + _advice(version)
        ) from error


def read_archive(archive: zipfile.ZipFile, path: str | os.PathLike[str]) -> keras.Model:
    """Checks and reads the uncompiled model in an open .keras archive (zipfile.ZipFile).

    keras.models.load_model reads the weights from within the archive, which fails with Python
    3.13.0 (its zipfile loses its position when HDF5 seeks). This function extracts them to a
    temporary file instead.
    """
    config = json.loads(archive.read("config.json"))
    check_config(config, path)
    config["compile_config"] = None
    model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    with scratch_folder("amnat-keras-") as folder:
        weights = os.path.join(folder, "model.weights.h5")
        with open(weights, "wb") as file:
            file.write(archive.read("model.weights.h5"))
        model.load_weights(weights)
    return model


def _advice(version: str | None) -> str:
    if version and not version.startswith("2."):
        return f"it is one of Keras {version}: export it there with model.export(FOLDER)"
    return "save it again, or as a SavedModel folder"


def check_config(config: Any, path: str | os.PathLike[str]) -> None:
    """Raises InputError if a model's configuration (nested dicts and lists) could run code."""
    if isinstance(config, list):
        for item in config:
            check_config(item, path)
    if not isinstance(config, dict):
        return
    name, module = config.get("class_name"), config.get("module")
    if name is not None:
        _check_object(str(name), module, config, path)
    for value in config.values():
        check_config(value, path)


def _check_object(
    name: str, module: str | None, config: dict[str, Any], path: str | os.PathLike[str]
) -> None:
    if name == "function":
        # Keras' own functions have the module "builtins", which also contains those of Python.
        if module != "builtins" or hasattr(builtins, str(config.get("config"))):
            raise _refused(path, f"the function {module}.{config.get('config')}")
    elif str(module or "keras").split(".")[0] not in _KERAS_PACKAGES:
        raise _refused(path, f"{name} of the module {module}")
    elif "Lambda" in (name, config.get("registered_name")):
        raise _refused(path, "a Lambda layer")
    elif name in _FUNCTION_LAYERS:
        function = str(config.get("config", {}).get("function", "__operators__"))
        if not {function, function.split(".")[0]} & _PURE_FUNCTIONS:
            raise _refused(path, f"the function tf.{function}")


def _refused(path: str | os.PathLike[str], what: str) -> InputError:
    return InputError(
        f"{path}: holds {what}, which could run any code; expected only layers of Keras; "
        "export it as a SavedModel folder if you trust it"
    )
