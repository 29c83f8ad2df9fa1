import base64
import json
import re

from amnat.serving.request_errors import RequestError
from amnat.serving.tensors import TensorInfo, answer, array_of

import numpy as np
import pytest


def made(value, dtype="float32", shape=None):
    return array_of(value, TensorInfo(dtype, shape), "x")


def refused(value, dtype="float32", shape=None):
    with pytest.raises(RequestError) as caught:
        made(value, dtype, shape)
    return caught.value


@pytest.mark.parametrize(
    "value, dtype, shape",
    [
        (3, "int32", ()),
        ([1, 2], "int64", (2,)),
        ([[1.5, 2], [3, -4]], "float32", (2, 2)),
        ([[[0.5]], [[1]]], "float64", (2, 1, 1)),
        ([True, False], "bool", (2,)),
        ([255], "uint8", (1,)),
        ([[], []], "float32", (2, 0)),
        ([], "float32", (0,)),
    ],
)
def test_lists_become_arrays(value, dtype, shape):
    found = made(value, dtype)
    assert found.shape == shape and found.dtype == dtype
    assert found.tolist() == value


def test_strings_and_base64_become_bytes():
    packed = base64.b64encode(b"\xff\x00").decode()
    found = made(["\u00e9", {"b64": packed}, {"b64": packed.rstrip("=")}], "string")
    assert found.tolist() == ["\u00e9".encode(), b"\xff\x00", b"\xff\x00"]


@pytest.mark.parametrize(
    "value, dtype, words",
    [
        ("a", "float32", 'JSON Value: "a" Type: String is not of expected type: float'),
        ([1, None], "float32", "Type: Null is not of expected type: float"),
        ([True], "float32", "Type: True is not of expected type: float"),
        ([{"a": 1}], "float32", "Type: Object is not of expected type: float"),
        ([1.0], "int32", "Type: Number is not of expected type: int32"),
        ([2**31], "int32", "is not of expected type: int32, which has"),
        ([-1], "uint8", "0 to 255"),
        ([1], "bool", "is not of expected type: bool"),
        ([1], "string", "is not of expected type: string"),
        ([{"b64": 1}], "string", "not formatted correctly for base64 data"),
        ([{"b64": "a", "c": 1}], "string", "not formatted correctly for base64 data"),
        ([{"b64": "?"}], "string", "Unable to base64 decode"),
        ([{"b64": "a"}], "string", "Unable to base64 decode"),
        ([2**24], "float32", "without loss of precision"),
        ([1e39], "float32", "without loss of precision"),
        ([-(2**60)], "float64", "without loss of precision"),
        ([float("nan")], "float32", "without loss of precision"),
        ([[1], [2, 3]], "float32", "Encountered list at unexpected size: 2"),
        ([[1], 2], "float32", "found at incorrect level: 2"),
        ([1, [2]], "float32", "Encountered list at unexpected level"),
        ([[1], [[2]]], "float32", "Encountered list at unexpected level"),
    ],
)
def test_what_does_not_fit_is_refused(value, dtype, words):
    error = refused(value, dtype)
    assert error.status == 400 and words in error.message


def test_the_shape_must_be_that_of_the_signature():
    assert made([[1, 2]], shape=(None, 2)).shape == (1, 2)
    error = refused([[1, 2, 3]], shape=(None, 2))
    assert error.message == "Input x has the shape [1, 3], expected [N, 2]"
    assert "the shape [], expected [N, 2]" in refused(1, shape=(None, 2)).message


def test_types_without_a_form_in_json_are_not_implemented():
    assert refused([1], "complex64").status == 501


def test_long_values_are_not_repeated():
    assert len(refused("a" * 10_000).message) < 200


def rows(**outputs):
    return json.loads(answer(outputs, is_row=True))


def columns(**outputs):
    return json.loads(answer(outputs, is_row=False))


def test_one_output_stands_alone():
    images = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    assert rows(images=images) == {"predictions": images.tolist()}
    assert columns(images=images) == {"outputs": images.tolist()}
    assert columns(count=np.int64(3)) == {"outputs": 3}


def test_several_outputs_have_names():
    a, b = np.array([1.5, 2.0], np.float32), np.array([[1], [2]], np.int64)
    assert rows(a=a, b=b) == {"predictions": [{"a": 1.5, "b": [1]}, {"a": 2.0, "b": [2]}]}
    assert columns(a=a, b=b) == {"outputs": {"a": [1.5, 2.0], "b": [[1], [2]]}}


def test_rows_need_a_common_first_size():
    with pytest.raises(RequestError, match="inconsistent batch size: 1, 2"):
        rows(a=np.zeros(1), b=np.zeros(2))
    with pytest.raises(RequestError, match="has no shape information"):
        rows(a=np.zeros(()))
    with pytest.raises(RequestError, match="invalid batch size: 0"):
        rows(a=np.zeros(0))


def test_floats_are_as_short_as_they_can_be():
    text = answer({"a": np.array([0.2, 1.0], np.float32)}, is_row=False)
    assert re.sub(rb"\s", b"", text) == b'{"outputs":[0.2,1.0]}'


def test_nan_is_written_as_tensorflow_serving_writes_it():
    text = answer({"a": np.array([[np.nan, np.inf]], np.float32)}, is_row=False)
    assert b"NaN" in text and b"Infinity" in text


def test_strings_are_text_unless_their_name_says_bytes():
    found = np.array([b"\xc3\xa9", b"a"], object)
    assert columns(a=found) == {"outputs": ["\u00e9", "a"]}
    assert rows(a_bytes=found)["predictions"][1] == {"b64": "YQ=="}


def test_slices_are_written():
    a = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    assert columns(a=a)["outputs"] == a.tolist()
