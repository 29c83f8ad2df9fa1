"""tools/plot_series.py: groups of runs, their table and figure, errors."""

import json

from amnat.errors import InputError
from amnat.training.series import Series

import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import loaded_script


@pytest.fixture
def script():
    with loaded_script("plot_series.py") as module, flagsaver.flagsaver():
        yield module


@pytest.fixture
def runs(tmp_path):
    for seed, last in enumerate((0.5, 0.7, 0.9)):
        folder = tmp_path / "a" / f"seed{seed}"
        folder.mkdir(parents=True)
        series = Series(folder / "classes.csv", 0)
        series.append(10, {"entropy": 0.1, "share_1": 0.3})
        series.append(20, {"entropy": last, "share_1": 0.2})
    return tmp_path


def run(script, *arguments):
    flags.FLAGS(["plot_series.py", *map(str, arguments)])
    return script.main()


def test_table_and_figure(script, runs, capsys):
    out = runs / "entropy.png"
    columns = "--column=entropy", "--column=share_1"
    assert run(script, f"--runs=all={runs}/a/*", f"--out={out}", *columns) == 0
    assert capsys.readouterr().out.splitlines() == [
        "| runs | seeds | iteration | entropy | share_1 |",
        "|---|---|---|---|---|",
        "| all | 3 | 20 | 0.7000 ± 0.2000 | 0.2000 ± 0.0000 |",
    ]
    assert Image.open(out).size == (800, 700)


def test_final_scores_as_a_table(script, runs, capsys):
    for seed, fid in enumerate((4.0, 6.0, 8.0)):
        record = {"iteration": 21, "results": {"fid": fid}, "not_taken": {}}
        (runs / "a" / f"seed{seed}" / "final_scores.json").write_text(json.dumps(record))
    arguments = ("--file=final_scores.json", "--column=fid")
    assert run(script, f"--runs=all={runs}/a/*", *arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "| all | 3 | 21 | 6.0000 ± 2.0000 |"


@pytest.mark.parametrize("file, name", [
    ("labels.csv", "judge"),
    ("final_scores.json", "classifier.sha256"),
])  # fmt: skip
def test_numbers_that_cannot_be_compared_are_named(script, runs, capsys, file, name):
    for seed, judge in enumerate("aab"):
        series = Series(runs / "a" / f"seed{seed}" / "labels.csv", 0, {"judge": judge})
        series.append(10, {"fid": 5.0})
        record = {"iteration": 1, "results": {"fid": 5.0}, "classifier": {"sha256": judge}}
        (runs / "a" / f"seed{seed}" / "final_scores.json").write_text(json.dumps(record))
    assert run(script, f"--runs=x={runs}/a/*", "--column=fid", f"--file={file}") == 0
    (said,) = capsys.readouterr().err.splitlines()
    assert f"seed2/{file} was computed with {name} b, not a as {runs}/a/seed0/{file}" in said


def test_rows_in_another_part_are_named(script, runs, capsys):
    for judge in "ab":
        series = Series(runs / "a" / "seed1" / "classes.csv", None, {"judge": judge})
        series.append(30, {"entropy": 0.1, "share_1": 0.3})
    capsys.readouterr()
    assert run(script, f"--runs=x={runs}/a/*") == 0
    (said,) = capsys.readouterr().err.splitlines()
    assert "seed1 also has classes_2.csv, which is left out; --file=classes_2.csv" in said


@pytest.mark.parametrize("text", ["[1]", "{", '{"iteration": 1, "results": [2]}', '{"fid": 1}'])
def test_a_damaged_json_file_is_named(script, runs, text):
    (runs / "a" / "seed1" / "final_scores.json").write_text(text)
    with pytest.raises(InputError, match="seed1: final_scores.json is not a table of numbers"):
        run(script, f"--runs=x={runs}/a/*", "--file=final_scores.json", "--column=fid")


def test_a_damaged_file_is_named(script, runs):
    (runs / "a" / "seed0" / "classes.csv").write_text("iteration,entropy\n10,x\n")
    with pytest.raises(InputError, match="seed0: classes.csv is not a table of numbers"):
        run(script, f"--runs=x={runs}/a/*")


@pytest.mark.parametrize("arguments, message", [
    ([], "--runs=.*: expected at least one group"),
    (["--runs=x"], "--runs=x: expected NAME=PATTERN"),
    (["--runs=x={runs}/b/*"], "no run directory with a classes.csv there"),
    (["--runs=x={runs}/a/*", "--column=kl"], "--column=kl: .* has entropy, iteration, share_1"),
    (["--runs=x={runs}/a/*", "--out={runs}/no/x.png"], "x.png: cannot be written"),
])  # fmt: skip
def test_bad_input(script, runs, arguments, message):
    with pytest.raises(InputError, match=message):
        run(script, *(argument.format(runs=runs) for argument in arguments))
