"""How calls of a training script end: finished or not, and how the same run goes on."""

import errno
import os
import signal

from amnat.command_text import command
from amnat.errors import InputError
from amnat.training import checkpoints, loop, opening, training_call
from amnat.training import flags as shared
from amnat.training.run_directory import RunDirectory

import pytest
from absl.flags import FLAGS
from absl.testing import flagsaver
from script_runs import call_script, loaded_script

TOY = (
    *("--sDataSet=toy_center", "--iMaxIter=6", "--iBatchSize=10", "--seed=4"),
    *("--iFilterDimsG=4", "--iFilterDimsD=4"),
    *("--log_every=3", "--sample_every=3", "--save_every=3", "--score_every=0"),
)


NAME = "test_v0_toy_center"


@pytest.fixture(scope="module")
def script():
    with loaded_script("nat_gan.py") as module:
        yield module


@pytest.fixture
def opened(script, tmp_path):
    """A function that opens a run: (its `open_run`, the lines of its flags.txt)."""

    def open_it(*arguments):
        with flagsaver.flagsaver():
            FLAGS([script.__file__, *arguments])
            return opening.open_run(script), shared.replay_flags(script.__file__)

    return open_it


@pytest.fixture
def begun(opened, tmp_path):
    """A run of the flags TOY that has written its records, but no checkpoint; and its flags."""
    arguments = (*TOY, f"--sResultDir={tmp_path}")
    (run, _, _), lines = opened(*arguments)
    run.create(lines)
    run.record_file.touch()
    return run, arguments


def _checkpoint(run, iteration):
    (run.checkpoints / f"ckpt-{iteration}.index").touch()
    checkpoints.seal_checkpoint(run.checkpoints, iteration)


def _no_room(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_last_checkpoint_does_not_fit(script, tmp_path, monkeypatch):
    run = RunDirectory(tmp_path / NAME)
    seal, stale = checkpoints.seal_checkpoint, []

    def full(folder, iteration, **record):
        stale.append(run.finished_file.exists())
        if iteration == 7:
            _no_room()
        seal(folder, iteration, **record)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "seal_checkpoint", full)
        done = call_script(script, *TOY, f"--sResultDir={tmp_path}")
    assert done.returncode == 1 and not run.finished_file.exists()
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    assert "not finished after 7 iterations: it lacks the checkpoint of iteration 7; Save" in line
    assert "No space left" in line and "finished after" not in done.stdout
    go_on = command(f"--resume={run.path}", script="nat_gan.py")
    assert line.endswith(f"The checkpoint of iteration 6 is kept. Go on with: {go_on}")
    assert line.removeprefix("error: ") in run.log_file.read_text()
    # A longer run is not finished because a shorter one was.
    run.finished_file.write_text("6\n")

    def noted(*arguments, **record):
        stale.append(run.finished_file.exists())
        seal(*arguments, **record)

    monkeypatch.setattr(checkpoints, "seal_checkpoint", noted)
    done = call_script(script, *TOY, f"--sResultDir={tmp_path}", "--bLoadCheckpoint")
    assert done.returncode == 0 and "finished after 7 iterations" in done.stdout
    assert run.finished_file.read_text() == "7\n" and not any(stale)
    assert run.read_rows(run.metrics_file)["iteration"] == [3, 6, 7]


def test_a_run_without_a_checkpoint_starts_again(opened, begun):
    """By the same command, unless it is another run."""
    run, arguments = begun
    (_, start, warnings), _ = opened(*arguments)
    assert start == 0 and warnings == [f"no checkpoint yet in {run.path}; it starts again"]
    with pytest.raises(InputError, match="--seed=5: the run in .* has 4"):
        opened(*arguments, "--seed=5")
    opened(*arguments, "--fLrIni=0.001")
    run.finished_file.touch()
    with pytest.raises(InputError, match="exists already: add --bLoadCheckpoint"):
        opened(*arguments)
    run.finished_file.unlink()
    _checkpoint(run, 3)
    with pytest.raises(InputError, match="exists already: add --bLoadCheckpoint"):
        opened(*arguments)


def _conclude(run, stopped_by=None):
    return training_call._conclude(run, loop.Outcome(7, None, stopped_by))


def test_no_checkpoint_fits(begun, capsys):
    run, _ = begun
    assert _conclude(run) == 1 and not run.finished_file.exists()
    error = capsys.readouterr().err
    assert f"There is no checkpoint in {run.checkpoints}; the same command starts again." in error


def test_rows_that_never_fit(begun, monkeypatch, capsys):
    run, _ = begun
    _checkpoint(run, 7)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_room)
        with pytest.raises(OSError, match="No space"):
            run.append_row(run.metrics_file, {"iteration": 7})
    assert _conclude(run) == 1 and not run.finished_file.exists()
    assert "not finished after 7 iterations: it lacks 1 rows" in capsys.readouterr().err


def test_pictures_that_do_not_fit(begun, capsys):
    """The run has finished; whoever waits for it is told what is not there."""
    run, _ = begun
    _checkpoint(run, 7)
    run.failures["SampleSheets"] = "SampleSheets at iteration 7 could not be written: no room"
    assert _conclude(run) == 1 and run.finished_file.read_text() == "7\n"
    expected = "finished after 7 iterations, but not everything was written: SampleSheets at"
    assert f"error: {expected}" in capsys.readouterr().err


def test_a_stop_whose_checkpoint_does_not_fit(begun, capsys):
    run, _ = begun
    _checkpoint(run, 3)
    assert _conclude(run, signal.SIGTERM) == 1
    assert "stopped by SIGTERM, but it lacks the checkpoint of iteration 7" in (
        capsys.readouterr().err
    )
    _checkpoint(run, 7)
    assert _conclude(run, signal.SIGTERM) == 0 and not run.finished_file.exists()
    assert "stopped by SIGTERM. The checkpoint of iteration 7 is kept" in capsys.readouterr().out


def test_a_run_that_cannot_be_written_again(script, begun, monkeypatch):
    """One line and status 2, before the work."""
    run, arguments = begun
    _checkpoint(run, 3)
    open_file = os.open

    def read_only(path, flags, *mode, **keywords):
        if flags & os.O_CREAT and NAME in str(path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return open_file(path, flags, *mode, **keywords)

    monkeypatch.setattr(os, "open", read_only)
    done = call_script(script, *arguments, "--bLoadCheckpoint")
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"--sResultDir: cannot write {run.path}: Read-only file system" in line


def test_a_run_goes_on_in_any_folder(opened, tmp_path, monkeypatch):
    """Its flags.txt names files by their whole paths, and says which script reads it."""
    for name in ("here/negatives", "here/dataset", "there"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    given = ("--sDataSet=digits", "--sResultDir=runs", "--negatives=folder=negatives")
    (run, _, _), lines = opened(*given)
    run.create(lines)
    assert lines[0] == "#     python tools/nat_gan.py --flagfile=THIS_FILE"
    assert f"--data_dir={tmp_path}/here/dataset" in lines
    run = RunDirectory(run.path.absolute())
    _checkpoint(run, 5)
    monkeypatch.chdir(tmp_path / "there")
    (again, start, _), _ = opened(f"--flagfile={run.flags_file}", "--bLoadCheckpoint")
    assert again.path == run.path and start == 5
    # An earlier version recorded what was given.
    run.flags_file.write_text("\n".join(given))
    moved = f"--negatives=folder={tmp_path}/here/negatives"
    place = f"--sResultDir={tmp_path}/here/runs"
    opened(given[0], moved, place, "--bLoadCheckpoint")
    with pytest.raises(InputError, match="has folder=negatives"):
        opened(given[0], "--negatives=folder=elsewhere", place, "--bLoadCheckpoint")
