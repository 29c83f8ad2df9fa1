"""tools/report.py as a user calls it."""

import json

import folders
import pytest
from script_runs import call_script, loaded_script


@pytest.fixture(scope="module")
def script():
    with loaded_script("report.py") as loaded:
        yield loaded


def test_a_run_and_its_page(script, tmp_path):
    command = "--flagfile=flags/ac_gan_cifar10.flags"
    folders.write_run(tmp_path / "run", seed=5, flags={"fBeta1": "0.7"}, command=command)
    done = call_script(script, tmp_path / "run")
    assert done.returncode == 0, done.stderr
    page = tmp_path / "run" / "report.html"
    assert done.stdout.startswith(f"page         {page} (1.")
    text = page.read_text()
    assert "<title>AM-GAN on digits</title>" in text
    # Flags that differ, and the command that repeats the run.
    assert "<td>--fBeta1</td>" in text and "--fBeta2" not in text
    again = "--fBeta1=0.7 --iMaxIter=300 --sDataSet=digits --sResultTag=am_gan --seed=5"
    assert f"python tools/am_gan.py {again} --sResultDir=result/again" in text
    # The paper's row, and what it cannot be compared with.
    assert "6.48" in text and "flags/ac_gan_cifar10.flags" in text
    assert "the two cannot be compared" in text
    assert f"python tools/export.py --run_dir={tmp_path / 'run'}" in text
    assert "15.0 seconds" in text and "800 MB" in text
    # It is written again over itself.
    assert call_script(script, tmp_path / "run").returncode == 0


def test_several_runs_and_a_sweep(script, tmp_path):
    for row in ("wide", "narrow"):
        for seed in (0, 1):
            where = tmp_path / "sweep" / row / f"seed{seed}"
            folders.write_run(where / "run", seed, flags={"iFilterDimsG": str(len(row))})
            (where / "overrides.json").write_text("{}")
            scored = {"results": {"fid": 10.0 + seed}, "reference_results": {}}
            (where / "scores.json").write_text(json.dumps(scored))
    done = call_script(script, tmp_path / "sweep")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "sweep" / "report.html").read_text()
    assert "4 runs in 2 groups" in text and "wide, seed 1" in text
    assert "10.5 ± 0.71" in text and "FID (lower is better)" in text
    assert "<td>--iFilterDimsG</td>" in text
    one, other = (tmp_path / "sweep" / row / "seed0" / "run" for row in ("wide", "narrow"))
    done = call_script(script, one, other, f"--out={tmp_path / 'two.html'}")
    assert done.returncode == 0 and "2 runs in 2 groups" in (tmp_path / "two.html").read_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "expected the folder of a run as the first word"),
        (["nowhere"], "nowhere: no such folder or file"),
        (["."], ": holds keep.html, other.json; expected the folder of a run"),
        (["other.json"], "other.json: holds a; expected a file of tools/compare.py"),
        (["other.json", "run"], "a JSON file of a comparison has a page of its own"),
        (["run", "--out=page.txt"], "--out=page.txt: expected a name that ends in .html"),
        (["run", "--max_mb=1"], "--max_mb=1"),
    ],
)
def test_bad_input_is_one_line_and_status_2(script, tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keep.html").write_text("mine")
    (tmp_path / "other.json").write_text('{"a": 1}')
    done = call_script(script, *words)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert expected in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keep.html", "other.json"]


def test_a_file_that_is_no_page_is_not_overwritten(script, tmp_path):
    folders.write_run(tmp_path / "run")
    (tmp_path / "keep.html").write_text("mine")
    for name, reason in (("keep.html", "is no page of amnat"), ("no/a.html", "no folder")):
        done = call_script(script, tmp_path / "run", f"--out={tmp_path / name}")
        assert done.returncode == 2 and reason in done.stderr
    assert (tmp_path / "keep.html").read_text() == "mine"


def test_a_comparison_that_lacks_a_part(script, tmp_path):
    (tmp_path / "a.json").write_text('{"original": "a", "configurations": [{"name": "b"}]}')
    done = call_script(script, tmp_path / "a.json")
    assert done.returncode == 2 and "lacks what this version shows (KeyError" in done.stderr
    assert not (tmp_path / "a.html").exists()
