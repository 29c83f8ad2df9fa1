import concurrent.futures
import shutil
import time

from amnat.errors import InputError
from amnat.serving import load

import numpy as np
import pytest
from serving_cases import OLD_EXPORT, running, write_export


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write_export(folder, 1)
    with running(folder, f"old={OLD_EXPORT}") as (client, _):
        yield f"http://127.0.0.1:{client.port}"


def test_requests_are_made_from_the_metadata(url):
    assert load.model_name(url) == "old"
    path, body = load.request_of(url, "shapes", 3)
    assert path == "/v1/models/shapes:predict"
    assert body == {"signature_name": "generate", "inputs": {"num_samples": 3, "seed": 0}}
    _, body = load.request_of(url, "old", 2)
    assert body["inputs"] == {"labels": [0, 0], "space": [[0.0, 0.0]] * 2, "seed": 0}
    with pytest.raises(InputError, match="Servable not found"):
        load.request_of(url, "none", 2)


def test_clients_count_answers_and_errors(url):
    path, body = load.request_of(url, "shapes", 2)
    for seconds in (0.3, 3, 30):  # A busy machine may not answer within the first of them.
        results = load.measure(url, path, body, clients=3, seconds=seconds, warm_up=0.1)
        if results.latencies:
            break
    assert results.latencies and not results.errors
    text = load.report(results, 2, 3)
    assert "0 errors" in text and "p50" in text and "memory" not in text
    body["inputs"] = {"num_samples": 0, "seed": 0}
    results = load.measure(url, path, body, clients=2, seconds=0.1, warm_up=0)
    assert not results.latencies and "expected 1 to 50" in results.errors[0]
    assert "the first one: 400" in load.report(results, 2, 2)


def test_a_new_version_comes_without_an_error(tmp_path):
    write_export(tmp_path / "new", 2)
    write_export(tmp_path / "served", 1)
    with running(tmp_path / "served", poll_seconds=0.05) as (client, rest):
        address = f"http://127.0.0.1:{client.port}"
        path, body = load.request_of(address, "shapes", 2)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            loading = pool.submit(load.measure, address, path, body, 4, 2.0, 0.0)
            shutil.copytree(tmp_path / "new" / "2", tmp_path / "served" / "2")
            while rest.models["shapes"].served(None).number == 1:
                time.sleep(0.01)
            assert client.post("/v1/models/shapes/versions/1:predict", body)[0] == 404
            assert loading.result().errors == []
        assert client.post(path, body)[0] == 200


def test_the_growth_of_memory_is_relative():
    results = load.Results([0.001] * 99 + [1.0], [], 10.0, (1000 * 2**20, 1030 * 2**20))
    assert results.growth == pytest.approx(0.03)
    text = load.report(results, 4, 64)
    assert "memory     1,000 MiB, then 1,030 MiB: +3.0%" in text
    assert "samples    40 per second" in text
    assert f"p99 {1000 * np.percentile(results.latencies, 99):.0f} ms" in text
