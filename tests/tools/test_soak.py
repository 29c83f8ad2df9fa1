"""tools/soak.py and tools/input_rate.py, on logs that are made up."""

from amnat.errors import InputError
from amnat.training.run_directory import RunDirectory, seal_checkpoint

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script, run_script


def _log(folder, growth):
    lines = [
        f"20:00:00  soak  ITER: {20 * i}, loss: 0.7±0.1, time: {0.1 + 0.01 * (i % 2):.4f}, "
        f"memory: {1000 + 300 * (i < 4) + growth * i:.1f} MB"
        for i in range(1, 101)
    ]
    folder.mkdir()
    (folder / "log.txt").write_text("run directory  x\n" + "\n".join(lines) + "\n")
    return RunDirectory(folder)


@pytest.mark.parametrize(("growth", "passes"), [(0.0, True), (0.1, True), (0.5, False)])
def test_memory_after_the_warm_up(tmp_path, capsys, growth, passes):
    run = _log(tmp_path / "run", growth)
    with loaded_script("soak.py") as script, flagsaver.flagsaver():
        flags.FLAGS(["soak.py", f"--soak_dir={tmp_path}"])
        assert script.report(run) is passes
        with pytest.raises(InputError, match="is not empty"):
            script.check_flags()
    assert "iterations    420 to 2000" in capsys.readouterr().out


def test_the_checkpoint_of_the_stop(tmp_path, capsys):
    run = _log(tmp_path / "run", 0.0)
    run.checkpoints.mkdir()
    with loaded_script("soak.py") as script:
        for iteration, is_last in ((1980, False), (2007, True)):
            (run.checkpoints / f"ckpt-{iteration}.index").write_text("weights")
            seal_checkpoint(run.checkpoints, iteration)
            assert script.has_last_checkpoint(run) is is_last
        assert "has no checkpoint of iteration 2000 or later" in capsys.readouterr().err
        (run.checkpoints / "ckpt-2007.index").write_text("wEights")
        assert not script.has_last_checkpoint(run)
        assert "does not match its checksum" in capsys.readouterr().err


def test_the_input_beside_a_run(tmp_path):
    _log(tmp_path / "run", 0.0)
    arguments = ("--sDataSet=digits", "--iBatchSize=10", "--seconds=0.2")
    finished = run_script("input_rate.py", *arguments, f"--run={tmp_path / 'run'}")
    assert finished.returncode == 0, finished.stderr
    first, second = finished.stdout.splitlines()
    assert first.startswith("input alone") and "samples/s" in first
    assert second.startswith("the run       110.000 ms per iteration") or "100.000 ms" in second
    nothing = run_script("input_rate.py", *arguments, f"--run={tmp_path}")
    assert nothing.returncode == 2 and "expected the folder of a training run" in nothing.stderr
