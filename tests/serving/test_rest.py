import gzip
import json
import socket

from amnat.serving.request_errors import RequestError
from amnat.serving.rest import Target, target
from amnat.serving.saved_models import error_text
from amnat.serving.server import Limits

import numpy as np
import pytest
from malformed import bodies
from serving_cases import CLASSES, MOST, OLD_EXPORT, ROOT, SHAPE, running, write_export

SEEDED = {"signature_name": "generate", "inputs": {"num_samples": 2, "seed": 7}}
PREDICT = "/v1/models/shapes:predict"


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """(Client, model) of a server with two models, shapes and old."""
    folder = tmp_path_factory.mktemp("export")
    write_export(folder, 3)
    with running(folder, f"old={OLD_EXPORT}") as (client, rest):
        yield client, rest.models["shapes"].served(None).model


@pytest.fixture
def client(serving):
    return serving[0]


@pytest.fixture
def model(serving):
    return serving[1]


@pytest.mark.parametrize(
    "method, path, expected",
    [
        ("GET", "/v1/models/a", Target("a", None, "")),
        ("GET", "/v1/models/a%20b/versions/5", Target("a b", 5, "")),
        ("GET", "/v1/models/a/metadata", Target("a", None, "/metadata")),
        ("GET", "/v1/models/a/versions/5/metadata", Target("a", 5, "/metadata")),
        ("POST", "/v1/models/a:predict", Target("a", None, "predict")),
        ("POST", "/v1/models/a/versions/5:classify", Target("a", 5, "classify")),
    ],
)
def test_paths_are_those_of_tensorflow_serving(method, path, expected):
    assert target(method, path) == expected


@pytest.mark.parametrize(
    "method, path, words",
    [
        ("GET", "/v1/foo", "Malformed request: GET /v1/foo"),
        ("POST", "/v1/foo", "Malformed request"),
        ("GET", "/v1/models", "Missing model name in request."),
        ("POST", "/v1/models", "Malformed request"),
        ("GET", "/v1/models/debug/name", "Malformed request"),
        ("GET", "/v1/models/foo:predict", "Malformed request"),
        ("POST", "/v1/models/foo/version/50:regress", "Malformed request"),
        ("POST", "/v1/models/foo/versions/HELLO:regress", "Malformed request"),
        ("POST", f"/v1/models/foo/versions/{2**64}:predict", "Failed to convert version"),
        ("POST", "/v1/models/foo/metadata", "Malformed request"),
        ("POST", "/v1/models/foo/versions/50/labels/some:predict", "Malformed request"),
        ("POST", "/v1/models/foo/labels/some:predict", "Unrecognized servable version label"),
        ("PUT", "/v1/models/foo", "Malformed request: PUT /v1/models/foo"),
    ],
)
def test_other_paths_are_refused_in_its_words(method, path, words):
    with pytest.raises(RequestError) as caught:
        target(method, path)
    assert caught.value.status == 400 and words in caught.value.message


def test_the_status_has_all_versions_or_one(client):
    expected = {
        "model_version_status": [
            {
                "version": "3",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }
    assert client.get("/v1/models/shapes") == (200, expected)
    assert client.get("/v1/models/shapes/versions/3") == (200, expected)
    missing = {"error": "Could not find version 4 of model shapes"}
    assert client.get("/v1/models/shapes/versions/4") == (404, missing)
    assert client.get("/v1/models/no")[0] == 404


def test_the_metadata_are_the_signatures_of_the_graph(client):
    for path in ("/v1/models/old/metadata", "/v1/models/old/versions/2/metadata"):
        status, found = client.get(path)
        assert status == 200
        assert found["model_spec"] == {"name": "old", "signature_name": "", "version": "2"}
    latent = found["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
    assert latent["latent"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {
            "dim": [{"size": "-1", "name": ""}, {"size": "14", "name": ""}],
            "unknown_rank": False,
        },
        "name": latent["latent"]["name"],
    }
    assert client.get("/v1/models/old/versions/3/metadata")[0] == 404


def test_predictions_are_those_of_the_saved_model(client, model):
    inputs = {"num_samples": np.int32(2), "seed": np.int64(7)}
    images = model.call("generate", inputs)["images"]
    assert client.post(PREDICT, SEEDED) == (200, {"outputs": images.tolist()})
    assert client.post("/v1/models/shapes/versions/3:predict", SEEDED)[0] == 200
    latents = np.random.default_rng(0).standard_normal((3, 9)).astype(np.float32)
    floats = model.call("serving_default", {"latent": latents})["images"]
    for body, key in [
        ({"instances": latents.tolist()}, "predictions"),
        ({"instances": [{"latent": row} for row in latents.tolist()]}, "predictions"),
        ({"inputs": latents.tolist()}, "outputs"),
        ({"inputs": {"latent": latents.tolist()}}, "outputs"),
    ]:
        status, found = client.post(PREDICT, body)
        assert status == 200 and list(found) == [key]
        np.testing.assert_array_equal(np.array(found[key], np.float32), floats)


def test_strings_go_both_ways(client):
    body = {"signature_name": "describe", "instances": ["", {"b64": "YQ=="}]}
    status, found = client.post(PREDICT, body)
    assert status == 200
    assert [json.loads(text)["run"] for text in found["predictions"]] == ["shapes"] * 2


def test_what_the_model_refuses_is_answered_with_its_own_words(client):
    body = {"signature_name": "generate_class", "inputs": {"labels": [3], "seed": 1}}
    assert client.post(PREDICT, body) == (400, {"error": "labels are [3], expected 0 to 2"})
    body = {"signature_name": "generate", "inputs": {"num_samples": MOST + 1, "seed": 1}}
    expected = {"error": f"num_samples is {MOST + 1}, expected 1 to {MOST}"}
    assert client.post(PREDICT, body) == (400, expected)


@pytest.mark.parametrize(
    "path, body, status, words",
    [
        ("/v1/models/no:predict", SEEDED, 404, "Servable not found for request: Latest(no)"),
        (
            "/v1/models/shapes/versions/1:predict",
            SEEDED,
            404,
            "Servable not found for request: Specific(shapes, 1)",
        ),
        (PREDICT, {"signature_name": "x", "inputs": 1}, 400, 'signature name: "x" not found'),
        (PREDICT, {"inputs": [[0.0] * 8]}, 400, "the shape [1, 8], expected [N, 9]"),
        (PREDICT, {"inputs": [[0.0] * 9] * 257}, 400, "latent has 257 rows, expected at most 256"),
        (
            PREDICT,
            {"signature_name": "generate", "inputs": {"num_samples": 257, "seed": 0}},
            400,
            "num_samples is 257, expected at most 256",
        ),
        ("/v1/models/shapes:regress", {"examples": []}, 400, "tensorflow/serving/regress"),
    ],
)
def test_wrong_requests_get_their_status_and_a_sentence(client, path, body, status, words):
    found, error = client.post(path, body)
    assert found == status and words in error["error"]


def test_other_paths_and_methods_have_their_statuses(client):
    assert client.get("/nothing") == (404, {"error": "Not found"})
    status, error, headers = client.send("POST", "/healthz", b"")
    assert (status, error) == (405, {"error": "Method not allowed: POST"})
    assert sorted(headers["allow"].split(", ")) == ["GET", "HEAD"]
    assert client.send("DELETE", "/v1/models/shapes")[0] == 400
    assert client.send("HEAD", "/v1/models/shapes")[0] == 400
    assert client.get("/healthz") == (200, {"status": "ok", "models": ["old", "shapes"]})


def test_bodies_may_be_packed(client):
    packed = gzip.compress(json.dumps(SEEDED).encode())
    gzipped = {"Content-Encoding": "gzip"}
    assert client.send("POST", PREDICT, packed, gzipped)[0] == 200
    assert client.send("POST", PREDICT, packed[:-9], gzipped)[0] == 400
    assert client.send("POST", PREDICT, b"no gzip", gzipped)[0] == 400
    assert client.send("POST", PREDICT, b"x", {"Content-Encoding": "br"})[0] == 400
    bomb = gzip.compress(bytes(50_000_000))
    assert client.send("POST", PREDICT, bomb, gzipped)[0] == 413


def test_large_bodies_are_refused_whether_they_say_their_size_or_not(client):
    status, error, headers = client.send("POST", PREDICT, bytes(8_000_001))
    assert status == 413 and "expected at most 8000000 bytes" in error["error"]
    parts = (bytes(1_000_000) for _ in range(9))
    assert client.send("POST", PREDICT, parts)[0] == 413
    assert client.post(PREDICT, SEEDED)[0] == 200


def test_malformed_bodies_get_a_sentence(client):
    check_malformed(client, 60)


@pytest.mark.slow
def test_a_thousand_malformed_bodies_get_a_sentence(client):
    check_malformed(client, 1000, seed=1)


def check_malformed(client, count, seed=0):
    for data in bodies(count, seed):
        status, found = client.post(PREDICT, data)
        if status == 200:  # What was changed did not matter, such as an unused key.
            assert found["outputs"], data
            continue
        assert 400 <= status < 500, (data, found)
        assert isinstance(found["error"], str) and len(found["error"]) > 10, data
        assert str(ROOT) not in found["error"] and "site-packages" not in found["error"]
    assert client.post(PREDICT, SEEDED)[0] == 200


def test_what_is_no_http_is_answered_and_forgotten(client):
    with socket.create_connection(("127.0.0.1", client.port)) as connection:
        connection.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")
    assert client.get("/healthz")[0] == 200


def test_a_body_that_does_not_come_ends_its_request(tmp_path):
    write_export(tmp_path, 1)
    with running(tmp_path, limits=Limits(timeout=0.2)) as (client, rest):
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
            connection.sendall(head.encode() + b"{")
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")
        assert rest.workers.taken == 0


def test_a_client_that_goes_away_is_forgotten(serving, capfd):
    client, _ = serving
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
            connection.sendall(head.encode() + b"{")
    assert client.post(PREDICT, SEEDED)[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_further_requests_are_told_when_to_come_again(tmp_path):
    write_export(tmp_path, 1)
    with running(tmp_path, limits=Limits(threads=1, queue=0)) as (client, rest):
        rest.workers.taken += 1
        status, error, headers = client.send("POST", PREDICT, json.dumps(SEEDED).encode())
        assert status == 503 and "try again later" in error["error"]
        assert headers["retry-after"] == "1"
        assert client.get("/healthz")[0] == 200
        rest.workers.taken -= 1
        assert client.post(PREDICT, SEEDED)[0] == 200


def test_mistakes_of_the_server_are_not_explained_to_clients(tmp_path, monkeypatch):
    write_export(tmp_path, 1)
    with running(tmp_path) as (client, rest):
        monkeypatch.setattr(rest, "predict", lambda *_: 1 / 0)
        status, error = client.post(PREDICT, SEEDED)
        assert status == 500 and error["error"].startswith("The server failed")
        monkeypatch.undo()
        assert client.post(PREDICT, SEEDED)[0] == 200


def test_errors_of_tensorflow_are_told_without_paths():
    cause = "assertion failed: [num_samples is 5000, expected 1 to 1024]\n\t [[{{node a}}]] [Op:b]"
    assert (
        error_text(f"Graph execution error:\n\n{cause}")
        == "num_samples is 5000, expected 1 to 1024"
    )
    text = "{{function_node __f}} no file /home/me/run/a.txt here [Op:ReadFile]\nat /usr/lib/x.py"
    assert error_text(text) == "no file ... here"


def test_the_shapes_are_as_the_tests_say(model):
    assert model.infos("classify")["images"].shape == (None, *SHAPE)
    assert model.metadata["class_names"] == list(CLASSES)
