"""The page of a run at its end: written by another process, whose failure changes nothing."""

import subprocess
import sys

from amnat.training import run_page

import pytest
from absl import flags
from script_runs import call_script, loaded_script

TOY = (
    *("--sDataSet=toy_center", "--iMaxIter=6", "--iBatchSize=10", "--seed=4"),
    *("--iFilterDimsG=4", "--iFilterDimsD=4"),
    *("--log_every=3", "--sample_every=3", "--save_every=3", "--score_every=0"),
)


@pytest.fixture
def report(monkeypatch):
    """A function that sets --report as given on a command line, or not at all."""
    monkeypatch.delenv(run_page.NO_PAGES)

    def given(*words):
        flags.FLAGS(["test", *words])

    given()
    yield given
    flags.FLAGS["report"].unparse()


def program(monkeypatch, code):
    """Has a program of Python in place of the one that writes pages."""
    monkeypatch.setattr(run_page, "_COMMAND", [sys.executable, "-c", code])


def test_the_path_is_printed(report, monkeypatch, capfd, tmp_path):
    program(monkeypatch, "import sys; print('page', sys.argv[1])")
    run_page.write_page(tmp_path)
    assert capfd.readouterr().out == f"page {tmp_path}\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit('report.py: error: No space left on device')", "No space left"),
        ("import os; os.abort()", "status -6"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_failure_is_one_line(report, monkeypatch, capfd, tmp_path, code, reason):
    program(monkeypatch, code)
    run_page.write_page(tmp_path)
    captured = capfd.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1
    assert captured.err.startswith("warning: the run has no page (") and reason in captured.err
    assert f"tools/report.py {tmp_path}" in captured.err


def test_what_hangs_is_ended(report, monkeypatch, capfd, tmp_path):
    def hang(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    run_page.write_page(tmp_path)
    assert "timed out" in capfd.readouterr().err


def test_no_page_is_wanted(report, monkeypatch, capfd, tmp_path):
    program(monkeypatch, "print('page')")
    report("--noreport")
    run_page.write_page(tmp_path)
    report()
    monkeypatch.setenv(run_page.NO_PAGES, "1")
    run_page.write_page(tmp_path)
    assert capfd.readouterr().out == ""
    report("--report")
    run_page.write_page(tmp_path)
    assert capfd.readouterr().out == "page\n"


def test_a_run_writes_its_page(tmp_path):
    with loaded_script("nat_gan.py") as script:
        done = call_script(script, *TOY, f"--sResultDir={tmp_path}", "--report")
    assert done.returncode == 0, done.stderr
    page = tmp_path / "test_v0_toy_center" / "report.html"
    assert f"page         {page}" in done.stdout and 1e6 < page.stat().st_size < 5e6
    text = page.read_text()
    assert "<title>NAT-GAN on toy_center</title>" in text and "--iFilterDimsG" in text
