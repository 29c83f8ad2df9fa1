"""--resume=FOLDER goes on with the run in a folder, whatever the folder was called before."""

import shutil

from amnat.command_text import command
from amnat.training import checkpoints, initial_weights, loop, main
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
import tensorflow as tf
from absl.flags import FLAGS
from script_runs import call_script, loaded_script

TOY = (
    *("--sDataSet=toy_center", "--iMaxIter=3", "--iBatchSize=10", "--seed=4", "--fLrIni=0.001"),
    *("--iFilterDimsG=4", "--iFilterDimsD=4", "--noclass_sheets"),
    *("--log_every=1", "--sample_every=4", "--save_every=2", "--score_every=0"),
)


@pytest.fixture(scope="module")
def script():
    with loaded_script("am_gan.py") as module:
        yield module


def succeed(script, *arguments):
    done = call_script(script, *arguments)
    assert done.returncode == 0, done.stderr
    return done


def fail(script, *arguments):
    """The line of an error, with status 2."""
    done = call_script(script, *arguments)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture(scope="module")
def original(script, tmp_path_factory):
    """A finished run; it is only read."""
    folder = tmp_path_factory.mktemp("runs")
    succeed(script, *TOY, f"--sResultDir={folder}")
    return RunDirectory(folder / "test_v0_toy_center")


@pytest.fixture
def untrained(monkeypatch):
    """Calls leave a last checkpoint without any training."""

    def train(model, dataset, run, options, *_):
        (run.checkpoints / f"ckpt-{options.num_iterations}.index").touch()
        checkpoints.seal_checkpoint(run.checkpoints, options.num_iterations)
        return loop.Outcome(options.num_iterations, None, None)

    monkeypatch.setattr(loop, "train", train)


@pytest.fixture
def copied(original, tmp_path):
    """A copy in another folder, with another name."""
    return RunDirectory(shutil.copytree(original.path, tmp_path / "a copy"))


def contents(run):
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def variable(run, iteration, part):
    checkpoint = tf.train.load_checkpoint(str(run.checkpoints / f"ckpt-{iteration}"))
    keys = sorted(key for key in checkpoint.get_variable_to_shape_map() if part in key)
    return checkpoint.get_tensor(keys[0])


def test_a_copy_goes_on_where_it_lies_and_changes_stay(script, original, copied):
    before = contents(original)
    output = succeed(script, "--resume", copied.path, "--iMaxIter=5", "--fLrIni=0.0001").stdout
    assert f"{copied.path}, resumed at iteration 4" in output
    assert "--fLrIni=0.001 -> 0.0001" in output and "--iMaxIter=3 -> 5" in output
    assert contents(original) == before
    recorded = copied.recorded_flags()
    assert recorded["fLrIni"] == "0.0001" and recorded["sResultDir"] == str(copied.path.parent)
    assert "# changed at iteration 4: --fLrIni=0.001 -> 0.0001" in copied.flags_file.read_text()
    assert checkpoint_iterations(copied.checkpoints) == [2, 4, 6]
    rates = copied.read_rows(copied.metrics_file)["klr"]
    assert rates[0] > 0.9 and 0 < rates[4] < 0.1
    assert "CHANGED  at iteration 4: --fLrIni" in copied.log_file.read_text()


def test_the_next_call_has_the_newest_rate(script, copied, untrained):
    succeed(script, f"--resume={copied.path}", "--iMaxIter=5", "--fLrIni=0.0001")
    output = succeed(script, f"--resume={copied.path}", "--iMaxIter=7").stdout
    assert "fLrIni" not in output and copied.recorded_flags()["fLrIni"] == "0.0001"


@pytest.mark.parametrize("flag", ["--bLoadCheckpoint", "--auto_resume", "--resume"])
def test_every_way_to_resume_records_changes(script, original, tmp_path, flag, untrained):
    run = RunDirectory(shutil.copytree(original.path, tmp_path / original.path.name))
    succeed(script, *TOY, f"--sResultDir={tmp_path}", flag, "--iMaxIter=4", "--fLrIni=0.0001")
    assert "# changed at iteration 4: --fLrIni=0.001 -> 0.0001" in run.flags_file.read_text()
    assert run.recorded_flags()["fLrIni"] == "0.0001"


def test_a_copied_flagfile_does_not_make_the_original_go_on(script, original, copied):
    for flag in ("--bLoadCheckpoint", "--auto_resume"):
        line = fail(script, f"--flagfile={copied.flags_file}", flag, "--iMaxIter=5")
        assert f"names the run in {original.path}; go on with the one in {copied.path}" in line
        assert f"'--resume={copied.path}'" in line
    # A new run may be made from it.
    other = (f"--flagfile={copied.flags_file}", "--sResultTag=new", "--auto_resume", "--dry_run")
    assert "new_toy_center" in succeed(script, *other).stdout


def test_a_finished_run_says_what_to_raise(script, copied, untrained):
    done = succeed(script, f"--resume={copied.path}")
    assert (
        "has 4 iterations and is at its end; to go on, raise --iMaxIter, which is 3" in done.stderr
    )
    assert "finished after 4 iterations" in done.stdout


def test_what_is_no_run_of_this_script(script, copied, tmp_path):
    text = copied.flags_file.read_text()
    copied.flags_file.write_text(text.replace("tools/am_gan.py", "tools/nat_gan.py", 1))
    right = command(f"--resume={copied.path}", script="nat_gan.py")
    assert f"another script made this run; use {right}" in fail(script, f"--resume={copied.path}")
    copied.flags_file.write_text(text)
    assert "no such folder" in fail(script, f"--resume={tmp_path / 'none'}")
    assert "is a file" in fail(script, f"--resume={copied.flags_file}")
    assert "expected the folder of a run" in fail(script, "--resume=")
    assert "--seed=5: the run in" in fail(script, f"--resume={copied.path}", "--seed=5")
    with open(copied.flags_file, "a") as file:
        file.write("--critics=2\n")
    assert "--critics, a flag that this script lacks" in fail(script, f"--resume={copied.path}")
    copied.flags_file.write_text("--iMaxIter=many\n")
    assert "flags.txt: --iMaxIter=many: " in fail(script, f"--resume={copied.path}")
    copied.flags_file.unlink()
    assert "no flags.txt in it" in fail(script, f"--resume={copied.path}")


def test_a_run_without_a_checkpoint_starts_again(script, copied, untrained):
    copied.finished_file.unlink()
    shutil.rmtree(copied.checkpoints)
    done = succeed(script, f"--resume={copied.path}")
    assert "no checkpoint yet" in done.stderr and "finished after 4 iterations" in done.stdout
    assert checkpoint_iterations(copied.checkpoints) == [4]


def test_a_short_run_says_that_it_is_not_scored(script, copied):
    done = succeed(script, f"--resume={copied.path}", "--score_every=50", "--dry_run")
    assert "none; --score_every=50 is beyond its 4 iterations" in done.stdout


def test_a_new_run_from_the_weights_of_another(script, original, tmp_path):
    other = ("--seed=9", "--iMaxIter=1", "--nobUseWN", "--ema_decay=0.5", "--iBatchSize=20")
    place = f"--sResultDir={tmp_path}"
    same = [word for word in other if "bUseWN" not in word]
    start = f"--init_from={original.path}:2"
    line = fail(script, *TOY, *other, place, start)
    assert f"--init_from={original.path}: its " in line and "have to be the same" in line
    output = succeed(script, *TOY, *same, place, start, "--fLrIni=1e-30").stdout
    assert f"weights from   {original.path}, iteration 2" in output
    run = RunDirectory(tmp_path / "test_v0_toy_center")
    assert run.recorded_flags()["init_from"] == f"{original.path}:2"
    for part in ("/generator/", "/discriminator/"):
        expected = variable(original, 2, f"model{part}")
        np.testing.assert_array_equal(variable(run, 2, f"model{part}"), expected)
    average = variable(run, 2, "model/ema_generator/")
    np.testing.assert_allclose(average, variable(original, 2, "model/generator/"), rtol=1e-6)
    # It is resumed from its own weights, also when the other run is gone.
    resume = f"--resume={run.path}", "--iMaxIter=2"
    recorded = run.flags_file.read_text().replace(str(original.path), "/gone")
    run.flags_file.write_text(recorded)
    assert "weights from" not in succeed(script, *resume, "--dry_run").stdout
    assert "--init_from=" in fail(script, *resume, "--init_from=/other")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "is not the folder of a GAN's run"), (":7", "checkpoint has 2, 4; expected one of them")],
)
def test_weights_that_are_not_there(original, tmp_path, text, expected):
    folder = original.path if text else tmp_path
    with pytest.raises(ValueError, match=f"--init_from={folder}{text}: .*{expected}"):
        initial_weights.find(f"{folder}{text}")


def test_a_folder_may_end_like_an_iteration(tmp_path):
    (tmp_path / "run:7").mkdir()
    assert initial_weights.split(f"{tmp_path}/run:7") == (f"{tmp_path}/run:7", None)
    assert initial_weights.split(f"{tmp_path}/run:8") == (f"{tmp_path}/run", 8)


def test_resume_is_a_switch_or_a_folder(script):
    flag = FLAGS["resume"]
    values = {"true": True, "false": False, "runs/a": "runs/a", True: True}
    assert {text: flag.parser.parse(text) for text in values} == values


def test_words_that_absl_does_not_know(script):
    assert main._join_booleans(["gan.py", "-h"]) == ["gan.py", "--help"]
    assert main._join_booleans(["gan.py", "--resume", "a b"]) == ["gan.py", "--resume=a b"]


def test_a_toy_starts_again(tmp_path):
    with loaded_script("gan_intro.py") as toy:
        arguments = ("--num_steps=2", f"--result_dir={tmp_path / 'run'}")
        succeed(toy, *arguments)
        run = shutil.copytree(tmp_path / "run", tmp_path / "copy")
        before = (run / "losses.csv").read_bytes()
        (run / "losses.csv").unlink()
        shutil.rmtree(tmp_path / "run")
        done = succeed(toy, f"--resume={run}")
        assert f"the run in {run} has no checkpoints and starts again" in done.stderr
        assert (run / "losses.csv").read_bytes() == before and not (tmp_path / "run").exists()
        other = call_script(toy, f"--resume={run}", "--num_steps=3")
        assert other.returncode == 2 and "holds a run with other flags" in other.stderr
