"""What the words of tools/report.py name."""

import json

from amnat.errors import InputError
from amnat.report import sources
from amnat.report.run_reader import read_runs

import folders
import pytest

pytestmark = pytest.mark.usefixtures("unasked")


def test_a_sweep_and_its_runs(tmp_path):
    for row in ("a", "b"):
        for seed in (0, 1):
            folders.write_run(tmp_path / row / f"seed{seed}" / "run", seed)
    (tmp_path / "sheets").mkdir()
    found = sources.find_folders([str(tmp_path), str(tmp_path / "a" / "seed0" / "run")])
    shown = [str(path.relative_to(tmp_path)) for path in found]
    assert shown == ["a/seed0/run", "a/seed1/run", "b/seed0/run", "b/seed1/run"]


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing", "nothing: no such folder or file; .*expected the folder of a run"),
        ("am_gen", "no such folder or file; did you mean .*am_gan.*; expected"),
        ("other", "other: holds notes.txt, pictures/; expected the folder of a run"),
        ("empty", "empty: holds nothing; expected the folder of a run"),
        ("am_gan/samples", "is a folder in a run; give the run, .*am_gan"),
        ("other/notes.txt", "notes.txt: is a file; expected the folder of a run"),
    ],
)
def test_no_run(tmp_path, name, expected):
    folders.write_run(tmp_path / "am_gan")
    write(tmp_path / "other" / "notes.txt")
    (tmp_path / "other" / "pictures").mkdir()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=expected):
        sources.find_folders([str(tmp_path / name)])


def half_written(folder):
    for name in ("metrics.csv", "scores.csv"):
        (folder / name).unlink()
    for path in (folder / "samples").glob("train*"):
        path.unlink()


def other_version(folder):
    write(folder / "generator.json", json.dumps({"version": 2}))


def no_whole_record(folder):
    write(folder / "generator.json", '{"version": ')


def row_too_long(folder):
    write(folder / "metrics.csv", "iteration,loss\n1,2,3\n")


def no_text(folder):
    (folder / "metrics.csv").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (half_written, "run: holds checkpoint/, finished, flags.txt, .*; expected a run that has"),
        (other_version, "generator.json: version 2, expected 1; use the amnat version that wrote"),
        (no_whole_record, "generator.json: cannot be read"),
        (row_too_long, "metrics.csv: 3 cells in a row, expected 2; expected the CSV file of a run"),
        (no_text, "metrics.csv: .*codec can't decode.*; expected the CSV file of a run"),
    ],
)
def test_a_run_that_cannot_be_read(tmp_path, damage, expected):
    folders.write_run(tmp_path / "run")
    damage(tmp_path / "run")
    with pytest.raises(InputError, match=expected):
        read_runs([tmp_path / "run"])


def test_an_incomplete_last_line_does_not_count(tmp_path):
    run = folders.write_run(tmp_path / "run")
    with open(run.metrics_file, "a") as file:
        file.write("400,1")
    (read,) = read_runs([tmp_path / "run"])
    assert read.iterations == 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"original": "a", "config', "is not whole JSON"),
        ("[1]", "holds list; expected a file of tools/compare.py"),
        ('{"iteration": 3}', "holds iteration; expected a file of tools/compare.py"),
    ],
)
def test_json_that_is_no_comparison(tmp_path, text, expected):
    write(tmp_path / "a.json", text)
    assert sources.is_comparison(str(tmp_path / "a.json"))
    with pytest.raises(InputError, match=expected):
        sources.read_comparison(str(tmp_path / "a.json"))
