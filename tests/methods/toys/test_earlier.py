"""Earlier runs of toys are kept under numbers, in the default folder only."""

import os

from amnat.methods.toys import earlier
from amnat.methods.toys.toy_script import ToyScript

import pytest
from absl import flags
from script_runs import call_script, loaded_script

TINY = ("--num-steps=2", "--hidden-size=2", "--batch-size=2", "--log_every=1")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    return path


def test_what_a_folder_holds_is_moved(folder):
    assert earlier.keep_folder(folder) is None
    (folder / ".lock").touch()
    for number in ("1", "2"):
        (folder / "plots").mkdir()
        (folder / "plots" / "a.png").write_text(number)
        (folder / ".partial-x").touch()
        assert earlier.keep_folder(folder) == folder.with_name(f"run.{number}")
    assert sorted(os.listdir(folder)) == [".lock", ".partial-x"]
    assert (folder.with_name("run.1") / "plots" / "a.png").read_text() == "1"
    assert (folder.with_name("run.2") / "plots" / "a.png").read_text() == "2"


def test_a_number_that_is_taken_is_left_out(folder):
    folder.with_name("run.1").touch()
    (folder / "losses.csv").touch()
    assert earlier.keep_folder(folder) == folder.with_name("run.2")


def test_a_file_is_renamed(tmp_path):
    path = tmp_path / "a.gif"
    assert earlier.keep_file(path) is None
    for number in ("1", "2"):
        path.write_text(number)
        assert earlier.keep_file(path) == tmp_path / f"a.{number}.gif"
    assert sorted(os.listdir(tmp_path)) == ["a.1.gif", "a.2.gif"]


def test_a_second_run_keeps_the_first(tmp_path, monkeypatch):
    """The README's command twice: 'python gan.py', here with an animation."""
    gif, runs = tmp_path / "a.gif", iter("123")

    def train(script, folder):
        for path in (gif, folder / "losses.csv"):
            assert not path.exists()
            path.write_text(next(runs))
        return 0

    monkeypatch.setattr(ToyScript, "_train", train)
    arguments = (*TINY, f"--anim-path={gif}", "--anim-every=2")
    with loaded_script("gan_intro.py") as script:
        flags.FLAGS.set_default("result_dir", str(tmp_path / "run"))
        first = call_script(script, *arguments)
        assert first.returncode == 0, first.stderr
        dry = call_script(script, *arguments, "--dry_run")
        assert dry.returncode == 0 and sorted(os.listdir(tmp_path)) == ["a.gif", "run"]
        runs = iter("34")
        second = call_script(script, *arguments)
        assert second.returncode == 0, second.stderr
    assert sorted(os.listdir(tmp_path)) == ["a.1.gif", "a.gif", "run", "run.1"]
    assert f"the earlier run is kept as {tmp_path / 'run.1'}\n" in second.stdout
    assert f"the earlier animation is kept as {tmp_path / 'a.1.gif'}\n" in second.stdout
    found = [gif, tmp_path / "run/losses.csv", tmp_path / "a.1.gif", tmp_path / "run.1/losses.csv"]
    assert [path.read_text() for path in found] == ["3", "4", "1", "2"]


def test_a_folder_that_is_named_has_to_be_new(tmp_path):
    (tmp_path / "notes.txt").touch()
    with loaded_script("gan_intro.py") as script:
        done = call_script(script, *TINY, f"--result_dir={tmp_path}")
    assert done.returncode == 2 and "exists already; choose another folder" in done.stderr
    assert os.listdir(tmp_path) == ["notes.txt"]
