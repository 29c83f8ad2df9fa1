import re

from amnat.serving.walks import latent_of

import numpy as np
import pytest
from serving_cases import CLASSES, OLD_EXPORT, SHAPE, running, write_export

FILES = ("style.css", "page.js", "drawing.js", "requests.js")


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write_export(folder, 3)
    with running(folder, f"old={OLD_EXPORT}") as (client, rest):
        yield client, {name: model.served(None).model for name, model in rest.models.items()}


def descriptions(client):
    status, found = client.get("/page/models")
    assert status == 200
    return {each["name"]: each for each in found}


def walk(client, query):
    return client.get(f"/page/walk?{query}")


def test_the_page_loads_nothing_from_elsewhere(serving):
    client, _ = serving
    status, page, headers = client.send("GET", "/")
    assert status == 200 and headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in headers["content-security-policy"]
    text = page.decode()
    assert not re.search(r"(?:src|href)=\"(?!page/|data:,)", text)
    for name in FILES:
        status, content, _ = client.send("GET", f"/page/{name}")
        assert status == 200 and b"http" not in content, name
    for name in ("nothing.js", "..%2fpage.py", "%2e%2e"):
        assert client.get(f"/page/{name}")[0] == 404


def test_every_control_has_a_label(serving):
    client, _ = serving
    text = client.send("GET", "/")[1].decode()
    for control in re.findall(r"<(?:input|select)[^>]*>", text):
        before = text[: text.index(control)]
        assert before.rindex("<label") > before.rfind("</label"), control


def test_a_model_with_classes_is_described(serving):
    client, _ = serving
    found = descriptions(client)["shapes"]
    assert found["path"] == "/v1/models/shapes" and found["version"] == "3"
    assert found["recorded"] == {"run": "shapes", "iteration": 3, "data": "drawn"}
    assert found["sample"] == {
        "plain": "generate",
        "labels": "generate_class",
        "codes": 0,
        "names": list(CLASSES),
        "word": "Class",
        "output": "images",
        "shape": list(SHAPE),
        "walk": True,
        "walk_labels": True,
    }
    assert found["classify"] == {"shape": list(SHAPE), "names": list(CLASSES)}
    assert found["translate"] is None


def test_a_model_with_labels_and_codes_is_described(serving):
    client, _ = serving
    found = descriptions(client)["old"]["sample"]
    assert (found["plain"], found["labels"], found["codes"]) == (None, "generate", 2)
    assert found["word"] == "Label" and len(found["names"]) == 10 and found["walk"]


def as_bytes(images):
    return np.clip(np.round(np.array(images) * 128 + 127.5), 0, 255)


@pytest.mark.parametrize("label", [None, 2])
def test_a_walk_begins_and_ends_with_the_first_images_of_its_seeds(serving, label):
    client, models = serving
    chosen = "" if label is None else f"&label={label}"
    status, found = walk(client, f"model=shapes&from=1&to=2&steps=5{chosen}")
    assert status == 200 and np.shape(found["outputs"]) == (5, *SHAPE)
    for seed, image in ((1, found["outputs"][0]), (2, found["outputs"][-1])):
        many = {"num_samples": np.int32(8), "seed": np.int64(seed)}
        if label is not None:
            many = {"labels": np.full(8, label, np.int32), "seed": np.int64(seed)}
        signature = "generate" if label is None else "generate_class"
        expected = models["shapes"].call(signature, many)["images"][0]
        if label is None and seed == 2:
            continue  # A walk keeps the class of its first image.
        np.testing.assert_allclose(as_bytes(image), expected, atol=1)


def test_a_walk_takes_a_label_and_a_code(serving):
    client, models = serving
    status, found = walk(client, "model=old&from=3&to=4&steps=3&label=7&code=0.5,-0.5")
    assert status == 200
    inputs = {
        "labels": np.array([7], np.int32),
        "space": np.array([[0.5, -0.5]], np.float32),
        "seed": np.int64(3),
    }
    expected = models["old"].call("generate", inputs)["images"]
    np.testing.assert_allclose(as_bytes(found["outputs"][0]), expected[0], atol=1)


@pytest.mark.parametrize(
    "query, status",
    [
        ("model=no&from=1&to=2&steps=3", 404),
        ("from=1&to=2&steps=3", 404),
        ("model=shapes&from=x&to=2&steps=3", 400),
        ("model=shapes&from=1&steps=3", 400),
        ("model=shapes&from=1&to=2&steps=1", 400),
        ("model=shapes&from=1&to=2&steps=1000", 400),
        ("model=shapes&from=1&to=2&steps=3&label=3", 400),
        ("model=shapes&from=1&to=2&steps=3&label=-1", 400),
        ("model=shapes&from=1&to=2&steps=3&code=0.5", 400),
        ("model=old&from=1&to=2&steps=3&label=1&code=0.5,2", 400),
        ("model=old&from=1&to=2&steps=3&label=1&code=nan,0", 400),
        ("model=old&from=1&to=2&steps=3&code=a", 400),
        (f"model=shapes&from={2**63}&to=2&steps=3", 400),
    ],
)
def test_wrong_walks_are_refused(serving, query, status):
    client, _ = serving
    found, error = walk(client, query)
    assert found == status and len(error["error"]) > 10


def test_models_of_other_programs_get_standard_normal_latents(serving):
    _, models = serving
    model = models["shapes"]
    metadata, model.metadata = model.metadata, {}
    try:
        assert latent_of(model) is not None
        model.metadata = {"latent": {"module": "not.imported", "class": "A", "config": {}}}
        assert latent_of(model) is None
    finally:
        model.metadata = metadata
