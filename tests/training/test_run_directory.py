"""Run directories: never overwritten, never trusted blindly."""

import os

from amnat.errors import InputError
from amnat.training import run_directory
from amnat.training.run_directory import RunDirectory

import pytest


@pytest.fixture
def run(tmp_path):
    run = RunDirectory(tmp_path / "tag_toy")
    run.create(["--iDimsZ=3", "--nobAMGAN", "--bUseWN"])
    return run


def _checkpoint(run, iteration, content=b"weights"):
    for suffix in ("index", "data-00000-of-00001"):
        (run.checkpoints / f"ckpt-{iteration}.{suffix}").write_bytes(content)
    run_directory.seal_checkpoint(run.checkpoints, iteration)


def test_a_new_run_does_not_touch_an_old_one(run):
    with pytest.raises(InputError, match="exists already: add --resume .* another --tag"):
        run.check_new()
    names = run_directory.RunFlags(tag="sResultTag", resume="bLoadCheckpoint")
    expected = "exists already: add --bLoadCheckpoint .* another --sResultTag"
    with pytest.raises(InputError, match=expected):
        RunDirectory(run.path, names).check_new()
    RunDirectory(run.path.parent / "other").check_new()
    assert not (run.path.parent / "other").exists()


def test_a_result_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file is a file, expected a folder"):
        RunDirectory(tmp_path / "file" / "run").check_new()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_result_folder_that_is_not_writable(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="not writable"):
        RunDirectory(tmp_path / "run").check_new()


def test_not_writable_as_the_system_says(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="not writable"):
        RunDirectory(tmp_path / "run").check_new()


def test_recorded_flags(run):
    assert run.recorded_flags() == {"iDimsZ": "3", "bAMGAN": "false", "bUseWN": "true"}
    run.create(["--iDimsZ=4"])  # a resumed run keeps the first record
    assert run.recorded_flags()["iDimsZ"] == "3"


def test_latest_checkpoint(run):
    with pytest.raises(InputError, match="no checkpoint in"):
        run_directory.latest_checkpoint(run.checkpoints)
    _checkpoint(run, 5)
    _checkpoint(run, 40)
    (run.checkpoints / "ckpt-50.index").write_bytes(b"not sealed: the save was cut short")
    assert run_directory.latest_checkpoint(run.checkpoints) == (40, [])


@pytest.mark.parametrize("damage", ["changed", "shorter", "missing", "seal"])
def test_a_damaged_checkpoint_is_passed_over(run, damage):
    _checkpoint(run, 5)
    _checkpoint(run, 40)
    path = run.checkpoints / "ckpt-40.index"
    if damage == "changed":
        path.write_bytes(b"wEights")
    elif damage == "shorter":
        path.write_bytes(b"w")
    elif damage == "missing":
        path.unlink()
    else:
        (run.checkpoints / "ckpt-40.json").write_text("{")
    iteration, (warning,) = run_directory.latest_checkpoint(run.checkpoints)
    assert iteration == 5 and "ckpt-40" in warning
    (run.checkpoints / "ckpt-5.index").write_bytes(b"")
    with pytest.raises(InputError, match="no checkpoint is whole"):
        run_directory.latest_checkpoint(run.checkpoints)


def test_old_checkpoints_go(run):
    for iteration in (5, 40, 300):
        _checkpoint(run, iteration)
    (run.checkpoints / "ckpt-50.index").write_bytes(b"of an interrupted save")
    run_directory.remove_old_checkpoints(run.checkpoints, 2)
    assert sorted(path.name for path in run.checkpoints.iterdir()) == [
        f"ckpt-{iteration}.{suffix}"
        for iteration in (300, 40)
        for suffix in ("data-00000-of-00001", "index", "json")
    ]


def test_forget_after(run):
    for iteration in (10, 20, 30):
        run.append_row(run.metrics_file, {"iteration": iteration, "loss": 0.5})
    with open(run.metrics_file, "a") as file:
        file.write("4")  # a line that was cut short
    run.forget_after(20)
    assert run.metrics_file.read_text() == "iteration,loss\n10,0.5\n20,0.5\n"
    assert run.read_rows(run.metrics_file) == {"iteration": [10, 20], "loss": [0.5, 0.5]}


def test_a_damaged_checkpoint_does_not_outlive_its_successors(run):
    for iteration in (5, 40):
        _checkpoint(run, iteration)
    (run.checkpoints / "ckpt-40.index").write_bytes(b"")
    start, _ = run_directory.latest_checkpoint(run.checkpoints)
    run.forget_after(start)
    _checkpoint(run, 10)
    run_directory.remove_old_checkpoints(run.checkpoints, 1)
    assert run_directory.latest_checkpoint(run.checkpoints) == (10, [])


def test_rows_wait_for_room_on_the_disk(run, monkeypatch):
    run.append_row(run.metrics_file, {"iteration": 10, "loss": 0.5})

    def fail(*_):
        raise OSError("no space")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        for iteration in (20, 30):
            with pytest.raises(OSError, match="no space"):
                run.append_row(run.metrics_file, {"iteration": iteration, "loss": 0.25})
        assert run.metrics_file.read_bytes() == b"iteration,loss\n10,0.5\n"
    run.write_rows()
    assert run.metrics_file.read_bytes() == b"iteration,loss\n10,0.5\n20,0.25\n30,0.25\n"


def test_what_a_killed_save_leaves_goes(run):
    _checkpoint(run, 5)
    (run.checkpoints / "ckpt-9_temp").mkdir()
    for name in ("ckpt-9_temp/part", "ckpt-9.index", "ckpt-5.data-0.tempstate77", ".partial-x"):
        (run.checkpoints / name).write_bytes(b"x")
    run.forget_after(5)
    assert sorted(path.name for path in run.checkpoints.iterdir()) == [
        "ckpt-5.data-00000-of-00001",
        "ckpt-5.index",
        "ckpt-5.json",
    ]


def test_a_run_begins_with_its_first_file(run):
    assert run.was_started
    run.flags_file.rename(run.path / ".partial-flags")
    assert not run.was_started
    run.check_new()  # folders and what a killed write left are no run


def test_a_checkpoint_keeps_what_is_recorded_with_it(run):
    (run.checkpoints / "ckpt-5.index").write_bytes(b"weights")
    run_directory.seal_checkpoint(run.checkpoints, 5, noise_generation=2)
    assert run_directory.checkpoint_record(run.checkpoints, 5)["noise_generation"] == 2


def _files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_run_has_one_owner(run):
    before = _files(run.path)
    with run.owned():
        expected = r"--result_dir: .*tag_toy is in use by this process .* choose another --tag"
        with pytest.raises(InputError, match=expected), RunDirectory(run.path).owned():
            pass
    assert _files(run.path).keys() == before.keys()


def test_an_owner_that_writes_nothing_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="unknown"), RunDirectory(tmp_path / "a" / "b").owned():
        raise InputError("unknown data set")
    assert not list(tmp_path.iterdir())


def test_a_killed_owner_began_no_run(run):
    (run.path / ".lock").write_text("process 1 on host a since then\n")
    assert run.was_started
    run.flags_file.unlink()
    assert not run.was_started
    run.check_new()


@pytest.mark.parametrize("name", [".", "checkpoint", "samples", "metrics.csv"])
def test_a_run_that_cannot_be_written(run, monkeypatch, name):
    run.append_row(run.metrics_file, {"iteration": 1})
    monkeypatch.setattr(os, "access", lambda path, mode: path != run.path / name)
    refused = pytest.raises(InputError, match=f"--result_dir: {run.path / name} is not writable")
    with refused, run.owned():
        pass


def test_failed_writes_before_the_work(run, monkeypatch):
    def fail(*_, **__):
        raise OSError(30, "Read-only file system", str(run.flags_file))

    monkeypatch.setattr(run_directory, "write_atomically", fail)
    with pytest.raises(InputError, match="cannot write .*flags.txt: Read-only file system"):
        run.create(["--a=1"], anew=True)


def test_a_run_that_ended_before_its_first_checkpoint(run):
    assert run.died_early
    run.finished_file.touch()
    assert not run.died_early
    run.finished_file.unlink()
    _checkpoint(run, 5)
    assert not run.died_early
    assert not RunDirectory(run.path.parent / "new").died_early


def test_a_run_that_starts_again_has_its_own_record(run):
    run.create(["# a comment", "--iDimsZ=4"], anew=True)
    assert run.recorded_flags() == {"iDimsZ": "4"}


def test_a_warning_may_go_to_a_file_on_a_full_disk(run, monkeypatch):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_directory.sys, "stderr", Full())
    run_directory.warn("warning: it is full")
    run.log_file.mkdir()
    run.log("a line")
