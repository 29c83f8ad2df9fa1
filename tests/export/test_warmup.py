"""Warm-up requests are read back with the message types of TensorFlow Serving."""

from amnat.export.signatures import Field, Signature
from amnat.export.warmup import predict_request, write_warmup_requests

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow.core.framework import tensor_pb2

REPEATED, OPTIONAL = 3, 1
STRING, MESSAGE = 9, 11
PACKAGE = "tensorflow.serving"


@pytest.fixture(scope="module")
def prediction_log():
    """The type, from the field numbers of the .proto files."""
    file = descriptor_pb2.FileDescriptorProto(
        name="serving.proto", package=PACKAGE, syntax="proto3", dependency=["tensor.proto"]
    )

    def message(name, fields, parent=None):
        made = (parent.nested_type if parent else file.message_type).add(name=name)
        for field, number, kind in fields:
            repeated = kind.startswith("*")
            added = made.field.add(
                name=field, number=number, label=REPEATED if repeated else OPTIONAL
            )
            added.type = STRING if kind == "string" else MESSAGE
            if kind != "string":
                added.type_name = kind.lstrip("*")
        return made

    message("ModelSpec", [("name", 1, "string"), ("signature_name", 3, "string")])
    request = message(
        "PredictRequest",
        [
            ("model_spec", 1, f".{PACKAGE}.ModelSpec"),
            ("inputs", 2, f"*.{PACKAGE}.PredictRequest.InputsEntry"),
        ],
    )
    entry = message(
        "InputsEntry", [("key", 1, "string"), ("value", 2, ".tensorflow.TensorProto")], request
    )
    entry.options.map_entry = True
    message("PredictLog", [("request", 1, f".{PACKAGE}.PredictRequest")])
    message("PredictionLog", [("predict_log", 6, f".{PACKAGE}.PredictLog")])
    pool = descriptor_pool.DescriptorPool()
    for each in _files_of(tensor_pb2.DESCRIPTOR):
        pool.Add(each)
    file.dependency[:] = [tensor_pb2.DESCRIPTOR.name]
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{PACKAGE}.PredictionLog")
    return message_factory.GetMessageClass(found)


def _files_of(descriptor):
    """A file and all that it imports, imports first."""
    found = {}

    def visit(each):
        for dependency in each.dependencies:
            visit(dependency)
        copy = descriptor_pb2.FileDescriptorProto()
        each.CopyToProto(copy)
        found.setdefault(each.name, copy)

    visit(descriptor)
    return found.values()


EXAMPLES = {
    # Long enough for lengths of two bytes.
    "serving_default": {"latent": np.linspace(-1, 1, 100, dtype=np.float32).reshape(1, 100)},
    "generate": {"num_samples": np.int32(1), "seed": np.int64(-5)},
}


def test_records(prediction_log, tmp_path):
    signatures = [
        Signature(name, None, {}, {n: Field("") for n in example}, {}, example)
        for name, example in EXAMPLES.items()
    ]
    write_warmup_requests(tmp_path / "requests", signatures)
    records = list(tf.data.TFRecordDataset(str(tmp_path / "requests")).as_numpy_iterator())
    assert len(records) == len(EXAMPLES)
    for record, (name, example) in zip(records, EXAMPLES.items(), strict=True):
        request = prediction_log.FromString(record).predict_log.request
        assert request.model_spec.signature_name == name
        assert set(request.inputs) == set(example)
        for key, value in example.items():
            message = tensor_pb2.TensorProto.FromString(request.inputs[key].SerializeToString())
            found = tf.make_ndarray(message)
            assert found.dtype == value.dtype
            np.testing.assert_array_equal(found, value)


def test_as_tensorflow_serving_writes_it():
    """Where its package is installed; it is not one of amnat's."""
    predict_pb2 = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    example = EXAMPLES["generate"]
    request = predict_pb2.PredictRequest()
    request.ParseFromString(predict_request("generate", example, "gan"))
    assert request.model_spec.name == "gan" and set(request.inputs) == set(example)
    assert tf.make_ndarray(request.inputs["seed"]) == -5
