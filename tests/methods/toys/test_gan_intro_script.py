"""tools/gan_intro.py and tools/nat_2d.py: the original's flags, errors, and small runs."""

import csv
import types

from amnat.errors import InputError
from amnat.methods.toys import gaussian_1d, toy_run

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import call_script, loaded_script, run_script

# Of the original's gan.py, with dashes.
ORIGINAL_FLAGS = {
    "num-steps": 5000,
    "hidden-size": 4,
    "batch-size": 8,
    "minibatch": False,
    "log-every": 10,
    "anim-path": None,
    "anim-every": 1,
}


@pytest.fixture(scope="module")
def script():
    # The script changes defaults of shared flags, which other tests rely on.
    with flagsaver.flagsaver(), loaded_script("gan_intro.py") as loaded:
        flags.FLAGS(["gan_intro.py"])
        yield loaded


def test_flags_of_the_original(script):
    for name, default in ORIGINAL_FLAGS.items():
        assert flags.FLAGS[name.replace("-", "_")].default == default
        assert script.arguments([f"--{name}=5"]) == [f"--{name.replace('-', '_')}=5"]
    assert script.arguments(["--num-steps", "5", "a-b", "--no-such"]) == [
        *("--num_steps", "5", "a-b", "--no-such")
    ]


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"batch_size": 0}, "--batch_size=0: expected at least 1"),
        ({"batch_size": 1, "minibatch": True}, "at least 2 with --minibatch"),
        ({"negatives": "13"}, "found '13', expected MEAN:STDDEV"),
        ({"negative_weight": float("nan")}, "--negative_weight=nan: expected a number"),
        ({"anim_path": "a.avi"}, "expected a name that ends in"),
    ],
)
def test_bad_flags(script, changed, message):
    with flagsaver.flagsaver(**changed), pytest.raises(InputError, match=message):
        script.check()


def test_plain_or_negative_aware(script):
    negatives = gaussian_1d.NEGATIVES
    assert list(script.panels()) == ["GAN"]
    with flagsaver.flagsaver(negatives="13:1,-6:2"):
        assert script.panels() == {"NAT-GAN": negatives}
    with flagsaver.flagsaver(negatives="13:1,-6:2", compare=True):
        assert script.panels() == {"GAN": (), "NAT-GAN": negatives}


def test_a_folder_with_a_run_in_it_is_refused(tmp_path):
    (tmp_path / "losses.csv").touch()
    with pytest.raises(InputError, match="--result_dir=.*: exists already; choose another folder"):
        toy_run.open_folder(tmp_path)
    with pytest.raises(InputError, match="losses.csv is not a writable folder"):
        toy_run.open_folder(tmp_path / "losses.csv" / "run")
    assert toy_run.open_folder(tmp_path / "new") == tmp_path / "new"


def test_a_run_is_done_again_with_its_own_flags_only(script, tmp_path):
    again = ("--auto_resume", f"--result_dir={tmp_path}")
    (tmp_path / "flags.txt").write_text("--num_steps=6\n")
    done = call_script(script, *again, "--num-steps=7")
    assert done.returncode == 2 and "holds a run with other flags" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["flags.txt"]


def test_warns_of_a_dead_run(capsys):
    model = types.SimpleNamespace(clamp_log=True)
    toy_run._warn_of_dead({"GAN": model, "NAT-GAN": model}, [1.2, 0.8, 11.5129, 0.0])
    assert capsys.readouterr().err.startswith("warning: NAT-GAN ended at the clamp")


def test_side_by_side_run(tmp_path):
    arguments = ("--num-steps", 6, "--log_every=3", "--minibatch", "--negatives=13:1,-6:2")
    folder, gif = tmp_path / "run", tmp_path / "both.gif"
    arguments += ("--compare", f"--result_dir={folder}", "--anim-path", gif, "--anim-every=3")
    done = run_script("gan_intro.py", *arguments)
    assert done.returncode == 0, done.stderr
    with open(folder / "losses.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["step", "GAN D", "GAN G", "NAT-GAN D", "NAT-GAN G"]
    assert [row[0] for row in rows] == ["0", "3", "6"]
    assert "\n6: " in done.stdout and "NAT-GAN    generated mean" in done.stdout
    with Image.open(gif) as animation:
        assert (animation.n_frames, animation.size) == (3, (1200, 400))
    assert "--minibatch\n" in (folder / "flags.txt").read_text()


def test_run_in_the_plane(tmp_path):
    folder = tmp_path / "run"
    done = run_script(
        *("nat_2d.py", "--data=toy", "--num_steps=2", "--log_every=1"),
        *("--hidden_size=4", "--batch_size=8", f"--result_dir={folder}"),
    )
    assert done.returncode == 0, done.stderr
    losses = np.genfromtxt(folder / "losses.csv", delimiter=",", skip_header=1)
    assert losses.shape == (3, 5) and np.isfinite(losses).all()
    with Image.open(folder / "decision_maps.png") as picture:
        assert picture.size == (1100, 550)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("gan_intro.py", "--num_steps=20", "--minibatch"),
        ("nat_2d.py", "--num_steps=20", "--hidden_size=4", "--batch_size=8"),
        ("distgan_toy1d.py", "--n_step=20", "--models=distgan"),
    ],
    ids=lambda command: command[0],
)
def test_compiled_by_xla(command, tmp_path):
    done = run_script(
        *command, "--log_every=5", f"--result_dir={tmp_path / 'run'}", "--jit_compile"
    )
    assert done.returncode == 0, done.stderr
    losses = np.genfromtxt(tmp_path / "run" / "losses.csv", delimiter=",", skip_header=1)
    assert losses[:, 0].tolist() == [0, 5, 10, 15, 20] and np.isfinite(losses).all()
