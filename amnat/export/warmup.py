"""Warm-up requests, which TensorFlow Serving replays before it answers the first real request.

They are `tensorflow.serving.PredictionLog` messages in a TFRecord file. TensorFlow does not contain
that type, so this module writes its few fields by their numbers (apis/prediction_log.proto,
predict.proto and model.proto of TensorFlow Serving).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from amnat.export.signatures import Array, Signature

import tensorflow as tf

# The file that TensorFlow Serving looks for in assets.extra.
FILE_NAME = "tf_serving_warmup_requests"
# Fields of length-delimited type.
_PREDICT_LOG = 6  # of PredictionLog
_REQUEST = 1  # of PredictLog
_MODEL_SPEC, _INPUTS = 1, 2  # of PredictRequest
_NAME, _SIGNATURE_NAME = 1, 3  # of ModelSpec
_KEY, _VALUE = 1, 2  # of an entry of a map


def predict_request(
    signature_name: str, inputs: Mapping[str, Array], model_name: str = "amnat"
) -> bytes:
    """A serialised tensorflow.serving.PredictRequest.

    Args:
      signature_name: name of the signature.
      inputs: {input name: array}.
      model_name: name of the model on the server; the warm-up ignores it.
    """
    spec = _field(_NAME, model_name.encode()) + _field(_SIGNATURE_NAME, signature_name.encode())
    message = _field(_MODEL_SPEC, spec)
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        entry = _field(_KEY, name.encode()) + _field(_VALUE, tensor)
        message += _field(_INPUTS, entry)
    return message


def write_warmup_requests(path: str | os.PathLike[str], signatures: Iterable[Signature]) -> None:
    """Writes the example of every `Signature` to a TFRecord file."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in signatures:
            request = predict_request(signature.name, signature.example)
            writer.write(_field(_PREDICT_LOG, _field(_REQUEST, request)))


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited field of a protocol buffer."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
