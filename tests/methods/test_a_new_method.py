"""A method that lies outside amnat is trained, resumed, scored and exported as those within."""

import pathlib

from amnat.metrics import small_cnn
from amnat.training.generator_record import read_record
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
import tensorflow as tf
from script_runs import call_script, loaded_script

HERE = pathlib.Path(__file__).parent
PLUGIN = "--plugins=circle_gan_model"
COMMAND = (
    *("--num_steps=6", "--batch_size=10", "--save_every=3", "--sample_every=6", "--score_every=0"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of a run that its script has trained and resumed."""
    results = tmp_path_factory.mktemp("circle")
    with loaded_script(HERE / "circle_gan.py") as script:
        command = (*COMMAND, f"--result_dir={results}")
        done = call_script(script, *command)
        assert done.returncode == 0, done.stderr
        assert "finished after 6 iterations" in done.stdout
        again = call_script(script, *command)
        assert again.returncode == 2 and "add --resume to resume it" in again.stderr
        more = call_script(script, *command, "--num_steps=9", "--resume")
        assert more.returncode == 0, more.stderr
    return RunDirectory(results / "circle_digits")


def test_the_run(run):
    assert checkpoint_iterations(run.checkpoints)[-1] == 9
    assert read_record(run)["generator"]["module"] == "circle_gan_model"
    assert list(run.samples.glob("*.png"))
    flags = run.recorded_flags()
    assert flags["width"] == "8" and "resume" not in flags


def test_fixed_and_free_flags(run):
    with loaded_script(HERE / "circle_gan.py") as script:
        command = (*COMMAND, f"--result_dir={run.path.parent}", "--resume", "--dry_run")
        refused = call_script(script, *command, "--width=9")
        assert refused.returncode == 2 and "--width=9: the run in" in refused.stderr
        assert call_script(script, *command, "--lr=0.1").returncode == 0


def test_scores(run, tmp_path, monkeypatch):
    monkeypatch.setattr(small_cnn, "default_epochs", lambda count: 1)
    with loaded_script("evaluate.py") as script:
        done = call_script(
            script, f"--samples={run.path}", PLUGIN, "--metrics=classes", "--num_samples=40",
            f"--cache_dir={tmp_path}", "--classifier=small_cnn", "--reference_samples=40",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_export_has_its_own_signature(run, tmp_path):
    with loaded_script("export.py") as script:
        command = (f"--run_dir={run.path}", f"--export_dir={tmp_path}", "--standing_batches=2")
        done = call_script(script, *command, PLUGIN)
    assert done.returncode == 0, done.stderr
    model = tf.saved_model.load(str(tmp_path / "9"))
    assert set(model.signatures) == {"describe", "serving_default", "turn"}
    turned = model.signatures["turn"](angle=tf.constant([0.0, 1.0, 6.2831855]))["images"].numpy()
    assert turned.shape == (3, 32, 32, 1)
    np.testing.assert_allclose(turned[0], turned[2], atol=1e-5)
    assert np.abs(turned[0] - turned[1]).max() > 1e-3


def test_a_class_that_is_not_imported_is_named(run, tmp_path):
    with loaded_script("evaluate.py") as script:
        missing = call_script(script, f"--samples={run.path}", "--plugins=no_such_module")
    assert missing.returncode == 2
    assert "--plugins=no_such_module: cannot be imported" in missing.stderr
