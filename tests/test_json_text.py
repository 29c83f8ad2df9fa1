"""What is written as JSON may hold NumPy's numbers, whichever release of NumPy made them."""

import ast
import json
import pathlib

from amnat import json_text

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Programs that run without amnat, and a message that quotes what came as JSON.
ALONE = ("amnat/export/reload_check.py", "amnat/training/cluster.py")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), "3"),
        (np.uint8(200), "200"),
        (np.float32(0.5), "0.5"),
        (np.float64(0.1), "0.1"),
        (np.bool_(True), "true"),
        (np.str_("a"), '"a"'),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.array(7), "7"),
        ({np.int64(1): (np.int32(2), [np.float16(1.5)])}, '{"1": [2, [1.5]]}'),
        ({"path": pathlib.PurePosixPath("a/b")}, '{"path": "a/b"}'),
        ({"a": None, "b": [True, 1, 1.5, "c"]}, '{"a": null, "b": [true, 1, 1.5, "c"]}'),
    ],
    ids=str,
)
def test_values(value, expected):
    assert json_text.dumps(value) == expected


def test_plain_values_are_written_as_by_json():
    value = {"b": [1, 0.1, float("inf")], "a": {"c": (1, "é")}}
    for options in ({}, {"indent": 1}, {"sort_keys": True}):
        assert json_text.dumps(value, **options) == json.dumps(value, **options)
    with pytest.raises(ValueError, match="Out of range float"):
        json_text.dumps(value, allow_nan=False)


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="object"):
        json_text.dumps({"a": object()})


def calls_of_json(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.dump", "json.dumps"):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_package_writes_json_nowhere_else():
    files = [*(ROOT / "amnat").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    exempt = ("amnat/json_text.py", *ALONE)
    found = [
        call
        for path in sorted(files)
        if str(path.relative_to(ROOT)) not in exempt
        for call in calls_of_json(path)
    ]
    assert found == [], "use amnat.json_text.dumps"
