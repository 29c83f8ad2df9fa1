"""tools/msdistgan.py: the originals' flags and commands, errors, a run, its resume and scores."""

import json
import re
import shutil

from amnat.errors import InputError
from amnat.methods.dist_gan import flags as dist_gan_flags
from amnat.methods.dist_gan.script import LINKS, check_updates
from amnat.training.flags import replay_flags
from amnat.training.main import parse
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import (
    ROOT,
    call_script,
    flagfiles_of,
    loaded_script,
    run_script,
    write_mnist,
)

FLAGFILES = flagfiles_of("msdistgan.py")
# name -> default of the original's msdistgan_cifar.py; None: its default depends on the data here.
ORIGINAL_FLAGS = {
    **{"gpu_id": 0, "is_train": "1", "db_name": "cifar10", "nnet_type": None, "loss_type": None},
    **{"out_dir": "./output/", "data_source": None, "ss_task": 2, "n_steps": None, "k": 2},
    **{"noise_dim": None, "batch_size": 64, "nb_test_real": None, "nb_test_fake": None},
}
# Of every original script: name, flags of the README, then what it sets: n_steps, noise_dim, nnet,
# loss, beta1, widths, lambda_r, lambda_d, lambda_g.
SCRIPTS = [
    ("mnist", "--ss_task=2", 100000, 100, "dcgan", "log", 0.5, (64,) * 3, 1.0, 1.0, 0.1),
    ("mnist1k", "--k=2 --ss_task=2 --is_train=1", 200000, 256)
    + ("dcgan", "log", 0.5, (8, 8, 4), 0.01, 1.0, 1.0),
    ("mnist1k", "--k=4 --ss_task=2", 200000, 256)
    + ("dcgan", "log", 0.5, (8, 8, 2), 0.01, 0.5, 0.2),
    ("mnist1k", "--k=4 --ss_task=1", 200000, 256)
    + ("dcgan", "log", 0.5, (8, 8, 2), 0.01, 0.5, 0.0),
    ("celeba", "--ss_task=2 --is_train=1", 300000, 100)
    + ("dcgan", "log", 0.5, (64,) * 3, 1.0, 1.0, 0.1),
    ("cifar", "--db_name=cifar10 --nnet_type=resnet --loss_type=hinge --ss_task=2 "
     "--data_source=./data/cifar10/ --is_train=1", 300000, 128)
    + ("resnet", "hinge", 0.0, (128,) * 3, 1.0, 0.5, 0.1),
    ("cifar", "--db_name=cifar100 --nnet_type=sngan --loss_type=log --ss_task=2", 300000, 128)
    + ("sngan", "log", 0.5, (64,) * 3, 1.0, 1.0, 0.01),
    ("cifar", "--ss_task=1", 300000, 128, "resnet", "hinge", 0.0, (128,) * 3, 1.0, 0.5, 0.0),
    ("stl10", "--nnet_type=resnet --loss_type=hinge --ss_task=2 --nb_test_real=10000 "
     "--nb_test_fake=10000 --is_train=0", 300000, 128)
    + ("resnet", "hinge", 0.0, (64,) * 3, 1.0, 1.0, 0.01),
    ("stl10", "--nnet_type=sngan --ss_task=2", 300000, 128)
    + ("sngan", "hinge", 0.5, (64,) * 3, 1.0, 0.5, 0.05),
    ("imagenet32", "--nnet_type=resnet --loss_type=hinge --ss_task=2 --is_train=1", 300000, 128)
    + ("resnet", "hinge", 0.0, (128,) * 3, 1.0, 0.5, 0.1),
    ("imagenet32", "--ss_task=0 --nnet_type=dcgan", 300000, 128)
    + ("dcgan", "hinge", 0.5, (64,) * 3, 1.0, 0.0, 0.0),
]  # fmt: skip
SMALL = (
    *("--db_name=mnist-1k", "--k=4", "--ss_task=2", "--n_steps=3", "--batch_size=4"),
    *("--gf_dim=1", "--ef_dim=1", "--df_dim=1", "--noise_dim=4", "--nb_test_fake=8"),
    *("--log_every=1", "--sample_every=2", "--save_every=2", "--tag=small"),
)
FOLDER = "mnist-1k_distgan_dcgan_log_K_4_sstask_2_ld_0.50_lg_0.20_batch_4_niters_3_small"


@pytest.fixture
def script():
    """The script, with its flags defined."""
    with loaded_script("msdistgan.py") as made:
        yield made


def test_flags_of_the_original(script):
    for name, default in ORIGINAL_FLAGS.items():
        assert flags.FLAGS[name].default == default, name


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: f"{case[0]} {case[1][:30]}")
def test_commands_of_the_originals_readme(case):
    name, command, n_steps, noise_dim, family, loss, beta1, widths, *weights = case
    link = ROOT / "tools" / f"msdistgan_{name}.py"
    assert link.is_symlink() and link.resolve() == ROOT / "tools" / "msdistgan.py"
    with loaded_script(link.name) as script, flagsaver.flagsaver():
        assert flags.FLAGS["db_name"].default == LINKS[link.stem]
        parse(["main.py", *command.split()])
        script.check()
        found = dist_gan_flags.settings()
        assert dist_gan_flags.num_steps() == n_steps
        assert dist_gan_flags.latent_size() == noise_dim
        assert (found.family, found.loss_type) == (family, loss)
        assert (found.beta1, found.beta2, found.learning_rate) == (beta1, 0.9, 2e-4)
        assert widths == (
            found.encoder_width,
            found.generator_width,
            found.discriminator_width,
        )
        assert weights == [found.regulariser_weight, found.d_task_weight, found.g_task_weight]
        assert found.penalty_weight == 0.5


def test_every_link_has_its_data_set():
    assert {path.stem for path in (ROOT / "tools").glob("msdistgan_*.py")} == set(LINKS)
    # As a user calls it: the name is that of the link, not of the file behind it.
    done = run_script("msdistgan_stl10.py", "--nnet_type=dcgan")
    assert done.returncode == 2
    assert done.stderr == (
        "msdistgan_stl10.py: error: --nnet_type=dcgan: --db_name=stl10 has resnet, sngan\n"
    )


@pytest.mark.parametrize("path", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_are_valid(script, path):
    with flagsaver.flagsaver():
        parse(["main.py", f"--flagfile={path}"])
        script.check()


def refusal(script, command):
    """The error about a command line's flags, None if they are taken."""
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        try:
            script.check()
        except InputError as error:
            return str(error)
    return None


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--db_name=celeba --nnet_type=resnet", "--nnet_type=resnet.*celeba has dcgan"),
        ("--db_name=stl10 --nnet_type=dcgan", "stl10 has resnet, sngan"),
        ("--db_name=mnist --loss_type=hinge", "--loss_type=hinge.*has log"),
        ("--db_name=mnist-1k --k=3", "--k=3"),
        ("--ss_task=3", "--ss_task=3"),
        ("--batch_size=1", "--batch_size=1.*at least 2"),
        ("--nb_test_fake=1", "--nb_test_fake=1.*at least 2"),
        ("--lambda_p=-1", "--lambda_p"),
        ("--lr=0", "--lr=0.0.*more than 0"),
        ("--beta1=1", "--beta1=1.0.*less than 1"),
        ("--n_steps=0", "--n_steps=0.*at least 1"),
        ("--variant=ssgan --batch_size=6", "--batch_size=6.*four rotations"),
        ("--variant=pytorch_seed --fix_penalty_sign", "--fix_penalty_sign"),
        ("--variant=ssgan --nnet_type=sngan", "--nnet_type=sngan.*ssgan has resnet"),
        ("--variant=ssgan --loss_type=log", "--loss_type=log.*ssgan has hinge"),
        ("--variant=pytorch_seed --loss_type=log", "--loss_type=log.*pytorch_seed has hinge"),
        ("--variant=ssgan --db_name=celeba", "--db_name=celeba.*ssgan has cifar10, .*stl10$"),
        ("--tag=a/b", "--tag"),
    ],
)
def test_bad_flags(script, command, message):
    assert re.search(message, refusal(script, command))


# The first flag of each command would change nothing.
IDLE = [
    ("--lambda_r=2 --variant=pytorch_seed", "--variant=official"),
    ("--lambda_r=2 --variant=ssgan", "--variant=official"),
    ("--lambda_p=2 --variant=ssgan", "--variant other than ssgan"),
    ("--ss_task=1 --variant=ssgan", "--variant other than ssgan"),
    ("--ss_task=0 --variant=ssgan", "--variant other than ssgan"),
    ("--ef_dim=4 --variant=ssgan", "--variant other than ssgan"),
    ("--lambda_d=2 --ss_task=0", "--ss_task above 0"),
    ("--lambda_g=2 --ss_task=0 --variant=pytorch_seed", "--ss_task above 0"),
    ("--ae_recon_lr=1e-3", "--variant=pytorch_seed"),
    ("--ae_reg_lr=0 --variant=ssgan", "--variant=pytorch_seed"),
    ("--n_critic=1", "--variant=ssgan"),
    ("--n_critic=5 --variant=pytorch_seed", "--variant=ssgan"),
    ("--k=4", "--db_name=mnist-1k"),
    ("--k=3 --db_name=mnist", "--db_name=mnist-1k"),
    ("--fix_penalty_sign --loss_type=log", "--loss_type=hinge"),
    # The default loss of these data sets, and the only one.
    ("--fix_penalty_sign --db_name=mnist", "--loss_type=hinge"),
    ("--fix_penalty_sign --lambda_p=0", "--lambda_p above 0"),
    ("--fix_hinge_logits --loss_type=log", "--loss_type=hinge"),
    ("--fix_hinge_logits --nnet_type=dcgan", "--nnet_type other than dcgan"),
    ("--fix_log_weights", "--loss_type=log"),
    ("--fix_log_weights --nnet_type=sngan --loss_type=hinge", "--loss_type=log"),
    *(
        (f"--{fix} --variant={variant}", "--variant=official")
        for fix in (
            *("fix_penalty_sign", "fix_hinge_logits"),
            *("fix_penalty_slope", "fix_log_weights"),
        )
        for variant in ("pytorch_seed", "ssgan")
    ),
    ("--nb_test_real=20 --db_name=mnist-1k", "--db_name other than mnist-1k"),
    ("--nb_test_real=20 --db_name=celeba", "--score_classifier=inception:FILE"),
    ("--nb_test_fake=20 --db_name=celeba", "--score_classifier=inception:FILE"),
    ("--score_metrics=is --db_name=mnist-1k", "--score_every above 0"),
    ("--data_dir=one --data_source=other", "no --data_source"),
    ("--resume --is_train=0", "--is_train=1"),
    ("--auto_resume --is_train=0", "--is_train=1"),
]


@pytest.mark.parametrize(("command", "needs"), IDLE, ids=lambda text: text)
def test_refuses_flags_that_change_nothing(script, command, needs):
    message = refusal(script, command)
    assert message.startswith(command.split(" ")[0].split("=")[0])
    assert "changes nothing" in message and f"it needs {needs}" in message


@pytest.mark.parametrize(
    "command",
    [
        # Of docs/results_ms_gan.md and flags/.
        "--lambda_r=0",
        "--fix_penalty_sign --fix_hinge_logits --fix_penalty_slope",
        "--variant=pytorch_seed --nnet_type=resnet --loss_type=hinge --ef_dim=8",
        "--variant=pytorch_seed --ae_reg_lr=0 --ae_recon_lr=0",
        # What they act on.
        "--variant=pytorch_seed --lambda_p=2 --ss_task=1 --lambda_d=2 --lambda_g=2",
        "--variant=ssgan --n_critic=1 --lambda_d=2 --lambda_g=2",
        "--nnet_type=sngan --fix_hinge_logits --beta1=0.9 --beta2=0.99",
        "--loss_type=log --fix_log_weights --fix_penalty_slope",
        "--db_name=celeba --fix_log_weights --lambda_p=2 --lambda_r=2",
        "--db_name=mnist-1k --k=4 --score_metrics=is --score_every=10",
        # Values that are the defaults.
        "--variant=ssgan --ss_task=2 --k=2 --nofix_penalty_sign",
        "--n_critic=2 --db_name=celeba --score_metrics=fid --noresume --is_train=0",
    ],
)
def test_takes_flags_that_act_and_defaults(script, command):
    assert refusal(script, command) is None


@pytest.mark.parametrize(
    ("variant", "kind"),
    [
        ("--variant=official --ef_dim=2", "DistGAN"),
        ("--variant=pytorch_seed --ef_dim=2", "SeedDistGAN"),
        ("--variant=ssgan --n_critic=1", "SSGAN"),
    ],
)
def test_variants(script, variant, kind):
    command = f"{variant} --gf_dim=2 --df_dim=4 --noise_dim=4 --n_steps=10 --batch_size=4"
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        script.check()
        import tensorflow as tf

        class Images:
            sample_shape = (32, 32, 3)

        model = script.build_model(Images)
        assert type(model).__name__ == kind
        shape = [4 * model.batches_per_iteration, 32, 32, 3]
        images = tf.random.stateless_uniform(shape, [0, 1], -1.0, 1.0)
        before = [variable.numpy() for variable in model.trainable_variables]
        logs = model.train_step((images, tf.zeros([len(images)], tf.int32)))
        assert all(np.isfinite(float(value)) for value in logs.values())
        changed = [
            not np.array_equal(old, new.numpy())
            for old, new in zip(before, model.trainable_variables, strict=True)
        ]
        # Biases in front of a batch norm have no gradient but rounding.
        assert np.mean(changed) > 0.8


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    """MNIST files of a few images."""
    return write_mnist(tmp_path_factory.mktemp("mnist"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, data_folder):
    """A finished run."""
    out = tmp_path_factory.mktemp("out")
    arguments = [*SMALL, f"--out_dir={out}", f"--data_source={data_folder}"]
    with loaded_script("msdistgan.py") as script:
        done = call_script(script, *arguments)
    assert done.returncode == 0, done.stderr
    return out, arguments, done


def test_a_run(finished):
    out, _, done = finished
    run = RunDirectory(out / FOLDER)
    # As in the original, one iteration more than asked for.
    assert checkpoint_iterations(run.checkpoints) == [2, 4]
    assert "modes_found" in done.stdout
    scores = json.loads((run.path / "final_scores.json").read_text())
    assert scores["results"]["num_modes"] == 1000 and scores["samples"]["count"] == 8
    codes = json.loads((run.path / "encoder_latents.json").read_text())
    assert codes["iteration"] == 4 and codes["stddev"] > 0
    assert (run.plots / "encoder_latents.png").exists()
    names = set(run.read_rows(run.metrics_file))
    assert {"loss_enc_recon", "loss_enc_reg", "loss_dis_task", "loss_gen_task"} <= names


def test_errors_about_a_run_name_the_scripts_own_flags(script, finished):
    out, arguments, _ = finished
    done = call_script(script, *arguments)
    assert done.returncode == 2
    assert "add --resume to resume it" in done.stderr and "another --tag" in done.stderr
    done = call_script(script, *arguments, "--resume", "--lambda_p=3")
    assert done.returncode == 2 and "--lambda_p=3.0: the run in" in done.stderr
    assert "start another run with --tag" in done.stderr
    done = call_script(script, *arguments, "--resume", "--tag=other")
    assert done.returncode == 2 and done.stderr.startswith("msdistgan.py: error: --resume: no ")
    done = call_script(script, *SMALL, f"--out_dir={out / FOLDER / 'flags.txt'}", arguments[-1])
    assert done.returncode == 2 and "--out_dir: " in done.stderr


def cut_run(out, folder):
    """A copy of the finished run in a folder, as if it had been stopped after iteration 2."""
    shutil.copytree(out, folder, dirs_exist_ok=True)
    cut = RunDirectory(folder / FOLDER)
    for file in cut.checkpoints.glob("ckpt-4*"):
        file.unlink()
    return cut


@pytest.mark.slow
def test_a_run_goes_on_with_another_learning_rate(script, finished, tmp_path):
    out, arguments, _ = finished
    cut = cut_run(out, tmp_path)
    arguments = [*arguments, f"--out_dir={tmp_path}", "--resume", "--lr=0.01", "--beta2=0.5"]
    done = call_script(script, *arguments)
    assert done.returncode == 0, done.stderr
    rates = cut.read_rows(cut.metrics_file)["klr"]
    np.testing.assert_allclose(rates, [0.2, 0.2, 10, 10], rtol=1e-6)
    import tensorflow as tf

    whole = RunDirectory(out / FOLDER)
    one, other = (tf.train.load_checkpoint(str(run.checkpoints / "ckpt-4")) for run in (whole, cut))
    moved = [
        np.abs(one.get_tensor(name) - other.get_tensor(name)).max()
        for name in one.get_variable_to_shape_map()
        if name.startswith("model/generator/") and "OPTIMIZER_SLOT" not in name
    ]
    # Two updates of Adam, each of about the rate.
    assert max(moved) > 0.01


def test_a_resumed_run_keeps_its_updates(script, tmp_path):
    run = RunDirectory(tmp_path)
    run.flags_file.write_text("--ae_recon_lr=0.0\n")
    with flagsaver.flagsaver():
        parse(["main.py", "--variant=pytorch_seed", "--ae_recon_lr=0", "--ae_reg_lr=1e-5"])
        check_updates(run)
        flags.FLAGS.ae_recon_lr = None
        with pytest.raises(InputError, match="--ae_recon_lr=0.0001: the run in .* has 0 "):
            check_updates(run)
        flags.FLAGS.ae_recon_lr, flags.FLAGS.ae_reg_lr = 0.0, 0.0
        with pytest.raises(InputError, match="--ae_reg_lr=0: the run in .* has 0.0001 "):
            check_updates(run)


@pytest.mark.parametrize("command, expected, absent", [
    (
        "--db_name=cifar10",
        "nnet_type=resnet loss_type=hinge lambda_p=0.5 lambda_r=1.0 lambda_d=0.5 lambda_g=0.1 "
        "ef_dim=128 gf_dim=128 df_dim=128 noise_dim=128 n_steps=300000 lr=0.0002 beta1=0.0",
        "k n_critic ae_recon_lr",
    ),
    ("--db_name=mnist-1k --k=4", "k=4 df_dim=2 noise_dim=256 n_steps=200000", "n_critic"),
    ("--variant=ssgan", "n_critic=2", "k lambda_p lambda_r ef_dim ss_task"),
    ("--variant=pytorch_seed --ae_reg_lr=0", "ae_recon_lr=0.0001 ae_reg_lr=0.0", "lambda_r"),
])  # fmt: skip
def test_a_dry_run_prints_what_acts(script, command, expected, absent):
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        script.check()
        lines = replay_flags(script.__file__, script.effective)
        # Records stay as they are.
        assert "--k" in {line.partition("=")[0] for line in replay_flags(script.__file__)}
    assert {f"--{text}" for text in expected.split()} <= set(lines)
    assert not {f"--{name}" for name in absent.split()} & {x.partition("=")[0] for x in lines}


def test_a_dry_run_says_what_would_be_scored(script, finished):
    out, arguments, _ = finished
    done = call_script(script, *arguments, "--is_train=0", "--dry_run")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"run directory  {out / FOLDER}\nto be scored   8 samples at iteration 4\n"
    )


@pytest.mark.slow
def test_a_resumed_run_equals_one_that_never_stopped(finished, tmp_path):
    out, arguments, _ = finished
    whole, cut = RunDirectory(out / FOLDER), cut_run(out, tmp_path)
    done = run_script("msdistgan.py", *arguments, f"--out_dir={tmp_path}", "--resume")
    assert done.returncode == 0, done.stderr
    import tensorflow as tf

    one, other = (tf.train.load_checkpoint(str(run.checkpoints / "ckpt-4")) for run in (whole, cut))
    for name in one.get_variable_to_shape_map():
        if "save_counter" not in name and "OBJECT_GRAPH" not in name:
            np.testing.assert_array_equal(one.get_tensor(name), other.get_tensor(name), name)


@pytest.mark.slow
def test_a_finished_run_is_scored_again(finished):
    out, arguments, _ = finished
    path = out / FOLDER / "final_scores.json"
    before = path.read_text()
    path.unlink()
    done = run_script("msdistgan.py", *arguments, "--is_train=0")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == before
