"""tools/benchmark.py."""

import json

from amnat.benchmark import timing
from amnat.benchmark.saved_model import measure_saved_model
from amnat.errors import InputError

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="latent")])
        def __call__(self, latent):
            return {"images": 2.0 * latent}

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name="scalar")])
        def scalar(self, scalar):
            return {"out": scalar}

    model, path = Model(), tmp_path_factory.mktemp("models")
    tf.saved_model.save(model, str(path / "good"), signatures=model.__call__)
    tf.saved_model.save(model, str(path / "bad"), signatures=model.scalar)
    return path


def test_time_calls(monkeypatch):
    """Five calls of 2 s by a clock of our own, after three that do not count."""
    now, calls = [0.0], []

    def call():
        calls.append(now[0])
        now[0] += 2.0

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    np.testing.assert_array_equal(timing.time_calls(call, 9.0), [2.0] * 5)
    assert len(calls) == timing.WARMUP_CALLS + 5


def test_latencies(folder):
    loading, found = measure_saved_model(str(folder / "good"), [1, 4], 0.01)
    assert loading > 0 and [row.batch_size for row in found] == [1, 4]
    for row in found:
        assert row.calls >= timing.MIN_CALLS and 0 < row.median <= row.percentile_95


def run(*arguments):
    with loaded_script("benchmark.py") as script, flagsaver.flagsaver():
        flags.FLAGS(["benchmark.py", *map(str, arguments)])
        return script.main()


def test_workloads_beside_one_another(tmp_path, capsys):
    """Of one workload and this side; what is measured has its own tests."""
    arguments = ("--workloads=fid", "--small", "--rounds=1", f"--out={tmp_path / 'new'}")
    assert run(*arguments, "--settings=num_samples=200") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("  matrix product of 512 x 512, float64: amnat ") for line in lines)
    row = next(line for line in lines if line.startswith("fid "))
    assert row.split()[1] == "amnat" and row.endswith(" s")
    record = json.loads((tmp_path / "new" / "benchmark.json").read_text())
    entry = record["workloads"]["fid"]
    assert entry["settings"] == {"num_samples": 200, "num_features": 20}
    assert entry["flops"] == 2 * 200 * 20 * 20 and entry["sides"]["amnat"]["rate"] > 0
    assert (tmp_path / "new" / "benchmark.png").is_file()


def test_the_execution_is_a_setting():
    with loaded_script("benchmark.py") as script, flagsaver.flagsaver():
        found = [script.workloads.get("am_gan_cifar10")]
        flags.FLAGS(["benchmark.py", "--jit_compile", "--steps_per_execution=10"])
        assert script.changes(found) == {"jit_compile": True, "steps_per_execution": 10}
        # What is left to the program is what the workload says.
        flags.FLAGS(["benchmark.py", "--jit_compile=auto", "--steps_per_execution=auto"])
        assert script.changes(found) == {}


def test_table(folder, capsys):
    arguments = (f"--saved_model={folder / 'good'}", "--batch_sizes=2", "--seconds=0.01")
    assert run(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[0] == "batch" and lines[2].split()[0] == "2"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workloads=none",), "--workloads=none: expected all, or some of am_gan_cifar10"),
        (("--workloads=",), "--workloads=: expected some of am_gan_cifar10"),
        (("--profile", "--scaling"), "--scaling: expected it without --profile"),
        (("--settings=sizes=3",), "--settings=sizes=3: expected NAME=VALUE of batch_size"),
        (("--settings=batch_size=a",), "--settings=batch_size=a: expected a whole number"),
        (("--originals=nowhere",), "--originals=nowhere: expected a folder of checkouts"),
        (("--seed=3",), "--seed: this script has no such flag"),
        (("--saved_model=nowhere",), "there is no saved_model.pb in it"),
        (("--saved_model=GOOD", "--batch_sizes=0"), "expected numbers from 1 to 100000"),
        (("--saved_model=GOOD", "--seconds=0"), "--seconds=0.0: expected a number of more than 0"),
        (("--saved_model=BAD",), "expected one float32 tensor"),
    ],
)
def test_errors(folder, arguments, message):
    places = {"GOOD": folder / "good", "BAD": folder / "bad"}
    for name, path in places.items():
        arguments = [text.replace(name, str(path)) for text in arguments]
    with pytest.raises(InputError, match=message):
        run(*arguments)
