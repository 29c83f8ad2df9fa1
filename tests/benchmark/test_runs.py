"""Processes that run one task, and what is made of their results."""

import os
import sys

from amnat.benchmark import runs, workloads
from amnat.errors import InputError

import pytest


def test_torch_is_looked_for(tmp_path):
    for missing in (str(tmp_path / "python"), "no_such_python"):
        with pytest.raises(InputError, match="--torch_python=.*: no such program"):
            runs.find_torch(missing)
    with pytest.raises(InputError, match="--torch_python=.*: is not a program"):
        runs.find_torch(str(tmp_path))
    # Without site-packages there is none.
    broken = tmp_path / "broken"
    broken.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E -s "$@"\n')
    broken.chmod(0o755)
    with pytest.raises(InputError, match="cannot import torch"):
        runs.find_torch(str(broken))


def test_a_task_returns_its_result():
    code = "import json, sys; r = json.load(open(sys.argv[1])); json.dump(r, open(r['out'], 'w'))"
    found, started = runs.run_task([sys.executable, "-c", code], {"task": "time", "x": 3})
    assert found["x"] == 3 and started > 0


def test_a_task_imports_from_where_the_user_does(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "users_own.py").touch()
    seen = []
    monkeypatch.setattr(
        runs, "run_task", lambda command, request, **variables: seen.append(variables)
    )
    runs.run_amnat({"task": "time"})
    assert seen[0]["PYTHONPATH"].split(os.pathsep) == [str(runs.ROOT), str(tmp_path)]
    monkeypatch.undo()
    code = "import amnat, json, sys, users_own; r = json.load(open(sys.argv[1]));"
    code += "json.dump(amnat.__file__, open(r['out'], 'w'))"
    found, _ = runs.run_task([sys.executable, "-c", code], {"task": "time"}, **seen[0])
    assert found == str(runs.ROOT / "amnat" / "__init__.py")


def test_a_task_that_fails_says_why():
    command = [sys.executable, "-c", "import sys; sys.exit('no such luck')"]
    with pytest.raises(InputError, match=r"time of fid failed \(status 1\).*\nno such luck"):
        runs.run_task(command, {"task": "time", "workload": "fid"})


def test_sides_of_a_workload(tmp_path):
    toy, score = workloads.get("am_gan_toy"), workloads.get("fid")
    assert runs.Sides().names(toy) == ["amnat"]
    (tmp_path / "AM-GAN2").mkdir()
    sides = runs.Sides("python", tmp_path)
    assert sides.names(toy) == ["amnat", "original", "torch"]
    assert sides.names(score) == ["amnat", "torch"]
    sides.check(score)
    with pytest.raises(InputError, match="no file code/AM-GAN.py"):
        sides.check(toy)


def test_ways_of_pytorch(monkeypatch):
    found, asked = {"times": [[0.0, 0], [1.0, 1], [2.0, 2]], "peak_bytes": 7}, []
    monkeypatch.setattr(
        runs, "run_task", lambda command, request: asked.append(request) or (found, 0.0)
    )
    toy, sampling = workloads.get("am_gan_toy"), workloads.get("sampling")
    sides = runs.Sides("python", torch_modes=["eager", "graphs"])
    assert sides.names(toy) == ["amnat", "torch", "torch_graphs"]
    assert sides.names(sampling) == ["amnat", "torch"]
    assert runs.Sides("python").names(toy) == ["amnat", "torch"]
    sides.time("torch_graphs", toy, {}, 2)
    assert (asked[0]["program"], asked[0]["mode"]) == ("am_gan:train_points", "graphs")


def test_rates_are_taken_behind_the_first_report(monkeypatch):
    times = [[100.0, 0], [104.0, 10], [105.0, 20], [106.0, 30]]
    result = {"times": times, "peak_bytes": 7}, 97.0
    asked = []
    monkeypatch.setattr(runs, "run_amnat", lambda request: asked.append(request) or result)
    workload = workloads.get("sampling")
    found = runs.Sides().time("amnat", workload, {"batch_size": 8}, 30)
    assert found == {
        "rate": 10.0 * 8,
        "seconds_to_first": 7.0,
        "peak_bytes": 7,
        "gpu_peak_bytes": None,
    }
    assert (asked[0]["workload"], asked[0]["calls"]) == ("sampling", 30)
