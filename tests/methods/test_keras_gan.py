"""Plain Keras networks are trained, resumed, scored and exported by the engine."""

import pathlib

from amnat.errors import InputError
from amnat.metrics import small_cnn
from amnat.training.generator_record import read_record, restore_discriminator, restore_generator
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
import tensorflow as tf
from script_runs import call_script, loaded_script

HERE = pathlib.Path(__file__).parent
COMMAND = (
    *("--num_steps=4", "--batch_size=10", "--save_every=2", "--sample_every=4", "--score_every=0"),
    "--ema_decay=0.5",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of a run that its script has trained and resumed with another rate."""
    results = tmp_path_factory.mktemp("keras")
    with loaded_script(HERE / "keras_gan.py") as script:
        command = (*COMMAND, f"--result_dir={results}")
        done = call_script(script, *command)
        assert done.returncode == 0, done.stderr
        more = call_script(script, *command, "--num_steps=6", "--resume", "--lr=0.001")
        assert more.returncode == 0, more.stderr
    return RunDirectory(results / "circle_digits")


def test_the_run_and_its_rates(run):
    assert checkpoint_iterations(run.checkpoints)[-1] == 6
    rows = [line.split(",") for line in run.metrics_file.read_text().splitlines()]
    rates = [row[rows[0].index("klr")] for row in rows[1:]]
    assert rates == ["10", "1"]


def test_statistics_have_moved_and_samples_do_not_depend_on_their_batch(run):
    record = read_record(run)
    restored = restore_generator(run, record, 6, use_ema=False)
    moving = restored.generator.named_variables()["norm/moving_mean"]
    assert np.abs(moving.numpy()).max() > 0
    latents = tf.random.stateless_normal([5, 6], [0, 1])
    together, alone = restored.sample(latents), restored.sample(latents[:1])
    np.testing.assert_allclose(together[:1], alone, atol=1e-6)
    averaged = restore_generator(run, record, 6).generator
    assert not np.allclose(averaged.get_weights()[0], restored.generator.get_weights()[0])


def test_a_restored_discriminator_drops_nothing(run):
    network = restore_discriminator(run, read_record(run), 6)
    images = tf.zeros([2, 32, 32, 1])
    np.testing.assert_array_equal(network(images), network(images))


def test_scores(run, tmp_path, monkeypatch):
    monkeypatch.setattr(small_cnn, "default_epochs", lambda count: 1)
    with loaded_script("evaluate.py") as script:
        done = call_script(
            script, f"--samples={run.path}", "--metrics=classes", "--num_samples=40",
            f"--cache_dir={tmp_path}", "--classifier=small_cnn", "--reference_samples=40",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_export(run, tmp_path):
    with loaded_script("export.py") as script:
        done = call_script(script, f"--run_dir={run.path}", f"--export_dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    model = tf.saved_model.load(str(tmp_path / "6"))
    latents = tf.random.stateless_normal([3, 6], [0, 1])
    found = model.signatures["serving_default"](latent=latents)["images"]
    expected = restore_generator(run, read_record(run), 6).sample(latents)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_record_that_could_run_code_is_refused(run):
    record = read_record(run)
    first = record["generator"]["config"]["wrapped"]["config"]["layers"][1]
    first |= {"module": "os", "class_name": "system"}
    with pytest.raises(InputError, match="system of the module os, which could run any code"):
        restore_generator(run, record, 6)
