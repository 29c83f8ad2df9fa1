"""Reads Keras model files (.keras, .h5) from elsewhere without running code that they contain.

`amnat.networks.keras_config` says what in such a file could run code.
"""

from __future__ import annotations

import json
import os
import zipfile

from amnat.errors import InputError
from amnat.files import scratch_folder
from amnat.metrics.graph_session import reason
from amnat.networks.keras_config import check_config

import h5py
import tf_keras as keras


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
