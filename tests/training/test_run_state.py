"""A run is finished when its last checkpoint is there and whole; nothing older passes for it."""

import errno
import os
import re

from amnat.errors import InputError
from amnat.training import run_directory, run_state
from amnat.training.run_directory import RunDirectory, seal_checkpoint
from amnat.training.run_state import CheckpointGone

import pytest


@pytest.fixture
def run(tmp_path):
    """A run of 31 iterations that has written everything, with checkpoints of 10 and 31."""
    run = RunDirectory(tmp_path / "run")
    run.create(["--seed=1"])
    run.record_file.write_text("{}")
    for iteration in (10, 31):
        run.append_row(run.metrics_file, {"iteration": iteration, "loss": 0.5})
        _checkpoint(run, iteration)
    return run


def _checkpoint(run, iteration):
    for suffix in ("index", "data-00000-of-00001"):
        (run.checkpoints / f"ckpt-{iteration}.{suffix}").write_bytes(b"weights")
    seal_checkpoint(run.checkpoints, iteration)


def _no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_finished_names_the_iteration(run):
    assert run_state.finished_at(run) is None
    assert run_state.mark_finished(run, 31) is None
    assert run.finished_file.read_text() == "31\n" and run_state.finished_at(run) == 31


@pytest.mark.parametrize(
    ("lose", "lack"),
    [
        (lambda run: (run.checkpoints / "ckpt-31.json").unlink(), "checkpoint of iteration 31"),
        (lambda run: (run.checkpoints / "ckpt-31.index").unlink(), r"31 \(.*index is missing"),
        (lambda run: (run.checkpoints / "ckpt-31.index").write_bytes(b"wEights"), "checksum"),
        (lambda run: run.flags_file.unlink(), "flags.txt"),
        (lambda run: run.record_file.unlink(), "generator.json"),
    ],
)
def test_what_is_missing(run, lose, lack):
    run_state.mark_finished(run, 31)
    run.finished_file.unlink()
    lose(run)
    assert re.search(lack, run_state.mark_finished(run, 31))
    assert not run.finished_file.exists()


def test_rows_that_wait_for_room_are_missing(run, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_room)
        with pytest.raises(OSError, match="No space"):
            run.append_row(run.scores_file, {"iteration": 31, "fid": 3.0})
    assert run_state.mark_finished(run, 31) == "1 rows of its CSV files"
    run.write_rows()
    assert run_state.mark_finished(run, 31) is None


def test_no_room_for_the_file_itself(run, monkeypatch):
    monkeypatch.setattr(run_state, "write_atomically", _no_room)
    assert "finished (No space left on device)" in run_state.mark_finished(run, 31)


def test_a_run_is_not_finished_without_its_last_checkpoint(run):
    run_state.mark_finished(run, 31)
    (run.checkpoints / "ckpt-31.data-00000-of-00001").write_bytes(b"")
    assert run_state.finished_at(run) is None
    run_directory.remove_unsealed(run.checkpoints)
    (run.checkpoints / "ckpt-31.json").unlink()
    assert run_state.finished_at(run) is None


def test_earlier_versions_wrote_an_empty_file(run):
    """Also where the disk was full at the end."""
    run.finished_file.touch()
    assert run_state.finished_at(run) == 31
    (run.checkpoints / "ckpt-31.json").unlink()
    assert run_state.finished_at(run) is None
    run.metrics_file.unlink()
    assert run_state.finished_at(run) == 10
    run.metrics_file.write_text("iteration,loss\nx,\n")
    assert run_state.finished_at(run) is None


def test_the_newest_checkpoint_of_an_unfinished_run(run, capsys):
    assert run_state.choose_iteration(run, "latest", "samples") == 31
    assert "has not finished; its newest checkpoint is that of iteration 31" in (
        capsys.readouterr().err
    )
    run_state.mark_finished(run, 31)
    assert run_state.choose_iteration(run, "latest", "samples") == 31
    assert run_state.choose_iteration(run, "10", "samples") == 10
    assert not capsys.readouterr().err
    (run.checkpoints / "ckpt-31.index").write_bytes(b"")
    assert run_state.choose_iteration(run, "latest", "samples") == 10
    warned, noted = capsys.readouterr().err.splitlines()
    assert "ckpt-31.index has 0 bytes" in warned and "that of iteration 10" in noted
    with pytest.raises(InputError, match="--checkpoint=31: .*0 bytes"):
        run_state.choose_iteration(run, "31", "samples")
    with pytest.raises(InputError, match="--checkpoint=7: .* has 10, 31; expected one of them or"):
        run_state.choose_iteration(run, "7", "samples")


def test_a_checkpoint_that_is_removed_while_it_is_read(run):
    def read(iteration):
        tried.append(iteration)
        if iteration == 31:
            (run.checkpoints / "ckpt-31.json").unlink()
            _checkpoint(run, 40)
            raise CheckpointGone("gone")
        return "weights"

    tried = []
    assert run_state.read_checkpoint(run, 31, read, newest=True) == (40, "weights")
    assert tried == [31, 40]
    _checkpoint(run, 31)
    with pytest.raises(CheckpointGone):
        run_state.read_checkpoint(run, 31, read, newest=False)


def test_checkpoints_that_are_removed_while_they_are_checked(run, monkeypatch):
    check = run_directory.checkpoint_damage

    def removed_first(folder, iteration):
        monkeypatch.setattr(run_directory, "checkpoint_damage", check)
        for old in (10, 31):
            (folder / f"ckpt-{old}.json").unlink()
        _checkpoint(run, 40)
        return check(folder, iteration)

    monkeypatch.setattr(run_directory, "checkpoint_damage", removed_first)
    assert run_directory.latest_checkpoint(run.checkpoints) == (40, [])


def test_a_checkpoint_that_cannot_be_read_is_not_passed_over(run, monkeypatch):
    """An older one would be resumed from, and this one removed."""

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error", "ckpt-31.index")

    monkeypatch.setattr(run_directory, "_digest", fail)
    with pytest.raises(InputError, match="ckpt-31.index: cannot be read"):
        run_directory.latest_checkpoint(run.checkpoints)
