"""tools/sweep.py: which runs it makes, how it goes on, its table; training and scores are faked."""

import json
import pathlib
import signal
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

from amnat.errors import InputError
from amnat.metrics.detection import SCORE_NAMES
from amnat.sweep import classifier_rows
from amnat.sweep.processes import Stopped
from amnat.training.csv_table import write_table
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


LENGTH = ("iMaxIter", 100, "iterations")


class Fake:
    """Takes the part of the scripts that the sweep calls."""

    is_stopping = False

    def __init__(self):
        self.trained, self.scored, self.failing, self.stopped = [], [], set(), set()
        self.judged_otherwise, self.arguments, self.described = set(), {}, []

    def describe(self, script, arguments, counts):
        """What `amnat.sweep.describe` says: am_gan counts iterations, gan epochs of 50."""
        self.described.append((script.name, arguments))
        for word in arguments:
            if word == "--bad":
                raise InputError("Unknown command line flag 'bad'")
        given = dict(word.removeprefix("--").partition("=")[::2] for word in arguments)
        length = ("n_epochs", 10, "epochs") if script.name == "gan.py" else LENGTH
        found = {}
        for name, default, means in (length, ("iFilterDimsG", 8, "width"), ("lr", 0.1, "rate")):
            value = type(default)(given.get(name, default))
            found[name] = {"value": value, "means": means, "compared": True}
        return {
            "flags": found,
            "iterations_per_epoch": 50 if counts and script.name == "gan.py" else None,
            "result_dir": "sResultDir",
        }

    def stop(self):
        self.is_stopping = True

    def call(self, script, arguments, log):
        seed, name = log.parent.name.removeprefix("seed"), log.parent.parent.name
        job = SimpleNamespace(name=name, seed=seed, folder=log.parent)
        if script.name == "evaluate.py":
            assert "--checkpoint=3" in arguments
            self.scored.append((job.name, job.seed))
            path = next(a.partition("=")[2] for a in arguments if a.startswith("--json="))
            results = {"inception_score": 2.0 + int(job.seed) ** 2, "fid": 30.0}
            judge = "b" if (job.name, job.seed) in self.judged_otherwise else "a"
            if "--classifier=second" in arguments:
                results, judge = {"inception_score": 1.0, "am_score": 0.25}, "c"
            kind = "another" if judge == "c" else "a classifier"
            record = {
                "classifier": {"kind": kind, "sha256": judge, "path": job.seed},
                "reference": {"name": "digits", "count": 1437},
                "samples": {"count": 60},
                "results": results,
                "reference_results": {"inception_score": 9.5},
            }
            with open(path, "w") as file:
                file.write(json.dumps(record) + "\n")
            return
        if self.is_stopping:
            raise Stopped
        assert "--auto_resume" in arguments
        self.arguments[job.name] = arguments
        self.trained.append((job.name, job.seed, (job.folder / "tag_digits").exists()))
        if (job.name, job.seed) in self.failing:
            raise RuntimeError("status 1: diverged")
        job.folder.mkdir(parents=True, exist_ok=True)
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
    monkeypatch.setattr(script, "Processes", lambda jobs: fake)
    monkeypatch.setattr(script, "describe", fake.describe)

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
    assert "| run | seeds | inception_score ↑ | fid ↓ |" in text
    assert "| real images (digits) |  | 9.500 | - |" in text
    assert "Judge: a classifier. 60 images of each run against 1,437 of digits." in text
    assert "± is the standard deviation (n - 1) over the n runs with the seeds 0, 1, 2" in text
    assert f"| am_gan_toy | 3 | {expected} | 30.000 ± 0 |" in text
    assert text in capsys.readouterr().out
    assert (tmp_path / "sheets" / "am_gan_digits.png").is_file()
    trials = list((tmp_path / "tensorboard").glob("*/seed*/events.out.tfevents.*"))
    assert len(trials) == 6


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


def test_a_second_judge(sweep, tmp_path):
    arguments = ("--evaluate_also=--classifier=second", "--columns=inception_score,fid,am_score")
    assert sweep(*arguments) == 0
    text = (tmp_path / "table.md").read_text()
    assert "| am_gan_toy | 3 | 3.667 ± 2.08 | 30.000 ± 0 | 0.250 ± 0 |" in text
    assert "Judge: a classifier. 60 images of each run" in text
    assert "of digits. It gave inception_score, fid." in text
    assert "Judge: another." in text and "of digits. It gave inception_score, am_score." in text
    assert "Not comparable" not in text
    scored = list(sweep.fake.scored)
    assert len(scored) == 12 and sweep(*arguments) == 0 and sweep.fake.scored == scored
    # Without the second one its results are not in the table.
    assert sweep() == 0 and "am_score" not in (tmp_path / "table.md").read_text()


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


def test_only_some_rows(sweep, tmp_path):
    assert sweep("--only=am_gan_toy") == 0
    assert {name for name, *_ in sweep.fake.trained} == {"am_gan_toy"}
    text = (tmp_path / "table.md").read_text()
    assert "| am_gan_toy | 3 | 3.667" in text and "| am_gan_digits | 0 |" in text
    assert not (tmp_path / "am_gan_digits").exists()
    # The table keeps the rows of the calls before.
    assert sweep("--only=am_gan_digits") == 0
    assert len(sweep.fake.trained) == len(sweep.fake.scored) == 6
    text = (tmp_path / "table.md").read_text()
    assert "| am_gan_toy | 3 | 3.667" in text and "| am_gan_digits | 3 |" in text
    # Scores that were taken otherwise do not stand beside these.
    assert sweep("--only=am_gan_digits", "--evaluate=--metrics=is") == 0
    assert "| am_gan_toy | 0 |" in (tmp_path / "table.md").read_text()


def test_other_flags_need_another_folder(sweep):
    sweep("--override=--iMaxIter=3")
    with pytest.raises(InputError, match="was trained with other flags of --override"):
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
        (["--only=toy"], "--only: no row toy; rows: am_gan_digits, am_gan_toy"),
        (["--seeds=1,x"], "--seeds="),
        (["--seeds=1,1"], "--seeds="),
        (["--seeds="], "--seeds="),
        (["--width=-1"], "--width=-1: expected a number above 0"),
        (["--columns=fidd"], "--columns: unknown result 'fidd'"),
        (["--runs=am_gan_toy,flags/am_gan_toy.flags"], "two flagfiles have the same name|no such"),
    ]:
        with pytest.raises(InputError, match=message):
            sweep(*arguments)


@pytest.mark.parametrize("flagfile", flagfiles_of("sweep.py"), ids=lambda path: path.stem)
def test_flagfiles(script, flagfile, monkeypatch):
    monkeypatch.setattr(script, "describe", FakeClassifiers().describe)
    with flagsaver.flagsaver():
        flags.FLAGS(["sweep.py", f"--flagfile={flagfile}"])
        jobs, _ = script.make_jobs()
        count = len(flags.FLAGS.runs) + len(flags.FLAGS.row)
        assert len(jobs) == count * len(flags.FLAGS.seeds) and count >= 3
        assert flags.FLAGS.sweep_dir.endswith(flagfile.stem)


def test_rows_with_flags_of_their_own(sweep, tmp_path, capsys):
    """They come last; shared names become each script's flags, and one line says so."""
    chosen = (
        *("--runs=", "--row=wide: am_gan_digits --iFilterDimsG=99 --lr=0.5", "--seeds=4"),
        *("--row=gan_digits --rate=x10 --length=101", "--override=--lr=0.2", "--length=x0.5"),
    )
    assert sweep(*chosen, "--width=24") == 0
    words = sweep.fake.arguments["wide"]
    assert words[1:6] == [
        *("--lr=0.2", "--iMaxIter=50", "--iFilterDimsG=24", "--iFilterDimsG=99", "--lr=0.5")
    ]
    # Three whole epochs have at least 101 iterations.
    assert sweep.fake.arguments["gan_digits"][1:5] == [
        *("--lr=0.2", "--n_epochs=3", "--iFilterDimsG=24", "--lr=2")
    ]
    output = capsys.readouterr().out
    assert "gan_digits: --length=101 is --n_epochs=3; --width=24 is --iFilterDimsG=24" in output
    text = (tmp_path / "table.md").read_text()
    assert (
        "Besides the method, rows differ in: length (50 iterations: wide, 3 epochs: gan_digits); "
        "width (99: wide, 24: gan_digits); rate (0.5: wide, 2.0: gan_digits)." in text
    )
    with pytest.raises(InputError, match="was trained with other flags"):
        sweep(*chosen, "--width=25")


def test_a_row_with_a_wrong_flag_is_named_before_the_work(sweep, tmp_path):
    with pytest.raises(InputError, match="wrong: Unknown command line flag 'bad'"):
        sweep("--row=wrong: am_gan_digits --bad")
    assert not list(tmp_path.iterdir()) and not sweep.fake.trained


def test_a_copied_folder_goes_on(sweep, tmp_path):
    sweep.fake.stopped = {("am_gan_toy", "1")}
    assert sweep(f"--sweep_dir={tmp_path / 'first'}") == 1
    (tmp_path / "first").rename(tmp_path / "moved")
    sweep.fake.trained.clear()
    sweep.fake.stopped = set()
    assert sweep(f"--sweep_dir={tmp_path / 'moved'}") == 0
    assert sweep.fake.trained == [("am_gan_toy", "1", True)]


def test_time_budget(sweep, script, monkeypatch, capsys):
    """What is left is named, is no failure, and is done in the next call."""
    sweep.fake.is_stopping = True
    assert sweep("--time_budget=7") == 1
    output, errors = capsys.readouterr()
    assert "am_gan_toy seed 2: left for the next call" in output and "FAILED" not in output
    assert "--time_budget=7 minutes are over: 6 of 6 runs are left" in errors
    sweep.fake.is_stopping = False
    assert sweep() == 0 and len(sweep.fake.trained) == 6


def test_a_dry_run_asks_every_script(sweep, script, tmp_path, monkeypatch, capsys):
    asked = []

    def run(command, **_):
        asked.append(command)
        failed = "wide" in " ".join(command)
        return subprocess.CompletedProcess(command, int(failed), "data  digits\n#  x\n", "x: error")

    monkeypatch.setattr(script.subprocess, "run", run)
    assert sweep("--dry_run", "--row=wide: am_gan_digits") == 2
    assert len(asked) == 3 and all("--dry_run" in command for command in asked)
    output, errors = capsys.readouterr()
    assert output.count("data  digits") == 2 and "#" not in output
    assert "failed: wide: x: error" in errors and not list(tmp_path.iterdir())


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


class FakeClassifiers(Fake):
    """Takes the part of tools/nat_classifier.py, whose runs report by themselves."""

    def describe(self, script, arguments, counts):
        kind = "classifier" if script.name == "nat_classifier.py" else "generator"
        result_dir = "out_dir" if kind == "classifier" else "sResultDir"
        found = super().describe(script, arguments, counts)
        return found | {"result_dir": result_dir, "kind": kind}

    def call(self, script, arguments, log):
        assert script.name == "nat_classifier.py" and "--auto_resume" in arguments
        (folder,) = [a.partition("=")[2] for a in arguments if a.startswith("--out_dir=")]
        folder, seed = pathlib.Path(folder), int(log.parent.name.removeprefix("seed"))
        assert folder == log.parent / "run"
        self.trained.append((log.parent.parent.name, seed))
        if seed in self.stopped:
            return
        scores = {name: 0.5 + seed / 10 for name in classifier_rows.DIRECTIONS}
        curve = dict.fromkeys(SCORE_NAMES, 0.5)
        record = {"name": "run", "test_accuracy": 0.9, "negatives": {"noise": scores}, "groups": {}}
        folder.mkdir(parents=True)
        (folder / "confidence.json").write_text(json.dumps({"classifiers": [record]}))
        rows = [
            {"classifier": "run", "negatives": "noise", "false_positive_rate": x} for x in (0, 1)
        ]
        write_table(folder / "roc.csv", [row | curve for row in rows])


@pytest.fixture
def classifiers(script, tmp_path, monkeypatch):
    fake = FakeClassifiers()
    monkeypatch.setattr(script, "Processes", lambda jobs: fake)
    monkeypatch.setattr(script, "describe", fake.describe)

    def run(*arguments):
        with flagsaver.flagsaver():
            runs = "--runs=baseline_classifier_mnist,exposure_classifier_mnist"
            flags.FLAGS(["sweep.py", runs, "--seeds=0,1", f"--sweep_dir={tmp_path}", *arguments])
            return script.main()

    run.fake = fake
    return run


def test_a_sweep_of_classifiers(classifiers, tmp_path, capsys):
    assert classifiers() == 0
    assert len(classifiers.fake.trained) == 4
    text = (tmp_path / "table.md").read_text()
    columns = " | ".join(f"{n} {classifier_rows.DIRECTIONS[n]}" for n in classifier_rows.COLUMNS)
    assert text.startswith(f"| negatives | run | seeds | {columns} |\n")
    assert "| noise | exposure_classifier_mnist | 2 | 0.9000 ± 0 | 0.5500 ± 0.071 |" in text, text
    assert "with the seeds 0, 1. It is not the error" in text and "positive class" in text
    assert (tmp_path / "roc.png").is_file() and not (tmp_path / "sheets").exists()
    assert f"curves {tmp_path / 'roc.png'}" in capsys.readouterr().out
    # What has reported is not trained again.
    assert classifiers("--columns=fpr95,energy_auroc") == 0
    assert len(classifiers.fake.trained) == 4
    assert (
        (tmp_path / "table.md")
        .read_text()
        .startswith("| negatives | run | seeds | fpr95 ↓ | energy_auroc ↑ |")
    )


def test_a_classifier_that_stopped_early_is_a_failure(classifiers, tmp_path, capsys):
    classifiers.fake.stopped = {1}
    assert classifiers() == 1
    assert "stopped early (see" in capsys.readouterr().err
    assert "| noise | baseline_classifier_mnist | 1 |" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--runs=gan_digits",), "gan_digits trains a generator, nat a classifier; expected one"),
        (("--evaluate=--metrics=is",), "--evaluate: classifiers report by themselves"),
        (("--columns=auroc,fid",), "--columns: fid is no result of a classifier"),
        (("--columns=aurocs",), "--columns: unknown result 'aurocs'"),
    ],
)
def test_what_does_not_fit_classifiers(classifiers, arguments, message):
    with pytest.raises(InputError, match=message):
        classifiers("--row=nat: nat_classifier_mnist", *arguments)


def test_results_of_classifiers_are_none_of_generators(sweep):
    with pytest.raises(InputError, match="--columns: auroc is no result of a generator"):
        sweep("--columns=auroc")
