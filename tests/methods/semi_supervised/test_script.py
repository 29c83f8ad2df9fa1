"""tools/ssl_gan.py: flags, errors before training, runs."""

from amnat.data import Dataset
from amnat.errors import InputError
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags
from amnat.training.opening import open_call
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from player_weights import player_weights
from script_runs import call_script, flagfiles_of, loaded_script, run_whole_and_resumed

TINY = (
    *("--dataset=digits", "--batch_size=12", "--n_epochs=1", "--seed=4", "--latent_dim=4"),
    *("--log_every=40", "--sample_interval=60", "--save_every=60", "--steps_per_execution=10"),
    *("--img_size=16", "--num_labels=20", "--score_every=0"),
)


@pytest.fixture(scope="module")
def script():
    """The script, with its flags defined."""
    with loaded_script("ssl_gan.py") as loaded:
        yield loaded


def parse(*arguments):
    flags.FLAGS(["ssl_gan.py", *arguments])


def small_images():
    labels = (np.arange(120) % 10).astype(np.int32)
    samples = np.zeros((120, 32, 32, 1), np.uint8)
    return Dataset("digits", "train", samples, labels, 10, tuple("0123456789"))


@pytest.mark.parametrize("path", flagfiles_of("ssl_gan.py"), ids=lambda path: path.stem)
def test_flagfiles_parse(script, path):
    with flagsaver.flagsaver():
        parse(f"--flagfile={path}")
        script.check()
        assert f"{flags.FLAGS.sResultTag}_{flags.FLAGS.dataset}" == path.stem


@pytest.mark.parametrize("arguments, message", [
    ("--network=conv --img_size=30", "expected 28, 32 or 64 with --network=conv"),
    ("--virtual_batch_norm=8", "--virtual_batch_norm=8: expected --network=conv"),
    ("--unsupervised_weight=-1", "--unsupervised_weight=-1.0: expected a number"),
    ("--label_seed=-1", "--label_seed=-1: expected at least 0"),
    ("--width=16", "--width=16: changes nothing with --network=mlp; it needs --network=conv"),
    ("--data_format=NCHW", "--data_format=NCHW: changes nothing here; it needs --network=conv"),
    ("--generator_loss=minimax", "--generator_loss=minimax: changes nothing here; it needs --fea"),
    ("--unsupervised_weight=0 --real_target=1", "--real_target=1.0: changes nothing here"),
    ("--feature_matching=none --adversarial_weight=1", "--adversarial_weight=1.0: changes nothing"),
])  # fmt: skip
def test_bad_flags_are_named(script, arguments, message):
    with flagsaver.flagsaver():
        parse(*arguments.split())
        with pytest.raises(InputError, match=message) as error:
            script.check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("arguments", [
    "--network=conv --width=16 --data_format=NCHW --virtual_batch_norm=8",
    "--generator_loss=minimax --adversarial_weight=1",
    "--generator_loss=minimax --feature_matching=none",
    "--unsupervised_weight=0",
])  # fmt: skip
def test_flags_that_act_are_taken(script, arguments):
    with flagsaver.flagsaver():
        parse(*arguments.split())
        script.check()


def test_the_defaults_that_it_is_published_with(script):
    published = {"lr": 0.003, "weight_norm": True, "feature_matching": "sum_squares"}
    published |= {"real_target": 0.9, "batch_size": 100, "img_size": 28}
    assert {name: flags.FLAGS[name].default for name in published} == published


@pytest.mark.parametrize("arguments, message", [
    ("--num_labels=33", "--num_labels=33: expected a multiple of the 10 classes"),
    ("--num_labels=200", "20 samples per class, but class 0 of digits has 12"),
])  # fmt: skip
def test_data_that_does_not_fit(script, arguments, message, monkeypatch, tmp_path):
    monkeypatch.setattr(pytorch_gan_flags.data, "load", lambda *_: small_images())
    with flagsaver.flagsaver():
        parse(
            *("--dataset=digits", "--img_size=32", f"--sResultDir={tmp_path}"), *arguments.split()
        )
        with pytest.raises(InputError, match=message):
            open_call(script)


@pytest.mark.slow
def test_a_resumed_run_takes_another_learning_rate(script, tmp_path):
    command = (
        *(*TINY, "--img_size=8", "--batch_size=400", "--log_every=1", "--accuracy_interval=2"),
        *("--steps_per_execution=1", "--save_every=1", f"--sResultDir={tmp_path}"),
    )
    done = call_script(script, *command)
    assert done.returncode == 0, done.stderr
    assert "test accuracy  semi-supervised " in done.stdout
    run = RunDirectory(tmp_path / "ssl_gan_digits")
    before = player_weights(run, 3)
    assert any(name.startswith("model/baseline/") for name in before)
    more = call_script(script, *command, "--n_epochs=2", "--bLoadCheckpoint", "--lr=1e-30")
    assert more.returncode == 0, more.stderr
    klr = run.read_rows(run.metrics_file)["klr"]
    np.testing.assert_allclose(klr, [3.0] * 3 + [1e-27] * 3, rtol=1e-5)
    after = player_weights(run, 6)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


@pytest.mark.slow
def test_ssl_gan_resumes_exactly(tmp_path):
    output = run_whole_and_resumed(
        "ssl_gan.py", tmp_path, "--instance_noise=0.5", *TINY,
        "--accuracy_interval=40", "--historical_averaging=0.001",
    )  # fmt: skip
    assert "labels         20 of 1,437 images" in output
    assert "test accuracy  semi-supervised " in output
