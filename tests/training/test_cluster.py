"""TF_CONFIG: what is wrong with it is said before anybody waits for anybody."""

import json

from amnat.errors import InputError
from amnat.training.cluster import EXAMPLE, Cluster, read_cluster

import pytest

HOSTS = ["host0:2222", "host1:2222"]


def _text(**changes):
    content = {"cluster": {"worker": HOSTS}, "task": {"type": "worker", "index": 1}}
    return json.dumps(content | changes)


def test_workers():
    cluster = read_cluster(EXAMPLE)
    assert cluster.is_chief and cluster.num_workers == 2
    second = read_cluster(_text())
    assert second == Cluster((("worker", 0), ("worker", 1)), ("worker", 1))
    assert second.index == 1 and not second.is_chief


def test_a_chief_comes_first(monkeypatch):
    with_chief = {"worker": HOSTS, "chief": ["[fd00::1]:2222"]}
    monkeypatch.setenv("TF_CONFIG", _text(cluster=with_chief, task={"type": "chief", "index": 0}))
    assert read_cluster().is_chief and read_cluster().num_workers == 3
    worker = read_cluster(_text(cluster=with_chief, task={"type": "worker", "index": 0}))
    assert worker.index == 1 and not worker.is_chief


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not set"),
        ("{'cluster'", "is not JSON"),
        ("[]", "has no cluster"),
        (_text(cluster={}), "has no cluster"),
        (_text(cluster={"worker": "host0:2222"}), "no list of addresses"),
        (_text(cluster={"worker": ["host0"]}), "the address 'host0', not HOST:PORT"),
        (_text(cluster={"worker": ["a:1", "a:1"]}), "an address twice"),
        (_text(cluster={"worker": ["a:1"], "ps": ["b:1"]}), "tasks of type 'ps'"),
        (_text(cluster={"worker": ["a:1"], "chief": ["b:1", "c:1"]}), "more than one chief"),
        (_text(task=None), "the task null, without type and index"),
        (_text(task={"type": "worker"}), "without type and index"),
        (_text(task={"type": "evaluator", "index": 0}), "a task of type 'evaluator'"),
        (_text(task={"type": ["worker"], "index": 0}), "a task of type"),
        (_text(task={"type": "worker", "index": 2}), "index 2, but the cluster has 2"),
        (_text(task={"type": "worker", "index": "1"}), "index '1'"),
        (_text(task={"type": "worker", "index": True}), "index True"),
    ],
)
def test_what_is_wrong(text, message):
    with pytest.raises(InputError, match=message) as error:
        read_cluster(text)
    assert "TF_CONFIG" in str(error.value) and "\n" not in str(error.value)
