"""Numbers over the iterations, written as a run goes on."""

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
