"""Warm-up requests, which TensorFlow Serving replays before it answers the first real one.

They are `tensorflow.serving.PredictionLog` messages in a TFRecord file. TensorFlow does not bring
that type along; its few fields are written here by their numbers (apis/prediction_log.proto,
predict.proto and model.proto of TensorFlow Serving).
"""

import tensorflow as tf

# Where TensorFlow Serving looks, below assets.extra.
FILE_NAME = "tf_serving_warmup_requests"
# Fields of length-delimited type.
_PREDICT_LOG = 6  # of PredictionLog
_REQUEST = 1  # of PredictLog
_MODEL_SPEC, _INPUTS = 1, 2  # of PredictRequest
_NAME, _SIGNATURE_NAME = 1, 3  # of ModelSpec
_KEY, _VALUE = 1, 2  # of an entry of a map


def predict_request(signature_name, inputs, model_name="amnat"):
    """A serialised tensorflow.serving.PredictRequest.

    Args:
      signature_name: text.
      inputs: {input name: array}.
      model_name: that the server knows the model by; warming up ignores it.
    """
    spec = _field(_NAME, model_name.encode()) + _field(_SIGNATURE_NAME, signature_name.encode())
    message = _field(_MODEL_SPEC, spec)
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        entry = _field(_KEY, name.encode()) + _field(_VALUE, tensor)
        message += _field(_INPUTS, entry)
    return message


def write_warmup_requests(path, signatures):
    """Writes the example of every `Signature` to a TFRecord file."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in signatures:
            request = predict_request(signature.name, signature.example)
            writer.write(_field(_PREDICT_LOG, _field(_REQUEST, request)))


def _field(number, payload):
    """A length-delimited field of a protocol buffer."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(number):
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
