"""The shared flags about strategies: what does not go together is refused before training."""

import sys

from amnat.errors import InputError
from amnat.training import flags as shared

import pytest
from absl import flags
from absl.testing import flagsaver

TWO = '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}'


@pytest.fixture(autouse=True)
def flag_values(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(sys, "argv", ["script"])
    with flagsaver.flagsaver():
        yield


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--strategy=parameter_server", "its workers update the weights at any time"),
        ("--strategy=multi_worker", "TF_CONFIG is not set; expected e.g."),
        ("--devices=GPU:0", "expected --strategy=mirrored with it"),
        ("--strategy=mirrored --devices=GPU0", "different names such as GPU:0,GPU:1"),
        ("--strategy=mirrored --devices=CPU:1,CPU:1", "different names"),
        ("--strategy=one_device --devices=CPU:0,CPU:1", "one of them with --strategy=one_device"),
        ("--sync_batch_norm", "--strategy=mirrored or multi_worker with it"),
    ],
)
def test_refused(arguments, message):
    flags.FLAGS(["script", *arguments.split()])
    with pytest.raises(InputError, match=message):
        shared.check_shared()


@pytest.mark.parametrize(
    "arguments",
    [
        "--strategy=one_device --devices=CPU:0 --jit_compile",
        "--strategy=mirrored --devices=CPU:0,CPU:1 --sync_batch_norm",
        "--strategy=mirrored --devices=CPU:0,CPU:1 --jit_compile",
        "--strategy=multi_worker --sync_batch_norm",
    ],
)
def test_accepted(arguments, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", TWO)
    flags.FLAGS(["script", *arguments.split()])
    shared.check_shared()


def test_replicas_are_counted_over_all_workers(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", TWO)
    flags.FLAGS(["script", "--strategy=multi_worker", "--devices=GPU:0,GPU:1"])
    assert shared.known_replicas() == 4
