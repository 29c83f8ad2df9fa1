"""tools/info_cycle_sim_gan.py: the original's command line, errors before training, whole runs."""

from amnat.data import Dataset
from amnat.errors import InputError
from amnat.methods.translator import flags as translator_flags
from amnat.methods.translator.domains import Domains
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import (
    call_script,
    flagfiles_of,
    loaded_script,
    run_script,
    run_whole_and_resumed,
)

NAME = "info_cycle_sim_gan.py"
README_COMMAND = (
    "--dataset_name horse2zebra --img_size 128 --batch_size 32 --latent_dim 196 "
    "--sample_interval 4 --space_dim 8 --postfix blog_simgan128"
)
TINY = (
    *("--img_size=16", "--channels=1", "--width=2", "--critic_width=2", "--n_blocks=1"),
    *("--batch_size=8", "--g_batch_size=4", "--n_steps=2", "--log_every=4", "--sample_interval=2"),
    *("--save_every=4", "--n_samples=3", "--seed=3"),
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


def test_the_originals_command_and_defaults(capsys):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*README_COMMAND.split())
        script.check()
        assert (script.source.kind, script.source.folder_name) == ("folder", "horse2zebra")
        note = "note: --latent_dim=196 has no effect: the number of the critic's patches"
        assert note in capsys.readouterr().err
        values = flags.FLAGS
        assert (values.n_epochs, values.n_classes, values.n_samples) == (200, 2, 12)
        assert (values.lrg, values.lrc, values.lri, values.b1, values.b2) == (2e-4,) * 3 + (
            0.5,
            0.999,
        )
        assert (values.g_batch_size, values.n_steps, values.clip_norm) == (8, 7, 2.0)
        assert translator_flags.n_strided() == 3
        parse("--img_size=28")
        assert translator_flags.n_strided() == 2


@pytest.mark.parametrize("arguments, message", [
    ("--img_size=30", "--img_size=30: expected a multiple of 4, at least 12 with 2 halvings"),
    ("--img_size=8", "--img_size=8: expected a multiple of 4, at least 12"),
    ("--img_size=12", "--img_size=12: expected at least 16 with --loss=sim: a single patch"),
    ("--img_size=28 --n_strided=3", "--img_size=28: expected at least 32 with --loss=sim"),
    ("--channels=2", "--channels=2: expected 1 or 3"),
    ("--n_classes=1", "--n_classes=1: expected at least 2"),
    ("--lrg=0", "--lrg=0.0: expected a number of more than 0"),
    ("--lambda_cycle=-1", "--lambda_cycle=-1.0: expected a number of at least 0"),
    ("--b2=1", "--b2=1.0: expected a number of at least 0 and less than 1"),
    ("--c_batch_size=9", "--c_batch_size=9: expected at most --g_batch_size"),
    ("--g_batch_size=2 --n_classes=3", "--g_batch_size=2: expected at least 3"),
    ("--batch_size=5", "--batch_size=5: expected at least 6, of which a step may take 6"),
    (
        "--objective=adversarial --lambda_cycle=3",
        "--lambda_cycle=3.0: changes nothing with --objective=adversarial",
    ),
    ("--objective=cycles", "--objective=cycles: expected cycle, adversarial or MODULE:CLASS"),
    ("--generator=noisy_residual", "--img_size=64: expected at most 52 with --generator=noisy_re"),
    (
        "--generator=noisy --img_size=28 --width=32",
        "--width=32: changes nothing here; it needs --generator=residual",
    ),
    ("--n_generators=3", "--n_generators=3: expected a divisor of the images of a step"),
    ("--loss=wasserstein --lambda_gp=0", "--lambda_gp=0.0: expected more than 0 with wasserstein"),
    ("--published_slips --g_batch_size=6", "--published_slips=True: expected it with two domains"),
    ("--data_format=NCHW", "--data_format: this script has no such flag"),
    ("--sync_batch_norm", "--sync_batch_norm: this script has no such flag"),
    ("--sample_every=3", "--sample_every: this script has --sample_interval instead"),
    ("--postfix=a/b", "--postfix=a/b: expected a plain name"),
    ("--dataset_name=digits:mirrored", "unknown 'mirrored', expected inverted or coloured"),
])  # fmt: skip
def test_bad_flags_are_named(arguments, message):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        with pytest.raises(InputError, match=message) as error:
            script.check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("arguments, message", [
    (
        "--double_softmax --lambda_label=0 --lambda_gt=0",
        "--double_softmax: changes nothing here; it needs --lambda_label or --lambda_gt above 0",
    ),
    (
        "--lri=0.1 --lambda_label=0 --lambda_gt=0 --lambda_space=0",
        "--lri=0.1: changes nothing here; it needs --lambda_label, --lambda_gt or --lambda_space",
    ),
    (
        "--rollout_mode=replay --n_steps=1",
        "--rollout_mode=replay: changes nothing here; it needs --n_steps above 1",
    ),
    (
        "--loss=sim --critic_loss=sim_whole",
        "--critic_loss=sim_whole: changes nothing here; it needs another loss",
    ),
])  # fmt: skip
def test_flags_that_would_change_nothing_are_refused(arguments, message):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        with pytest.raises(InputError, match=message):
            script.check()


@pytest.mark.parametrize("arguments", [
    "--double_softmax --lambda_label=0",
    "--lri=0.1 --lambda_label=0 --lambda_gt=0",
    "--rollout_mode=pair --n_steps=1",
    "--loss=sim --critic_loss=sim",
    "--loss=least_squares --critic_loss=sim_whole",
])  # fmt: skip
def test_flags_that_act_are_taken(arguments):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse(*arguments.split())
        script.check()


def domains(sizes=(3, 9)):
    labels = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    samples = np.zeros((len(labels), 16, 16, 1), np.uint8)
    return Domains(Dataset("x", "train", samples, labels, len(sizes), tuple("abcd"[: len(sizes)])))


@pytest.mark.parametrize("sizes, arguments, message", [
    ((3, 9, 4), "--batch_size=8", "--n_classes=2: expected 3, the domains of .* (a, b, c)"),
    ((3, 9), "--n_classes=3 --batch_size=8", "--n_classes=3: expected 2, the domains of"),
    ((3, 9), "--batch_size=10", "--batch_size=10: expected at most 9, the images of the largest"),
])  # fmt: skip
def test_domains_that_do_not_fit(sizes, arguments, message):
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse("--dataset_name=digits:inverted", *arguments.split())
        script.domains = domains(sizes)
        with pytest.raises(InputError, match=message.replace("(", r"\(").replace(")", r"\)")):
            script.check_enough(script.domains.data)
            script.check_data(script.domains.data)


def test_epochs_are_those_of_the_largest_domain():
    with loaded_script(NAME) as script, flagsaver.flagsaver():
        parse("--batch_size=4", "--n_epochs=3", "--n_steps=5")
        script.domains = domains()
        # Two rollouts of nine images; the small domain goes around.
        script.check_enough(script.domains.data)
        assert script.num_iterations(script.domains.data) == 3 * 2 * 5


def write_domains(folder, broken=False):
    rng = np.random.default_rng(0)
    for name, count in (("trainA", 9), ("trainB", 17), ("testA", 2), ("testB", 3)):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            shape = (20, 24) if i % 2 else (20, 24, 3)
            pixels = rng.integers(0, 256, shape).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i:02d}.png")
    if broken:
        (folder / "trainB" / "05.png").write_bytes(b"not an image")
    return folder


def test_a_broken_image_stops_before_anything_is_written(tmp_path):
    data = write_domains(tmp_path / "fruit", broken=True)
    finished = run_script(NAME, *TINY, f"--dataset_name={data}", f"--sResultDir={tmp_path}/runs")
    assert finished.returncode == 2
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("info_cycle_sim_gan.py: error: ") and "trainB/05.png': damaged" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_folders_on_two_devices_resume_exactly(tmp_path):
    data = write_domains(tmp_path / "fruit")
    output = run_whole_and_resumed(
        NAME, tmp_path / "runs", "--n_steps=3", *TINY,
        f"--dataset_name={data}", "--n_epochs=3", "--channels=3",
        "--strategy=mirrored", "--devices=CPU:0,CPU:1", "--rollout_mode=replay",
        "--n_generators=2", "--n_critics=2", "--c_batch_size=2", "--c_train_n_step=2",
        "--ema_decay=0.9",
    )  # fmt: skip
    assert "domains        A 9, B 17" in output and "translation    cycle error" in output
    samples = RunDirectory(tmp_path / "runs" / "info_cycle_fruit").samples
    assert {path.name for path in samples.glob("*_0012.png")} == {
        "train_00_0012.png", "translation_00_0012.png", "codes_00_0012.png",
    }  # fmt: skip


@pytest.mark.slow
def test_a_known_transformation_with_scores(tmp_path):
    run_whole_and_resumed(
        NAME, tmp_path / "runs", "--lambda_gp=2.0", *TINY,
        "--dataset_name=digits:inverted",
        "--n_epochs=1", "--batch_size=100", "--n_steps=1", "--score_every=7",
        "--loss=relativistic_least_squares", "--score_samples=100", "--steps_per_execution=2",
    )  # fmt: skip
    run = RunDirectory(tmp_path / "runs" / "info_cycle_digits_inverted")
    rows = run.read_rows(run.path / "translation.csv")
    assert rows["truth_error"] and rows["unchanged_error"][0] > 1
    assert run.read_rows(run.scores_file)["fid"]
    exported = run_script("export.py", f"--run_dir={run.path}")
    assert exported.returncode == 0, exported.stderr
    assert "signatures serving_default, translate" in exported.stdout
    scored = run_script("evaluate.py", f"--samples={run.path}", "--reference=digits")
    assert scored.returncode == 2 and "translates images and draws none" in scored.stderr


@pytest.mark.slow
def test_a_resumed_run_takes_other_learning_rates(tmp_path):
    command = (*TINY, "--dataset_name=digits:inverted", "--batch_size=200", "--n_steps=1")
    command += (f"--sResultDir={tmp_path}", "--log_every=1")
    with loaded_script(NAME) as script:
        first = call_script(script, *command, "--n_epochs=1")
        assert first.returncode == 0, first.stderr
    with loaded_script(NAME) as script:
        rates = ("--lrg=0.003", "--lrc=0.002", "--lri=0.001")
        resumed = call_script(script, *command, "--n_epochs=2", "--bLoadCheckpoint", *rates)
        assert resumed.returncode == 0, resumed.stderr
    run = RunDirectory(tmp_path / "info_cycle_digits_inverted")
    rows = run.read_rows(run.metrics_file)
    assert rows["iteration"] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(rows["klr"], [0.2] * 3 + [3.0] * 3, rtol=1e-6)
    checkpoint = tf.train.load_checkpoint(str(run.checkpoints / "ckpt-6"))
    names = [n for n in checkpoint.get_variable_to_shape_map() if "learning_rate" in n]
    found = sorted(float(checkpoint.get_tensor(name)) for name in names)
    np.testing.assert_allclose(found, [0.001, 0.002, 0.003], rtol=1e-6)
