"""tools/infogan.py: flags, errors before training, whole runs."""

from amnat.data import Dataset
from amnat.errors import InputError

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import flagfiles_of, loaded_script, run_script, run_whole_and_resumed

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
            script.check_flags()
            assert f"{flags.FLAGS.sResultTag}_{flags.FLAGS.dataset}" == path.stem


def test_defaults_are_the_originals():
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse()
        script.check_flags()
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
    ("--num_labels=100", "--num_labels=100: expected --lambda_gt with it"),
    ("--lambda_gt=-1", "--lambda_gt=-1.0: expected a number of at least 0"),
    ("--data_format=NCHW", "--data_format=NCHW: expected NHWC"),
    ("--sample_every=3", "--sample_every: this script has --sample_interval instead"),
])  # fmt: skip
def test_bad_flags_are_named(arguments, message):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        with pytest.raises(InputError, match=message) as error:
            script.check_flags()
    assert "\n" not in str(error.value)


def test_guided_labels_have_to_be_enough(monkeypatch):
    from amnat.methods.pytorch_gan import flags as pytorch_gan_flags

    labels = (np.arange(120) % 10).astype(np.int32)
    images = np.zeros((120, 32, 32, 1), np.uint8)
    digits = Dataset("digits", "train", images, labels, 10, tuple("0123456789"))
    monkeypatch.setattr(pytorch_gan_flags.data, "load", lambda *_: digits)
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse("--dataset=digits", "--n_classes=4")
        assert script.load_data("train").num_classes == 10
        parse("--lambda_gt=1")
        with pytest.raises(InputError, match="--n_classes=4: expected at least 10, the classes of"):
            script.load_data("train")


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
