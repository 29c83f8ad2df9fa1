"""flags.txt: the script that it names, and what a resumed run changes in it."""

from amnat.training import flag_record
from amnat.training.run_directory import read_flag_lines

import pytest
from script_runs import loaded_script

SCRIPT = flag_record.script_line("tools/am_gan.py")


@pytest.fixture(scope="module", autouse=True)
def script():
    with loaded_script("am_gan.py") as module:
        yield module


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "flags.txt"
    path.write_text(f"{SCRIPT}\n--fLrIni=0.0004\n--iMaxIter=3\n--seed=4\n")
    return path


def update(path, start, *lines):
    return flag_record.update(path, [SCRIPT, *lines], start, "at iteration")


@pytest.mark.parametrize("path", ["tools/am_gan.py", "/my own/gan.py"])
def test_the_script(path):
    assert flag_record.script_of([flag_record.script_line(path), "--a=1"]) == path


@pytest.mark.parametrize("lines", [[], ["# a comment"], ["--a=1"]])
def test_no_script(lines):
    assert flag_record.script_of(lines) is None


def test_what_stays_is_not_written(record):
    before = record.stat()
    # The other flags are as if they were not given.
    assert update(record, 5, "--fLrIni=0.0004", "--iMaxIter=3", "--seed=4", "--bAMGAN") == []
    assert record.stat().st_mtime_ns == before.st_mtime_ns and record.stat().st_ino == before.st_ino


def test_changes_are_kept_with_their_iterations(record):
    changes = update(record, 5, "--fLrIni=0.01", "--iMaxIter=3", "--seed=4", "--nobAMGAN")
    assert changes == ["--fLrIni=0.0004 -> 0.01", "--bAMGAN=true -> false"]
    assert update(record, 8, "--fLrIni=0.02", "--iMaxIter=3", "--seed=4", "--nobAMGAN") == [
        "--fLrIni=0.01 -> 0.02"
    ]
    lines = flag_record.read_lines(record)
    assert lines[:4] == [
        SCRIPT,
        "# changed at iteration 5: --fLrIni=0.0004 -> 0.01",
        "# changed at iteration 5: --bAMGAN=true -> false",
        "# changed at iteration 8: --fLrIni=0.01 -> 0.02",
    ]
    assert read_flag_lines(lines)["fLrIni"] == "0.02"


def test_a_change_that_was_never_trained_with_is_no_change(record):
    rest = ("--iMaxIter=3", "--seed=4")
    update(record, 5, "--fLrIni=0.01", *rest)
    update(record, 5, "--fLrIni=0.02", *rest)
    assert record.read_text().count("# changed") == 1
    assert "--fLrIni=0.0004 -> 0.02" in record.read_text()
    update(record, 5, "--fLrIni=0.0004", *rest)
    assert "# changed" not in record.read_text()


def test_a_run_that_goes_back_to_an_older_checkpoint(record):
    """It has the new value from there on."""
    lines = ("--fLrIni=0.01", "--iMaxIter=3", "--seed=4")
    update(record, 8, *lines)
    assert update(record, 5, *lines) == []
    assert "# changed at iteration 5: --fLrIni=0.0004 -> 0.01" in record.read_text()


def test_flags_of_an_early_version_are_no_changes(record):
    record.write_text(record.read_text() + "--gone=1\n")
    assert update(record, 5, "--fLrIni=0.0004", "--iMaxIter=3", "--seed=4") == []
