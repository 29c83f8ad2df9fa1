"""Numbers over the iterations, written as a run goes on."""

import os

from amnat.training.run_directory import RunDirectory
from amnat.training.series import Series

import pytest


def test_rows_are_written_and_read(tmp_path):
    path = tmp_path / "numbers.csv"
    series = Series(path, 0)
    series.append(10, {"a": 0.5, "b": 1 / 3})
    series.append(20, {"a": 1, "b": 2})
    assert path.read_text() == "iteration,a,b\n10,0.5,0.333333333\n20,1.0,2.0\n"
    again = Series(path, 20)
    assert again.rows == series.rows and again.column("a") == [0.5, 1.0]


def test_a_resumed_run_writes_the_same_file(tmp_path):
    whole, cut = Series(tmp_path / "whole.csv", 0), Series(tmp_path / "cut.csv", 0)
    for iteration in (1, 2, 3):
        whole.append(iteration, {"x": iteration / 7})
        cut.append(iteration, {"x": iteration / 7})
    resumed = Series(tmp_path / "cut.csv", 1)
    assert resumed.column("iteration") == [1]
    for iteration in (2, 3):
        resumed.append(iteration, {"x": iteration / 7})
    assert (tmp_path / "cut.csv").read_text() == (tmp_path / "whole.csv").read_text()


def test_a_failed_write_leaves_the_old_file(tmp_path):
    series = Series(tmp_path / "gone" / "x.csv", 0)
    with pytest.raises(OSError):
        series.append(1, {"x": 1})


def test_rows_are_those_of_the_part_that_is_written(tmp_path):
    path = tmp_path / "numbers.csv"
    Series(path, 0, {"judge": "a"}).append(10, {"x": 1.0})
    series = Series(path, 10, {"judge": "b"})
    assert series.rows == [{"iteration": 10, "x": 1.0}]
    series.append(20, {"x": 2.0})
    assert series.rows == [{"iteration": 20, "x": 2.0}]
    series.forget_after(10)
    series.append(20, {"x": 3.0})
    assert series.column("x") == [3.0]


def test_a_run_keeps_rows_until_there_is_room(tmp_path, monkeypatch):
    run = RunDirectory(tmp_path)
    series = Series(tmp_path / "numbers.csv", 0, run=run)

    def fail(*_):
        raise OSError("no space")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="no space"):
            series.append(10, {"x": 1.0})
    series.append(20, {"x": 2.0})
    assert series.column("iteration") == [10, 20]
