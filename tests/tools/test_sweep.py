"""tools/sweep.py: which runs it makes, how it goes on, its table; training and scores are faked."""

import json
import signal
import statistics
import subprocess
import sys
import time

from amnat.errors import InputError
from amnat.training.run_directory import RunDirectory, seal_checkpoint
from amnat.training.run_state import mark_finished

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import ROOT, flagfiles_of, loaded_script


@pytest.fixture(scope="module")
def script():
    with loaded_script("sweep.py") as module:
        yield module


class Fake:
    """Takes the part of the scripts that the sweep calls."""

    def __init__(self):
        self.trained, self.scored, self.failing, self.stopped = [], [], set(), set()
        self.judged_otherwise = set()

    def __call__(self, job, script, arguments, log):
        if script.name == "evaluate.py":
            assert "--checkpoint=3" in arguments
            self.scored.append((job.name, job.seed))
            path = next(a.partition("=")[2] for a in arguments if a.startswith("--json="))
            results = {"inception_score": 2.0 + int(job.seed) ** 2, "fid": 30.0}
            judge = "b" if (job.name, job.seed) in self.judged_otherwise else "a"
            record = {
                "classifier": {"sha256": judge, "path": job.seed},
                "reference": {"name": "digits"},
                "results": results,
            }
            with open(path, "w") as file:
                file.write(json.dumps(record) + "\n")
            return
        assert "--auto_resume" in arguments
        self.trained.append((job.name, job.seed, (job.folder / "tag_digits").exists()))
        if (job.name, job.seed) in self.failing:
            raise RuntimeError("status 1: diverged")
        run = job.folder / "tag_digits"
        for folder in ("samples", "checkpoint"):
            (run / folder).mkdir(parents=True, exist_ok=True)
        for name in ("flags.txt", "generator.json", "checkpoint/ckpt-3.index"):
            (run / name).touch()
        seal_checkpoint(run / "checkpoint", 3)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(run / "samples" / "train_00_0003.png")
        if (job.name, job.seed) not in self.stopped:
            assert mark_finished(RunDirectory(run), 3) is None


@pytest.fixture
def sweep(script, tmp_path, monkeypatch):
    fake = Fake()
    monkeypatch.setattr(script, "call", fake)

    def run(*arguments):
        with flagsaver.flagsaver():
            defaults = ("--runs=am_gan_digits,am_gan_toy", "--columns=inception_score,fid")
            flags.FLAGS(["sweep.py", *defaults, f"--sweep_dir={tmp_path}", *arguments])
            return script.main()

    run.fake = fake
    return run


def test_table(sweep, tmp_path, capsys):
    assert sweep() == 0
    assert len(sweep.fake.trained) == 6 and not any(r for *_, r in sweep.fake.trained)
    scores = [2.0, 3.0, 6.0]
    expected = f"{np.mean(scores):.3f} ± {statistics.stdev(scores):.3g}"
    text = (tmp_path / "table.md").read_text()
    assert f"| am_gan_toy | 3 | {expected} | 30.000 ± 0 |" in text
    assert text in capsys.readouterr().out
    assert (tmp_path / "sheets" / "am_gan_digits.png").is_file()


def test_scores_by_different_judges_are_named(sweep, tmp_path, capsys):
    sweep.fake.judged_otherwise = {("am_gan_toy", "1")}
    assert sweep() == 0
    text = (tmp_path / "table.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("Not comparable")]
    assert "am_gan_toy seed 1 was scored with classifier.sha256 b, not a as am_gan_dig" in line
    assert line in capsys.readouterr().out
    # As it says.
    sweep.fake.judged_otherwise = set()
    (tmp_path / "am_gan_toy" / "seed1" / "scores.json").unlink()
    assert sweep() == 0
    assert "Not comparable" not in (tmp_path / "table.md").read_text()


def test_a_second_call_does_nothing_again(sweep):
    sweep()
    trained, scored = list(sweep.fake.trained), list(sweep.fake.scored)
    assert sweep() == 0
    assert (sweep.fake.trained, sweep.fake.scored) == (trained, scored)
    # Scores that were taken otherwise do not count; the runs do.
    assert sweep("--evaluate=--metrics=is") == 0
    assert sweep.fake.trained == trained and len(sweep.fake.scored) == 2 * len(scored)


def test_it_goes_on_where_it_stopped(sweep, capsys):
    sweep.fake.stopped = {("am_gan_toy", "1")}
    sweep.fake.failing = {("am_gan_digits", "2")}
    assert sweep() == 1
    errors = capsys.readouterr().err
    assert "am_gan_digits seed 2: status 1: diverged" in errors
    assert "am_gan_toy seed 1: stopped early" in errors
    sweep.fake.trained.clear()
    sweep.fake.stopped, sweep.fake.failing = set(), set()
    assert sweep() == 0
    # The one from its checkpoint, the other, which had none, anew.
    assert sorted(sweep.fake.trained) == [("am_gan_digits", "2", False), ("am_gan_toy", "1", True)]


def test_other_flags_need_another_folder(sweep):
    sweep("--override=--iMaxIter=3")
    with pytest.raises(InputError, match="was trained with other --override flags"):
        sweep("--override=--iMaxIter=4")


def _run(folder, name="am_gan_toy", seed=1):
    return folder / name / f"seed{seed}" / "tag_digits"


@pytest.mark.parametrize("lose", ["ckpt-3.index", "ckpt-3.json"])
def test_scores_are_only_of_the_last_checkpoint(sweep, tmp_path, lose):
    """A run that said it had finished, and lacks that checkpoint, is trained to its end."""
    sweep()
    sweep.fake.trained.clear()
    checkpoints = _run(tmp_path) / "checkpoint"
    (checkpoints / lose).unlink()
    (checkpoints / "ckpt-1.index").touch()
    seal_checkpoint(checkpoints, 1)
    assert sweep() == 0
    assert sweep.fake.trained == [("am_gan_toy", "1", True)]


def test_scores_of_another_iteration_do_not_count(sweep, tmp_path):
    sweep()
    scored = len(sweep.fake.scored)
    path = _run(tmp_path).parent / "scores.json"
    record = json.loads(path.read_text())
    assert record["flags"]["iteration"] == 3
    record["flags"]["iteration"] = 1
    path.write_text(json.dumps(record))
    assert sweep() == 0
    assert sweep.fake.scored[scored:] == [("am_gan_toy", "1")]


def test_another_flagfile_needs_another_folder(sweep, tmp_path):
    flagfile = tmp_path / "mine.flags"
    text = (ROOT / "flags" / "am_gan_toy.flags").read_text()
    flagfile.write_text(text)
    arguments = (f"--runs={flagfile}", f"--sweep_dir={tmp_path / 'runs'}")
    assert sweep(*arguments) == 0
    flagfile.write_text(text + "# a comment\n")
    assert sweep(*arguments) == 0
    flagfile.write_text(text + "--iTrainD=3\n")
    with pytest.raises(InputError, match=r"was trained when .*mine.flags had other flags"):
        sweep(*arguments)


def test_the_same_folder_by_another_name(sweep, tmp_path, monkeypatch):
    """Also of an earlier version, whose record has the names of the folders."""
    sweep("--override=--iMaxIter=3")
    record = _run(tmp_path).parent / "overrides.json"
    record.write_text(json.dumps(["--iMaxIter=3", "--seed=1", "--sResultDir=x", "--data_dir=y"]))
    trained = list(sweep.fake.trained)
    monkeypatch.chdir(tmp_path.parent)
    assert sweep("--override=--iMaxIter=3", f"--sweep_dir={tmp_path.name}") == 0
    assert sweep.fake.trained == trained


def test_a_full_disk_at_the_end(sweep, script, tmp_path, monkeypatch, capsys):
    def full(path, text):
        if path.name == "table.md":
            raise OSError(28, "No space left on device", str(path))
        write(path, text)

    write = script.write_atomically
    monkeypatch.setattr(script, "write_atomically", full)
    assert sweep() == 1
    output, errors = capsys.readouterr()
    assert "| am_gan_toy | 3 |" in output and "table.md: No space left on device" in errors


def test_errors(sweep):
    for arguments, message in [
        (["--runs=nothing"], "--runs: nothing: no such flagfile"),
        (["--runs="], "--runs="),
        (["--seeds=1,x"], "--seeds="),
        (["--columns=fidd"], "--columns: unknown result 'fidd'"),
        (["--runs=am_gan_toy,flags/am_gan_toy.flags"], "two flagfiles have the same name|no such"),
    ]:
        with pytest.raises(InputError, match=message):
            sweep(*arguments)


@pytest.mark.parametrize("flagfile", flagfiles_of("sweep.py"), ids=lambda path: path.stem)
def test_flagfiles(script, flagfile, capsys):
    with flagsaver.flagsaver():
        flags.FLAGS(["sweep.py", f"--flagfile={flagfile}", "--dry_run"])
        assert script.main() == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(flags.FLAGS.runs) * 3
        assert flags.FLAGS.sweep_dir.endswith(flagfile.stem)


def test_stopping(tmp_path):
    """SIGTERM ends the runs too, and the next call goes on."""
    command = [sys.executable, str(ROOT / "tools" / "sweep.py"), "--runs=am_gan_digits"]
    command += ["--seeds=0,1", f"--sweep_dir={tmp_path}", "--override=--score_every=0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    log = tmp_path / "am_gan_digits" / "seed0" / "train.txt"
    deadline = time.monotonic() + 600
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 130 and "run the same command to go on" in errors
    assert not (tmp_path / "am_gan_digits" / "seed1" / "train.txt").exists()
