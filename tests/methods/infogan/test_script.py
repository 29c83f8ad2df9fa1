"""tools/infogan.py: flags, errors before training, whole runs."""

from amnat.data import Dataset
from amnat.errors import InputError
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from script_runs import (
    call_script,
    flagfiles_of,
    loaded_script,
    run_script,
    run_whole_and_resumed,
)

NAME = "infogan.py"
SMALL = (
    *("--dataset=digits", "--batch_size=12", "--n_epochs=1", "--seed=4", "--latent_dim=4"),
    *("--log_every=40", "--sample_interval=60", "--save_every=60", "--steps_per_execution=10"),
    *("--img_size=16", "--width=4", "--critic_width=2", "--score_every=0"),
)


def parse(*arguments):
    flags.FLAGS([NAME, *map(str, arguments)])


def test_flagfiles_parse():
    paths = flagfiles_of(NAME)
    assert paths
    for path in paths:
        with loaded_script(NAME) as script, flagsaver.flagsaver():
            parse(f"--flagfile={path}")
            script.check()
            assert script.run_name() == path.stem


def test_defaults_are_the_originals():
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse()
        script.check()
        values = flags.FLAGS
        assert (values.n_epochs, values.batch_size, values.lr, values.b1) == (200, 64, 2e-4, 0.5)
        assert (values.latent_dim, values.code_dim, values.n_classes) == (62, 2, 10)
        assert (values.img_size, values.sample_interval) == (32, 400)


@pytest.mark.parametrize("arguments, message", [
    ("--loss=sim", "--critic=conv: expected patch with sim"),
    ("--critic_loss=sim_whole", "--critic=conv: expected patch with sim"),
    ("--img_size=28", "--img_size=28: expected a multiple of 16, with --critic=conv"),
    ("--critic=patch --img_size=8", "--img_size=8: expected a multiple of 4, at least 12"),
    ("--critic=patch --loss=sim --img_size=12", "--img_size=12: expected a multiple of 4, at leas"),
    ("--lambda_gp=1", "--lambda_gp=1.0: expected 0 with --critic=conv"),
    ("--critic=patch --loss=wasserstein", "--loss=wasserstein: expected --critic=patch --lambda"),
    ("--num_labels=100", "--num_labels=100: changes nothing with --lambda_gt=0.0; it needs --lam"),
    ("--num_labels=-1 --lambda_gt=1", "--num_labels=-1: expected at least 0"),
    (
        "--space_distance=absolute --lambda_space=0",
        "--space_distance=absolute: changes nothing with --lambda_space=0.0; it needs",
    ),
    (
        "--double_softmax --lambda_label=0",
        "--double_softmax: changes nothing here; it needs --lambda_label or --lambda_gt above 0",
    ),
    (
        "--critic=patch --loss=sim --critic_loss=sim_whole",
        "--critic_loss=sim_whole: changes nothing here; it needs another loss",
    ),
    ("--batch_norm_epsilon=0", "--batch_norm_epsilon=0.0: expected a number of more than 0"),
    ("--lambda_gt=-1", "--lambda_gt=-1.0: expected a number of at least 0"),
    ("--data_format=NCHW", "--data_format=NCHW: expected NHWC"),
    ("--n_steps=3", "--n_steps=3: changes nothing with --scheme=pytorch_gan; it needs --schem"),
    ("--scheme=info_cycle --rollout_size=32", "--rollout_size=32: expected at least --batch_size"),
    ("--scheme=info_cycle --c_batch_size=65", "--c_batch_size=65: expected at most --batch_size"),
    ("--scheme=info_cycle --n_generators=3", "--n_generators=3: expected a divisor of --batch"),
    (
        "--scheme=info_cycle --group_labels=critic",
        "--group_labels=critic: changes nothing here; it needs --loss=sim, or --critic_loss=sim",
    ),
    (
        "--scheme=info_cycle --conditional_critic --lambda_gt=1 --num_labels=20",
        "--num_labels=20: expected 0 with --conditional_critic: all are looked at",
    ),
    (
        "--scheme=info_cycle --generator=noisy --noisy_layers=64,0",
        "--noisy_layers=.*: expected whole numbers above 0",
    ),
    (
        "--scheme=info_cycle --generator=noisy --width=64",
        "--width=64: changes nothing here; it needs --generator=conv",
    ),
    ("--scheme=info_cycle --objective=no_goal:A", "--objective=no_goal:A: there is no module no_g"),
    ("--gradient_penalty=wgan_gp", "--gradient_penalty=wgan_gp: changes nothing with --lambda_gp"),
    ("--sample_every=3", "--sample_every: this script has --sample_interval instead"),
])  # fmt: skip
def test_bad_flags_are_named(arguments, message):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        with pytest.raises(InputError, match=message) as error:
            script.check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("arguments", [
    "--num_labels=100 --lambda_gt=1",
    "--double_softmax --lambda_label=0 --lambda_gt=1",
    "--critic=patch --loss=sim --critic_loss=sim",
    "--critic=patch --loss=least_squares --critic_loss=sim_whole",
    "--scheme=info_cycle --critic=patch --loss=sim --group_labels=critic --rollout_size=128",
    "--scheme=info_cycle --generator=noisy --batch_norm_epsilon=1e-5",
])  # fmt: skip
def test_flags_that_act_are_taken(arguments):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        script.check()


def test_guided_labels_have_to_be_enough(monkeypatch):
    from amnat.methods.pytorch_gan import flags as pytorch_gan_flags

    labels = (np.arange(120) % 10).astype(np.int32)
    images = np.zeros((120, 32, 32, 1), np.uint8)
    digits = Dataset("digits", "train", images, labels, 10, tuple("0123456789"))
    monkeypatch.setattr(pytorch_gan_flags.data, "load", lambda *_: digits)
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse("--dataset=digits", "--n_classes=4")
        dataset = script.load_data("train")
        assert dataset.num_classes == 10
        script.check_data(dataset)
        parse("--lambda_gt=1")
        with pytest.raises(InputError, match="--n_classes=4: expected at least 10, the classes of"):
            script.check_data(dataset)
        parse("--lambda_gt=0", "--conditional_critic")
        with pytest.raises(InputError, match="--n_classes=4: expected at least 10, .* --condition"):
            script.check_data(dataset)
        parse("--lambda_gt=1", "--n_classes=10", "--num_labels=121")
        with pytest.raises(InputError, match="--num_labels=121: expected"):
            script.check_data(dataset)


@pytest.mark.slow
def test_unguided_labels_resume_exactly(tmp_path):
    output = run_whole_and_resumed(
        NAME, tmp_path, "--lambda_space=3.0", *SMALL,
        "--n_classes=13", "--agreement_interval=60",
        "--strategy=mirrored", "--devices=CPU:0,CPU:1",
    )  # fmt: skip
    assert "labels         purity " in output
    exported = run_script("export.py", f"--run_dir={tmp_path}/infogan_digits")
    assert exported.returncode == 0, exported.stderr
    assert "signatures serving_default, generate\n" in exported.stdout


@pytest.mark.slow
def test_sim_losses_guided_by_a_few_labels_resume_exactly(tmp_path):
    run_whole_and_resumed(
        NAME, tmp_path, "--lambda_space=3.0", *SMALL,
        "--critic=patch", "--loss=sim", "--lambda_gp=1", "--lambda_gt=0.5",
        "--num_labels=20", "--agreement_interval=60", "--space_distance=absolute",
    )  # fmt: skip
    lines = (tmp_path / "infogan_digits" / "labels.csv").read_text().splitlines()
    assert lines[0].endswith(",accuracy") and len(lines) >= 3


@pytest.mark.slow
def test_noise_against_several_batches_resumes_exactly(tmp_path):
    """The run is stopped within a rollout; replicas have one noise on the weights they share."""
    output = run_whole_and_resumed(
        NAME, tmp_path, "--lambda_space=3.0", *(word for word in SMALL if "width=4" not in word),
        "--critic_width=2", "--scheme=info_cycle", "--n_steps=7", "--generator=noisy",
        "--noisy_layers=8", "--n_generators=2", "--n_critics=2", "--c_batch_size=6",
        "--c_train_n_step=2", "--rollout_size=24", "--strategy=mirrored", "--devices=CPU:0,CPU:1",
    )  # fmt: skip
    assert "labels         purity " in output
    exported = run_script("export.py", f"--run_dir={tmp_path}/infogan_digits")
    assert exported.returncode == 0, exported.stderr


@pytest.mark.slow
def test_a_resumed_run_takes_another_learning_rate(tmp_path):
    command = (*SMALL, f"--sResultDir={tmp_path}", "--batch_size=400", "--log_every=1")
    command += ("--steps_per_execution=1",)
    with loaded_script(NAME) as script:
        first = call_script(script, *command)
        assert first.returncode == 0, first.stderr
    with loaded_script(NAME) as script:
        more = ("--n_epochs=2", "--bLoadCheckpoint", "--lr=0.003")
        resumed = call_script(script, *command, *more)
        assert resumed.returncode == 0, resumed.stderr
    run = RunDirectory(tmp_path / "infogan_digits")
    rows = run.read_rows(run.metrics_file)
    assert rows["iteration"] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(rows["klr"], [0.2] * 3 + [3.0] * 3, rtol=1e-6)
    checkpoint = tf.train.load_checkpoint(str(run.checkpoints / "ckpt-6"))
    names = [n for n in checkpoint.get_variable_to_shape_map() if "learning_rate" in n]
    found = [float(checkpoint.get_tensor(name)) for name in names]
    np.testing.assert_allclose(found, [0.003] * 3, rtol=1e-6)
