from amnat.serving import bodies
from amnat.serving.request_errors import RequestError
from amnat.serving.tensors import TensorInfo

import numpy as np
import pytest

LATENT = {"latent": TensorInfo("float32", (None, 2))}
PAIR = {"labels": TensorInfo("int32", (None,)), "codes": TensorInfo("float32", (None, 1))}
SEEDED = {"num_samples": TensorInfo("int32", ()), "seed": TensorInfo("int64", ())}


def inputs(data, infos):
    return bodies.inputs_of(bodies.read(bodies.parse(data)), infos)


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"instances = [1, 2]", "JSON Parse error: Invalid value"),
        (b'{"instances": [NaN]}', "JSON Parse error"),
        (b'{"instances": [1e999]}', "JSON Parse error"),
        (b"[" * 100_000, "JSON Parse error"),
        (b"[" * 900 + b"]" * 900, "JSON Value: [[[[...]]]] Is not object"),
        (b'{"inputs": ' + b'{"a": ' * 900 + b"1" + b"}" * 901, "Missing named input"),
        (b'{"inputs": [' + b'{"a": ' * 900 + b"1" + b"}" * 900 + b"]}", "Type: Object"),
        (b'{"signature_name": ' + b"[" * 900 + b"]" * 900 + b"}", "must be a string value"),
        (b'{"instances": ' + b"[" * 500 + b"]" * 500 + b"}", "lists in 500 levels"),
        (b"\xff\xfe", "JSON Parse error"),
        (b"[1]", "JSON Value: [1] Is not object"),
        (b"{}", "Missing 'inputs' or 'instances' key"),
        (b'{"signature_name": 100}', "'signature_name' key must be a string value."),
        (b'{"instances": [1], "inputs": 1}', "only one of 'inputs' or 'instances'"),
        (b'{"instances": 1}', "Expecting 'instances' to be an list/array"),
        (b'{"instances": []}', "No values in 'instances' array"),
        (b'{"inputs": {"a": 1}}', "Missing named input: latent in 'inputs' object."),
        (b'{"instances": [[1, 2], {"latent": [1, 2]}]}', "Expecting value/list but got object"),
        (b'{"instances": [{"latent": [1, 2]}, [1, 2]]}', "Expecting object but got list at item 1"),
        (b'{"instances": [{"latent": [1, 2], "a": 1}]}', "must only have keys: latent"),
        (b'{"instances": [[1, 2], [3]]}', "unexpected size: 1"),
    ],
)
def test_wrong_bodies_are_refused(data, words):
    with pytest.raises(RequestError) as caught:
        inputs(data, LATENT)
    assert caught.value.status == 400 and words in caught.value.message


def test_a_body_says_signature_and_format():
    body = bodies.read({"instances": [1], "signature_name": "generate"})
    assert body == bodies.Body("generate", [1], True)
    assert bodies.read({"inputs": 1, "signature_name": ""}).signature == "serving_default"


@pytest.mark.parametrize(
    "data",
    [
        b'{"instances": [[1, 2], [3, 4]]}',
        b'{"instances": [{"latent": [1, 2]}, {"latent": [3, 4]}]}',
        b'{"inputs": [[1, 2], [3, 4]]}',
        b'{"inputs": {"latent": [[1, 2], [3, 4]], "unused": 0}}',
    ],
)
def test_one_input_may_have_its_name_or_not(data):
    np.testing.assert_array_equal(inputs(data, LATENT)["latent"], [[1, 2], [3, 4]])


def test_several_inputs_have_names():
    found = inputs(b'{"instances": [{"labels": 1, "codes": [0.5]}]}', PAIR)
    assert found["labels"].tolist() == [1] and found["codes"].tolist() == [[0.5]]
    assert inputs(b'{"inputs": {"num_samples": 4, "seed": 7}}', SEEDED)["seed"] == 7
    for data in (b'{"instances": [1]}', b'{"inputs": [1]}'):
        with pytest.raises(RequestError, match="multiple input tensors required: labels, codes"):
            inputs(data, PAIR)


def test_scalars_have_no_row_format():
    with pytest.raises(RequestError, match=r"num_samples has the shape \[1\], expected \[\]"):
        inputs(b'{"instances": [{"num_samples": 4, "seed": 7}]}', SEEDED)
