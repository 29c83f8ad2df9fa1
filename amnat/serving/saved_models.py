"""Loaded SavedModels: what their signatures take, and their calls. Loads TensorFlow."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from typing import Any

from amnat.errors import InputError
from amnat.export.metadata import read_metadata
from amnat.serving.folders import GRAPH
from amnat.serving.request_errors import RequestError
from amnat.serving.tensors import TensorInfo

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

# The name of the scalar input of exports that says how many samples to make.
COUNT = "num_samples"
# HTTP statuses of TensorFlow's errors, as TensorFlow Serving has them.
_STATUSES = {
    tf.errors.INVALID_ARGUMENT: 400,
    tf.errors.FAILED_PRECONDITION: 400,
    tf.errors.OUT_OF_RANGE: 400,
    tf.errors.NOT_FOUND: 404,
    tf.errors.RESOURCE_EXHAUSTED: 429,
    tf.errors.UNIMPLEMENTED: 501,
    tf.errors.UNAVAILABLE: 503,
    tf.errors.DEADLINE_EXCEEDED: 504,
}
_ASSERTION = re.compile(r"assertion failed: \[(.*)\]")
# Lines of a message that say nothing of the cause.
_PREAMBLE = ("Graph execution error", "Detected at node", "<stack traces", "File ")
_INTERNALS = re.compile(r"\{\{.*?\}\}|\[Op:[^\]]*\]")
_PATH = re.compile(r"(?:/[\w.+-]+){2,}")


class LoadedModel:
    """A version of a model in memory.

    Args:
      path: folder of the SavedModel.

    Attributes:
      metadata: what amnat recorded with the export; {} for other programs' SavedModels.
      inputs, outputs: {signature: {name: TensorInfo}}.
      signature_def: the graph's signatures as TensorFlow Serving writes them in JSON.

    Raises: InputError if it cannot be loaded.
    """

    def __init__(self, path: pathlib.Path):
        self.metadata: dict[str, Any] = read_metadata(path) or {}
        try:
            self._model: Any = tf.saved_model.load(str(path))
            self.signature_def = _signature_def(path)
            self._signatures = dict(self._model.signatures)
            self.inputs = {name: _inputs(each) for name, each in self._signatures.items()}
            self.outputs = {
                name: {key: _info(spec) for key, spec in each.structured_outputs.items()}
                for name, each in self._signatures.items()
            }
        except Exception as error:  # Damaged files raise nearly anything.
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"{path}: cannot be loaded as a SavedModel ({reason}), expected a complete one; "
                "export it again"
            ) from error
        if not self._signatures:
            raise InputError(f"{path}: has no signatures, expected an export with some")

    def infos(self, signature: str) -> dict[str, TensorInfo]:
        """What a signature takes; raises RequestError 400 if there is no such signature."""
        if signature not in self.inputs:
            raise RequestError(
                400, f'Serving signature name: "{signature}" not found in signature def'
            )
        return self.inputs[signature]

    def call(self, signature: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of a signature, by name.

        Args:
          inputs: arrays that fit `infos(signature)`.

        Raises: RequestError, 400 if the model refuses the values.
        """
        try:
            tensors = {name: tf.constant(array) for name, array in inputs.items()}
            found = self._signatures[signature](**tensors)
            return {name: np.asarray(tensor.numpy()) for name, tensor in found.items()}
        except tf.errors.OpError as error:
            status = _STATUSES.get(error.error_code, 500)
            raise RequestError(status, error_text(error.message)) from error

    def check_count(self, inputs: Mapping[str, np.ndarray], signature: str, most: int) -> None:
        """Raises RequestError 400 if a request is for more samples than the server makes."""
        for name, array in inputs.items():
            shape = self.inputs[signature][name].shape
            count = 0
            if name == COUNT and array.ndim == 0:
                count = int(array)
            elif array.ndim and (shape is None or shape[:1] == (None,)):
                count = len(array)
            if count > most:
                what = f"{name} is {count}" if array.ndim == 0 else f"{name} has {count} rows"
                raise RequestError(
                    400, f"{what}, expected at most {most} in a request to this server"
                )

    def warm_up(self) -> None:
        """Calls every signature once with a small request, as the first real one takes longer."""
        for name, infos in self.inputs.items():
            described = self.metadata.get("signatures", {}).get(name, {}).get("inputs", {})
            if any(info.shape is None for info in infos.values()):
                continue
            inputs = {key: _example(info, described.get(key, {})) for key, info in infos.items()}
            try:
                self.call(name, inputs)
            except RequestError:
                continue  # The model refuses zeros.


def error_text(message: str) -> str:
    """What a client is told of an error of TensorFlow: the line of its cause, without paths."""
    asserted = _ASSERTION.search(message)
    if asserted:
        return asserted.group(1)
    lines = [line.strip() for line in message.splitlines()]
    causes = [line for line in lines if line and not line.startswith(_PREAMBLE)]
    line = _INTERNALS.sub("", causes[0] if causes else "The model failed")
    return without_paths(line)


def without_paths(text: str) -> str:
    """A text for a client on one line, with dots in place of the server's paths."""
    return " ".join(_PATH.sub("...", text).split())


def _signature_def(path: pathlib.Path) -> dict[str, Any]:
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((path / GRAPH).read_bytes())
    return {
        name: json_format.MessageToDict(
            each, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        for name, each in saved.meta_graphs[0].signature_def.items()
    }


def _inputs(function: Any) -> dict[str, TensorInfo]:
    return {name: _info(spec) for name, spec in function.structured_input_signature[1].items()}


def _info(spec: Any) -> TensorInfo:
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return TensorInfo(spec.dtype.name, shape)


def _example(info: TensorInfo, described: Mapping[str, Any]) -> np.ndarray:
    """A small value of an input whose rank is known."""
    shape = [1 if size is None else size for size in info.shape or ()]
    if info.dtype == "string":
        return np.full(shape, b"", object)
    # A count has to be at least 1; for other inputs, 0 lies in the middle of their range.
    least = max(0, (described.get("range") or [0])[0] or 0)
    return np.full(shape, least, info.dtype)
