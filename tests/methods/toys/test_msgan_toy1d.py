"""tools/msgan_pytorch_toy1d.py: the flags of the original, errors, the networks, a short run."""

import csv

from amnat.errors import InputError
from amnat.training.main import parse

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import call_script, loaded_script

NAME = "msgan_pytorch_toy1d.py"
# Of distgan_toy1d/train.py.
ORIGINAL_FLAGS = {
    **{"train_batch_size": 64, "beta1": 0.5, "beta2": 0.9, "g_lr": 0.001, "d_lr": 0.001},
    **{"ae_recon_lr": 0.001, "ae_reg_lr": 0.001, "print_freq": 100, "inter_gif": 50},
    # The original's is the folder of its script.
    **{"save_path": None},
}


@pytest.fixture
def script():
    with loaded_script(NAME) as made:
        yield made


def test_flags_of_the_original(script):
    for name, default in ORIGINAL_FLAGS.items():
        assert flags.FLAGS[name].default == default, name
    with flagsaver.flagsaver():
        parse(["main.py", "-train_bs", "32"])
        assert flags.FLAGS.train_batch_size == 32


def test_what_it_refuses(script, tmp_path):
    (tmp_path / "wgangp.gif").write_text("")
    for command, message in (
        (f"--save_path={tmp_path / 'wgangp.gif'}", "is a file, expected a folder"),
        ("--log_every=3", "--log_every: this script has --print_freq instead"),
        ("--g_lr=0", "--g_lr=0.0: .*more than 0"),
        ("--num_iter=0", "--num_iter=0"),
    ):
        with flagsaver.flagsaver():
            parse(["main.py", command])
            with pytest.raises(InputError, match=message):
                script.check()


def test_wgan_gp_goes_on_with_the_same_networks(script):
    with flagsaver.flagsaver():
        parse(["main.py", "--seed=3", "--d_lr=0.002", "--ae_reg_lr=0.003"])
        first, second = script.build_models().values()
        assert second.generator is first.generator and second.g_optimizer is first.g_optimizer
        assert second.discriminator is first.discriminator
        names = ("a_optimizer", "l_optimizer", "d_optimizer", "g_optimizer")
        rates = [float(getattr(first, name).learning_rate) for name in names]
        np.testing.assert_allclose(rates, [0.001, 0.003, 0.002, 0.001], rtol=1e-6)
        # PyTorch's initial weights: within 1 of one input, within a half of four.
        for network in (first.generator, first.discriminator, first.encoder):
            hidden, end = network.dense_layers
            for layer, reach in ((hidden, 1.0), (end, 0.5)):
                for values in (layer.w.numpy(), layer.b.numpy()):
                    assert 0 < np.abs(values).max() <= reach
        flags.FLAGS.fix_fresh_networks = True
        first, second = script.build_models().values()
        assert second.generator is not first.generator


def test_a_run(script, tmp_path):
    arguments = (
        "--num_iter=5",
        "--print_freq=2",
        "--inter_gif=2",
        "--report",
        f"--result_dir={tmp_path / 'a'}",
    )
    done = call_script(script, *arguments, f"--save_path={tmp_path / 'gifs'}")
    assert done.returncode == 0, done.stderr
    columns = {
        "distgan": [f"Dist-GAN {name}" for name in ("recon", "reg", "D", "G")],
        "wgangp": ["WGAN-GP D", "WGAN-GP G"],
    }
    for name, expected in columns.items():
        rows = list(csv.reader((tmp_path / "a" / name / "losses.csv").open()))
        assert rows[0] == ["step", *expected] and [row[0] for row in rows[1:]] == ["0", "2", "4"]
        with Image.open(tmp_path / "gifs" / f"{name}.gif") as animation:
            assert animation.n_frames == 3 and animation.info["duration"] == 70
        page = (tmp_path / "a" / name / "report.html").read_text()
        assert expected[0] in page
    assert done.stdout.count("generated mean") == 2
    # Another run with the same folder for its animations keeps those that are there.
    arguments = (*arguments[:-2], f"--result_dir={tmp_path / 'b'}")
    again = call_script(script, *arguments, f"--save_path={tmp_path / 'gifs'}")
    assert again.returncode == 0, again.stderr
    assert f"the earlier animation is kept as {tmp_path / 'gifs' / 'distgan.1.gif'}" in again.stdout
    names = {f"{name}{number}.gif" for name in columns for number in ("", ".1")}
    assert {path.name for path in (tmp_path / "gifs").iterdir()} == names
    taken = call_script(script, *arguments)
    assert taken.returncode == 2 and "exists already" in taken.stderr
