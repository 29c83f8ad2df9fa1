"""tools/msdistgan.py: the originals' flags and commands, errors, a run, its resume and scores."""

import json
import shutil

from amnat.errors import InputError
from amnat.training import flags as flag_defs
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


@pytest.fixture(scope="module")
def script():
    """The script as a module, with its flags defined."""
    with loaded_script("msdistgan.py") as module:
        yield module


def test_flags_of_the_original(script):
    for name, default in ORIGINAL_FLAGS.items():
        assert flags.FLAGS[name].default == default, name


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: f"{case[0]} {case[1][:30]}")
def test_commands_of_the_originals_readme(script, case):
    name, command, n_steps, noise_dim, family, loss, beta1, widths, *weights = case
    link = ROOT / "tools" / f"msdistgan_{name}.py"
    assert link.resolve() == ROOT / "tools" / "msdistgan.py"
    db_name = script.LINKS[link.stem]
    with flagsaver.flagsaver(db_name=db_name):
        flag_defs.parse(["main.py", *command.split()])
        found = script.check_flags()
        assert (script.num_steps(), script.latent_size()) == (n_steps, noise_dim)
        assert (found.family, found.loss_type) == (family, loss)
        assert (found.beta1, found.beta2, found.learning_rate) == (beta1, 0.9, 2e-4)
        assert widths == (
            found.encoder_width,
            found.generator_width,
            found.discriminator_width,
        )
        assert weights == [found.regulariser_weight, found.d_task_weight, found.g_task_weight]
        assert found.penalty_weight == 0.5


@pytest.mark.parametrize("path", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_are_valid(script, path):
    with flagsaver.flagsaver():
        flag_defs.parse(["main.py", f"--flagfile={path}"])
        script.check_flags()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--db_name=celeba --nnet_type=resnet", "--nnet_type=resnet.*celeba has dcgan"),
        ("--db_name=stl10 --nnet_type=dcgan", "stl10 has resnet, sngan"),
        ("--db_name=mnist --loss_type=hinge", "--loss_type=hinge.*has log"),
        ("--db_name=mnist-1k --k=3", "--k=3"),
        ("--ss_task=3", "--ss_task=3"),
        ("--batch_size=1", "--batch_size=1.*at least 2"),
        ("--lambda_p=-1", "--lambda_p"),
        ("--variant=ssgan --batch_size=6", "--batch_size=6.*four rotations"),
        ("--variant=pytorch_seed --fix_penalty_sign", "--fix_penalty_sign"),
        ("--variant=ssgan --nnet_type=sngan", "--nnet_type=sngan"),
        ("--tag=a/b", "--tag"),
    ],
)
def test_bad_flags(script, command, message):
    with flagsaver.flagsaver():
        flag_defs.parse(["main.py", *command.split()])
        with pytest.raises(InputError, match=message):
            script.check_flags()


@pytest.mark.parametrize(
    ("variant", "kind"),
    [("official", "DistGAN"), ("pytorch_seed", "SeedDistGAN"), ("ssgan", "SSGAN")],
)
def test_variants(script, variant, kind):
    command = f"--variant={variant} --gf_dim=2 --df_dim=4 --ef_dim=2 --noise_dim=4 --n_steps=10"
    with flagsaver.flagsaver():
        flag_defs.parse(["main.py", *command.split(), "--batch_size=4", "--n_critic=1"])
        found = script.check_flags()
        import tensorflow as tf

        class Images:
            sample_shape = (32, 32, 3)

        model = script.build_model(found, Images)
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
def finished(script, tmp_path_factory, data_folder):
    """A finished run."""
    out = tmp_path_factory.mktemp("out")
    arguments = [*SMALL, f"--out_dir={out}", f"--data_source={data_folder}"]
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


@pytest.mark.slow
def test_a_resumed_run_equals_one_that_never_stopped(finished, tmp_path):
    out, arguments, _ = finished
    whole = RunDirectory(out / FOLDER)
    shutil.copytree(whole.path, tmp_path / FOLDER)
    cut = RunDirectory(tmp_path / FOLDER)
    for file in cut.checkpoints.glob("ckpt-4*"):
        file.unlink()
    arguments = [word for word in arguments if not word.startswith("--out_dir")]
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
