"""tools/gan.py and tools/dcgan.py: flags, errors before training, runs."""

from amnat import data
from amnat.data import Dataset
from amnat.errors import InputError
from amnat.training.opening import open_call
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from player_weights import player_weights
from script_runs import call_script, flagfiles_of, loaded_script, run_whole_and_resumed

SCRIPTS = ("gan.py", "dcgan.py")
FLAGFILES = [(script, path) for script in SCRIPTS for path in flagfiles_of(script)]
TINY = (
    *("--dataset=digits", "--batch_size=12", "--n_epochs=1", "--seed=4", "--latent_dim=4"),
    *("--log_every=40", "--sample_interval=60", "--save_every=60", "--steps_per_execution=10"),
)
ALL_TECHNIQUES = (
    *("--historical_averaging=0.01", "--instance_noise=0.1", "--instance_noise_steps=100"),
    *("--feature_matching=mean_squares", "--adversarial_weight=1", "--real_target=0.9"),
    *("--virtual_batch_norm=5", "--minibatch_kernels=3", "--minibatch_block=4", "--weight_norm"),
)
LISTED = (
    "techniques     label smoothing (real target 0.9), feature matching (mean_squares, weight 1, "
    "adversarial weight 1), historical averaging (weight 0.01), instance noise (stddev 0.1 until "
    "iteration 100), virtual batch norm (reference batch of 5), minibatch discrimination (3 x 5), "
    "weight norm"
)


def parse(script, *arguments):
    flags.FLAGS([script, *map(str, arguments)])


def small_images(channels=1):
    labels = (np.arange(120) % 10).astype(np.int32)
    samples = np.zeros((120, 32, 32, channels), np.uint8)
    return Dataset("digits", "train", samples, labels, 10, tuple("0123456789"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_flagfiles_parse(name):
    paths = [path for script, path in FLAGFILES if script == name]
    assert paths
    for path in paths:
        with loaded_script(name) as script, flagsaver.flagsaver():
            parse(name, f"--flagfile={path}")
            script.check()
            assert f"{flags.FLAGS.sResultTag}_{flags.FLAGS.dataset}" == path.stem


@pytest.mark.parametrize("name, arguments, message", [
    ("gan.py", "--loss=wasserstein", "--loss=wasserstein: expected --clip_weights=0.01 or"),
    ("gan.py", "--loss=hinge --real_target=0.9", "--real_target=0.9: expected 1 with --loss=hinge"),
    ("gan.py", "--real_target=0.4", "--real_target=0.4: expected a number of more than 0.5 and at"),
    ("gan.py", "--lr=0", "--lr=0.0: expected a number of more than 0"),
    ("gan.py", "--b1=1", "--b1=1.0: expected a number of at least 0 and less than 1"),
    ("gan.py", "--sample_every=3", "--sample_every: this script has --sample_interval instead"),
    ("gan.py", "--adversarial_weight=1", "--adversarial_weight=1.0: changes nothing with --featur"),
    ("gan.py", "--instance_noise_steps=5", "--instance_noise_steps=5: changes nothing with --inst"),
    ("gan.py", "--virtual_batch_norm=4 --batch_norm_epsilon=0.1", "--batch_norm_epsilon=0.1: chan"),
    ("gan.py", "--data_format=NCHW", "--data_format=NCHW: changes nothing here; it needs convolut"),
    ("gan.py", "--gradient_penalty_weight=5", "--gradient_penalty_weight=5.0: changes nothing"),
    ("dcgan.py", "--gradient_penalty=dragan --gradient_penalty_weight=0",
     "--gradient_penalty=dragan: changes nothing with --gradient_penalty_weight=0.0"),
    ("dcgan.py", "--loss=minimax --feature_matching=sum_squares",
     "--loss=minimax: changes nothing here; it needs --feature_matching=none, or --adversarial_w"),
    ("dcgan.py", "--minibatch_dim=4", "--minibatch_dim=4: changes nothing with --minibatch_kernel"),
    ("dcgan.py", "--break_guidelines=relu", "--break_guidelines=relu: expected some of pooling"),
    ("dcgan.py", "--break_guidelines=no_batch_norm --virtual_batch_norm=9",
     "--virtual_batch_norm=9: changes nothing here; it needs batch norm"),
    ("gan.py", "--sResultTag=a/b", "--sResultTag=a/b: expected a plain name"),
    ("dcgan.py", "--img_size=48", "--img_size=48: expected 28, 32 or 64"),
    ("nat_gan.py", "--method=cat_gan --real_target=0.9", "--real_target=0.9: expected 1 with"),
    ("am_gan.py", "--sDataSet=digits --instance_noise=-1", "--instance_noise=-1.0: expected a num"),
])  # fmt: skip
def test_bad_flags_are_named(name, arguments, message):
    with loaded_script(name) as script, flagsaver.flagsaver():
        parse(name, *arguments.split())
        with pytest.raises(InputError, match=message) as error:
            script.check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name, arguments, message", [
    ("gan.py", "--batch_size=121", "--batch_size=121 is larger than digits"),
    ("gan.py", "--channels=3", "--channels=3: expected 1, those of digits"),
])  # fmt: skip
def test_data_that_does_not_fit(name, arguments, message, monkeypatch, tmp_path):
    from amnat.methods.pytorch_gan import flags as pytorch_gan_flags

    monkeypatch.setattr(pytorch_gan_flags.data, "load", lambda *_: small_images())
    with loaded_script(name) as script, flagsaver.flagsaver():
        parse(
            *(name, "--dataset=digits", "--img_size=32", f"--sResultDir={tmp_path}"),
            *arguments.split(),
        )
        with pytest.raises(InputError, match=message):
            open_call(script)


@pytest.mark.parametrize("arguments", [
    "--loss=minimax --feature_matching=sum_squares --adversarial_weight=1",
    "--loss=hinge --feature_matching=sum_squares",
    "--gradient_penalty=dragan --gradient_penalty_weight=5 --batch_norm_epsilon=0.1",
])  # fmt: skip
def test_flags_that_act_are_taken(arguments):
    with loaded_script("gan.py") as script, flagsaver.flagsaver():
        parse("gan.py", *arguments.split())
        script.check()


def test_the_workers_of_old_command_lines_are_noted(capsys):
    with loaded_script("gan.py") as script, flagsaver.flagsaver():
        parse("gan.py", "--n_cpu=4")
        script.check()
    assert capsys.readouterr().err.startswith("note: --n_cpu=4 has no effect")


def test_epochs_are_whole_batches():
    with loaded_script("gan.py") as script, flagsaver.flagsaver():
        parse("gan.py", "--n_epochs=7", "--batch_size=50")
        assert script.num_iterations(small_images()) == 14
        # An iteration of k discriminator updates takes k batches.
        parse("gan.py", "--d_steps=4")
        assert script.num_iterations(small_images()) == 3


def test_the_name_of_a_run():
    with loaded_script("dcgan.py") as script, flagsaver.flagsaver():
        parse("dcgan.py", "--dataset=digits")
        assert script.run_name() == "dcgan_digits"
        parse("dcgan.py", "--dataset=digits", "--sResultTag=other")
        assert script.run_name() == "other_digits"


@pytest.mark.slow
def test_a_resumed_run_takes_another_learning_rate(tmp_path):
    with loaded_script("gan.py") as script:
        command = (
            *(*TINY, "--img_size=8", "--batch_size=400", "--score_every=0", "--log_every=1"),
            *("--steps_per_execution=1", "--save_every=1", f"--sResultDir={tmp_path}"),
        )
        done = call_script(script, *command)
        assert done.returncode == 0, done.stderr
        run = RunDirectory(tmp_path / "gan_digits")
        before = player_weights(run, 3)
        more = call_script(script, *command, "--n_epochs=2", "--bLoadCheckpoint", "--lr=1e-30")
        assert more.returncode == 0, more.stderr
    klr = run.read_rows(run.metrics_file)["klr"]
    np.testing.assert_allclose(klr, [0.2] * 3 + [1e-27] * 3, rtol=1e-5)
    after = player_weights(run, 6)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


def test_techniques_reach_the_networks(capsys):
    """The script's part; tests of the techniques themselves have their arithmetic."""
    with loaded_script("dcgan.py") as script, flagsaver.flagsaver():
        parse("dcgan.py", *TINY, *ALL_TECHNIQUES, "--img_size=28", "--width=2")
        script.check()
        blank = np.zeros((20, 28, 28, 1), np.uint8), np.zeros(20, np.int32)
        model = script.build_model(Dataset("digits", "train", *blank, 1, ("a",)))
        assert capsys.readouterr().out.strip() == LISTED
        assert type(model.generator).__name__ == "VirtualGuidelineGenerator"
        assert model.discriminator.preprocess.stddev == 0.1
        assert model.discriminator.minibatch.num_kernels == 3
        assert {"loss_gen_matching", "loss_dis_history"} <= set(model.log_names)
        assert model.real_target == 0.9


def test_broken_guidelines_reach_the_networks():
    words = "pooling,no_batch_norm,hidden_layers,leaky_generator,relu_discriminator"
    with loaded_script("dcgan.py") as script, flagsaver.flagsaver():
        parse("dcgan.py", *TINY, "--img_size=28", "--width=2", f"--break_guidelines={words}")
        script.check()
        blank = np.zeros((20, 28, 28, 1), np.uint8), np.zeros(20, np.int32)
        model = script.build_model(Dataset("digits", "train", *blank, 1, ("a",)))
    for network, activation in ((model.generator, "lrelu"), (model.discriminator, "relu")):
        config = network.get_config()
        assert not config["strided"] and not config["use_batch_norm"]
        assert (config["hidden_units"], config["activation"]) == (1024, activation)


@pytest.mark.slow
def test_gan_with_every_technique_resumes_exactly(tmp_path):
    output = run_whole_and_resumed(
        "gan.py", tmp_path, "--instance_noise=0.5", *TINY,
        *ALL_TECHNIQUES, "--img_size=14", "--score_every=0",
        "--strategy=mirrored", "--devices=CPU:0,CPU:1",
    )  # fmt: skip
    assert LISTED in output


@pytest.mark.slow
def test_gan_histograms(tmp_path):
    run_whole_and_resumed(
        "gan.py", tmp_path, "--instance_noise=0.5", *TINY,
        "--img_size=32", "--score_every=60", "--score_samples=100",
        "--gradient_penalty=dragan", "--d_steps=2", "--n_epochs=2",
    )  # fmt: skip
    run = RunDirectory(tmp_path / "gan_digits")
    rows = run.read_rows(run.path / "classes.csv")
    assert rows["iteration"] == [60, 119] and (run.plots / "classes.png").is_file()


@pytest.mark.slow
def test_dcgan_resumes_exactly(tmp_path):
    run_whole_and_resumed(
        "dcgan.py", tmp_path, "--instance_noise=0.5", *TINY,
        "--img_size=28", "--width=2", "--score_every=0",
        "--loss=relativistic_average", "--virtual_batch_norm=6",
    )  # fmt: skip


def test_scores_take_the_data_at_the_size_of_the_run():
    names = tuple("0123456789")
    for side in (28, 32):
        found = data.load_again("digits", None, [side, side, 1], names, None, "test")
        assert found.sample_shape == (side, side, 1)
