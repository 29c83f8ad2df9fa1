"""tools/msgan_pytorch.py: the flags and the command of msgan.pytorch, errors, a run."""

import math
import shlex

from amnat.data import load
from amnat.errors import InputError
from amnat.layers import BatchStatisticsNormalization, Conv2D, Dense
from amnat.methods.dist_gan import pytorch_flags, validation
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.pytorch_initial import initial_kernel, initialize
from amnat.methods.dist_gan.settings import INIT_TYPES
from amnat.training.main import parse
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from quarter_means import Means
from script_runs import call_script, loaded_script

# Of cfg.py: name, default.
ORIGINAL_FLAGS = {
    **{"max_epoch": 200, "num_iter": None, "train_batch_size": 64, "g_lr": 1e-4, "d_lr": 1e-4},
    **{"ae_recon_lr": 1e-4, "ae_reg_lr": 1e-4, "lambda_d": 0.5, "lambda_g": 0.1, "beta1": 0.0},
    **{"beta2": 0.9, "num_workers": 8, "latent_dim": 128, "img_size": 32, "channels": 3},
    **{"val_freq": 3, "print_freq": 10, "dataset": "cifar10", "data_path": "./data"},
    **{"init_type": "normal", "gf_dim": 256, "df_dim": 128, "ef_dim": 256},
    **{"eval_batch_size": 200, "num_eval_imgs": 10000, "bottom_width": 4, "random_seed": 12345},
    # The original has no default for it, and refuses to start without a name.
    **{"exp_name": "msgan_pytorch"},
    # Another name of --resume.
    **{"load_path": False},
}
# exps/mdistgan_cifar10.sh, after the name of its script.
COMMAND = """-train_bs 64 --dataset cifar10 --bottom_width 4 --img_size 32 --num_iter 300000
--latent_dim 128 --gf_dim 256 --df_dim 128 --ef_dim 256 --g_lr 0.0001 --d_lr 0.0001
--ae_recon_lr 0.0001 --ae_reg_lr 0.0001 --lambda_d 0.5 --lambda_g 0.1 --beta1 0.0 --beta2 0.9
--init_type xavier_uniform --val_freq 3 --num_workers 8 --exp_name mdistgan"""
SMALL = (
    *("--dataset=DIGITS", "--gf_dim=2", "--ef_dim=2", "--df_dim=1", "--latent_dim=4"),
    *("--train_bs=16", "--num_eval_imgs=20", "--eval_batch_size=10", "--exp_name=small"),
    *("--print_freq=1", "--sample_every=2", "--save_every=2", "--channels=1"),
)


@pytest.fixture
def script():
    with loaded_script("msgan_pytorch.py") as made:
        yield made


def test_flags_of_the_original(script):
    assert len(ORIGINAL_FLAGS) == 29
    for name, default in ORIGINAL_FLAGS.items():
        assert flags.FLAGS[name].default == default, name
    assert flags.FLAGS["train_bs"] is flags.FLAGS["train_batch_size"]


def test_the_command_of_the_original(script):
    with flagsaver.flagsaver():
        parse(["main.py", *shlex.split(COMMAND)])
        script.check()
        assert (flags.FLAGS.seed, flags.FLAGS.log_every, flags.FLAGS.score_every) == (12345, 10, 0)
        assert script.run_name().startswith("mdistgan_20")
        assert script.run_folder().parent.name == "logs"
        # 782 batches of 50,000 images, the last one incomplete: 384 epochs.
        data = type("Data", (), {"num_samples": 50000})
        assert pytorch_flags.epoch_length(data) == 782
        assert pytorch_flags.num_steps(data) == 300000
        assert pytorch_flags.num_iterations(data) == 384 * 782
        flags.FLAGS.fix_num_iter = True
        assert pytorch_flags.num_iterations(data) == 300000
        flags.FLAGS.fix_num_iter, flags.FLAGS.num_iter = False, None
        assert pytorch_flags.num_iterations(data) == pytorch_flags.num_steps(data) == 200 * 782


def test_a_flag_without_an_effect_says_so(script, capsys):
    with flagsaver.flagsaver():
        parse(["main.py", "--num_workers=2"])
        script.check()
    assert "--num_workers=2 has no effect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--img_size=64", "--img_size=64: expected 32"),
        ("--bottom_width=6", "--bottom_width=6: expected 4, an eighth of 32"),
        ("--channels=2", "--channels=2: expected 1 or 3"),
        ("--gf_dim=7", "--gf_dim=7: expected an even number"),
        ("--num_iter=5 --max_epoch=3", "--max_epoch=3: changes nothing with --num_iter=5"),
        ("--fix_num_iter", "--fix_num_iter: changes nothing"),
        ("--dataset=cifar11", "--dataset: unknown data set 'cifar11'"),
        ("--dataset=toy", "--dataset=toy: expected a data set of images"),
        ("--seed=3", "--seed: this script has --random_seed instead"),
        ("--score_every=3", "--score_every: this script has --val_freq instead"),
        ("--fid_stat=gone.npz", "--fid_stat=gone.npz: no such file"),
        ("--exp_name=a/b", "--exp_name=a/b: expected a plain name"),
        ("--strategy=multi_worker", "--strategy=multi_worker: expected none"),
        ("--val_freq=0", "--val_freq=0"),
    ],
)
def test_bad_flags(script, command, message):
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        with pytest.raises(InputError, match=message):
            script.check()


@pytest.mark.parametrize("kind", INIT_TYPES)
def test_initial_kernels(kind):
    shape = (3, 3, 16, 64)
    kernel = initial_kernel(shape, kind, np.random.default_rng(0), is_conv=True)
    flat = kernel.reshape(-1, 64)
    if kind == "orth":
        np.testing.assert_allclose(flat.T @ flat, np.eye(64), atol=1e-12)
        wide = initial_kernel((1, 1, 4, 9), kind, np.random.default_rng(0), True).reshape(4, 9)
        np.testing.assert_allclose(wide @ wide.T, np.eye(4), atol=1e-12)
    elif kind == "normal":
        assert abs(kernel.std() - 0.02) < 5e-4 and kernel.max() > 0.06
    else:
        reach = 1 / math.sqrt(144) if kind == "false" else math.sqrt(6 / (144 + 9 * 64))
        assert 0.99 * reach < np.abs(kernel).max() <= reach
        assert abs(kernel.std() - reach / math.sqrt(3)) < 0.01 * reach
    dense = initial_kernel((100, 50), kind, np.random.default_rng(0), is_conv=False)
    assert 0.099 < np.abs(dense).max() <= 0.1


def test_every_layer_is_initialized():
    plan = Plan("resnet", (32, 32, 3), 8, 2, 2, 4, num_classes=5, variant="pytorch_seed")
    networks = plan.encoder(), plan.generator(), plan.discriminator()
    initialize(networks, "normal", 3)
    seen = []
    for network in networks:
        for layer in network.submodules:
            if isinstance(layer, Conv2D):
                seen.append(layer.w.numpy().ravel()[:4])
                reach = 1 / math.sqrt(math.prod(layer.w.shape[:-1]))
                assert 0 < np.abs(layer.b).max() <= reach
            elif isinstance(layer, Dense):
                assert layer.b is None or np.abs(layer.b).max() > 0
            elif isinstance(layer, BatchStatisticsNormalization):
                assert 0 < np.abs(layer.scale.numpy() - 1).max() < 0.1
                assert not layer.offset.numpy().any()
    # No two layers have the same draws.
    assert len(np.unique(np.round(seen, 9), axis=0)) == len(seen)
    before = [network.get_weights() for network in networks]
    initialize(networks, "normal", 3)
    for old, network in zip(before, networks, strict=True):
        for one, other in zip(old, network.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.fixture
def quick(monkeypatch):
    """A classifier that needs no training, and few images."""
    identity = {"kind": "means", "sha256": "1"}
    monkeypatch.setattr(validation, "open_classifier", lambda *_: (Means(), dict(identity)))
    images = load("digits").subset(slice(0, 32))
    monkeypatch.setattr(pytorch_flags, "load_data", lambda split: images)


@pytest.mark.usefixtures("quick")
def test_the_model_that_it_builds(script):
    """Each player has its own rate, which falls to 0 after half of the iterations."""
    rates = "--ae_recon_lr=1e-5 --ae_reg_lr=2e-5 --d_lr=3e-5 --g_lr=4e-5 --beta1=0.25"
    with flagsaver.flagsaver():
        parse(["main.py", *SMALL, *rates.split(), "--lambda_d=0.75", "--num_iter=100"])
        script.check()
        dataset = script.load_data("train")
        model = script.build_model(dataset)
        script.start_model(model, dataset)
    names = ("reconstruction", "regulariser", "d", "g")
    optimizers = [getattr(model, f"{name}_optimizer") for name in names]
    for iteration, factor in ((0, 1), (50, 1), (75, 0.5), (100, 0)):
        model.iteration.assign(iteration)
        found = [float(each._decayed_lr("float32")) for each in optimizers]
        np.testing.assert_allclose(found, factor * np.array([1e-5, 2e-5, 3e-5, 4e-5]), rtol=1e-5)
    assert model.objective.ss_task == 2 and model.objective.num_iterations == 100
    assert (model.objective.d_task_weight, model.objective.g_task_weight) == (0.75, 0.1)
    assert model.generator.blocks[0].conv1.w.shape[-1] == 2
    assert model.discriminator.blocks[0].conv1.w.shape[-1] == 1
    assert np.abs(model.generator.norm.scale.numpy() - 1).max() > 0


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_run_and_its_resume(script, tmp_path):
    arguments = (*SMALL, f"--result_dir={tmp_path}", "--val_freq=1", "--max_epoch=2")
    done = call_script(script, *arguments)
    assert done.returncode == 0, done.stderr
    assert "best FID     " in done.stdout
    (folder,) = (path for path in tmp_path.glob("small_20*"))
    run = RunDirectory(folder)
    # Two epochs of two batches, each validated: after the second one, which is also the end.
    assert checkpoint_iterations(run.checkpoints) == [2, 4]
    assert run.read_rows(run.scores_file)["iteration"] == [4]
    assert checkpoint_iterations(folder / "best" / "checkpoint") == [4]
    names = {path.name for path in run.samples.iterdir()}
    assert {"reconstructed_00_0004.png", "rotated_00_0004.png", "mixed_00_0004.png"} <= names
    assert {"auto_encoder.png", "encoder_latents.png"} <= {p.name for p in run.plots.iterdir()}
    for file in run.checkpoints.glob("ckpt-4*"):
        file.unlink()
    before = run.read_rows(run.metrics_file)["loss_dis_total"]
    # By the original's name of --resume, and as the newest run of the experiment.
    for given in (f"--load_path={folder}", f"--result_dir={tmp_path}"):
        extra = () if given.startswith("--load") else (*arguments, "--auto_resume")
        done = call_script(script, *extra, given)
        script._name = ""
        assert done.returncode == 0, done.stderr
        np.testing.assert_allclose(run.read_rows(run.metrics_file)["loss_dis_total"], before)
    assert len(list(tmp_path.glob("small_20*"))) == 1


@pytest.fixture
def with_best(tmp_path):
    """The files of a run with a best checkpoint that tell what it is."""
    best = tmp_path / "small_2020_01_01_00_00_00" / "best"
    (best / "checkpoint").mkdir(parents=True)
    for folder in (best.parent, best):
        (folder / "flags.txt").write_text(
            "#     python tools/msgan_pytorch.py --flagfile=THIS_FILE\n"
        )
    (best / "best.json").write_text('{"iteration": 2, "fid": 3.0}\n')
    return best


@pytest.mark.parametrize("typed", [["--load_path"], ["--resume"], ["--load_path=a", "--resume"]])
def test_errors_name_the_flag_that_was_typed(script, typed, tmp_path):
    done = call_script(script, *typed, tmp_path / "none")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert f"error: {typed[-1]}={tmp_path / 'none'}: no such folder" in line


def test_the_best_checkpoint_is_not_resumed(script, with_best):
    before = sorted(with_best.rglob("*"))
    for flag in ("--load_path", "--resume"):
        done = call_script(script, flag, with_best)
        (line,) = done.stderr.splitlines()
        assert done.returncode == 2 and f"error: {flag}={with_best}: holds the best" in line
        assert line.endswith(f"give the run, {with_best.parent}")
    assert sorted(with_best.rglob("*")) == before
